"""Letters: who wrote to whom, when and about what, the text, and what was attached."""

import codecs
import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import Message

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.attachments import read_attachment
from documents.parsing.parsers.mail import payloads, sealed, tnef, uuencoded
from documents.parsing.parsers.mail.forms import says_all
from documents.parsing.parsers.mail.headers import BROKEN, read_header, read_name
from documents.parsing.parsers.office.rich_text import reading as rich_text
from documents.parsing.parsers.text import calendars
from documents.parsing.parsers.web import html

_HEADERS = ("From", "To", "Cc", "Date")
# A letter that was forwarded may hold one that was.
MAX_DEPTH, MAX_PARTS = 5, 200
# Signatures say nothing to a reader.
_NOT_FILES = {"application/pgp-signature", "application/pgp-keys"}
_NOT_FILES |= {f"application/{name}pkcs7-signature" for name in ("", "x-")}
# Beside the forms of a text: an invitation says more than the text that announces it.
_BESIDE_FORMS = {"text/calendar"}
# Forms for some programs alone, which say what the others say.
_FOREIGN_FORMS = {"text/x-amp-html", "text/watch-html"}
# How a page looks and what it does, which browsers save with it.
_OF_PAGES = {"text/css", "text/javascript", "application/javascript"}
_CALENDARS = {"calendar", "vcard", "x-vcard", "directory"}
# Envelopes, which may hold the whole letter.
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
# What a server tells of a letter that did not arrive, as headers.
_REPORTS = {"message/delivery-status", "message/disposition-notification"}
# Apple's program writes the letter's length before it, and what it knows of it behind.
_COUNTED = re.compile(rb"(\d{1,12})[ \t]{0,12}\r?\n")
_LETTERS, _WRAPPED = {"message/rfc822", "message/global"}, "ms-tnef"


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    try:
        letter = message_from_bytes(_take_letter(contents.read(path)), policy=policy.default)
        reader = Letter()
        reader.read(letter)
    except BROKEN as error:
        raise ParseError("corrupt_file") from error
    blocks = reader.blocks
    for name, data in reader.attached:
        for item in read_attachment(name, data):
            if isinstance(item, str):
                blocks.append(item)
            else:
                yield item
    if reader.attached:
        blocks.append(f"Attachments: {', '.join(name for name, _ in reader.attached)}")
    yield from reader.notes
    yield "\n\n".join(block for block in blocks if block.strip())


def _take_letter(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode()
    # With anything before them, headers would be none.
    data = data.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    counted = _COUNTED.match(data)
    return data[counted.end() :][: int(counted[1])] if counted else data


class Letter:
    """The texts of a letter, and of those forwarded with it, and the files that came along."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.attached: list[tuple[str, bytes]] = []
        self.notes: list[Item] = []
        self._parts = 0

    def read(self, letter: Message, depth: int = 0) -> None:
        subject = read_header(letter, "Subject")
        if subject or depth:
            mark = "#" * min(depth + 1, 6)
            self.blocks.append(f"{mark} {subject or 'Forwarded'}")
        headers = ((name, read_header(letter, name)) for name in _HEADERS)
        self.blocks.append("\n".join(f"{name}: {value}" for name, value in headers if value))
        self._read_part(letter, depth)

    def _read_part(self, part: Message, depth: int) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            return
        kind = part.get_content_type()
        for inner in payloads.list_letters(part) if kind in _LETTERS else ():
            self.read(inner, depth + 1)
        if kind in _LETTERS or kind in _NOT_FILES or kind in _OF_PAGES:
            return
        if kind in _REPORTS:
            self.blocks.append(payloads.read_report(part))
        elif kind in _SEALED:
            self._unseal(part, depth)
        elif part.is_multipart():
            self._read_parts(part, depth)
        elif kind.startswith("multipart/") and (parted := payloads.part_again(part)) is not None:
            self._read_parts(parted, depth)
        else:
            self._read_content(part, kind)

    def _read_content(self, part: Message, kind: str) -> None:
        if kind.endswith(_WRAPPED):
            self._unwrap(part)
        elif kind.startswith(("text/", "multipart/")) and not _is_attached(part):
            # A letter whose parts are parted by another line than it says is read as it is.
            self.blocks.append(self._read_text(part))
        else:
            self.attached.append((read_name(part), payloads.decode(part)))

    def _unseal(self, part: Message, depth: int) -> None:
        """Read the letter in an envelope, if that only signs it."""
        inside = None if part.is_multipart() else sealed.unwrap(payloads.decode(part))
        if inside is None:
            if str(part.get_param("smime-type", "")).lower() != "certs-only":
                self.notes.append(note("text_encrypted"))
        else:
            self._read_part(message_from_bytes(inside, policy=policy.default), depth + 1)

    def _read_parts(self, part: Message, depth: int) -> None:
        inner = payloads.list_parts(part)
        if part.get_content_subtype() == "alternative":
            inner = [each for each in inner if each.get_content_type() not in _FOREIGN_FORMS]
            forms = [each for each in inner if each.get_content_type() not in _BESIDE_FORMS]
            self._choose_form(forms, depth)
            inner = [each for each in inner if each not in forms]
        for each in inner:
            self._read_part(each, depth)

    def _choose_form(self, inner: list[Message], depth: int) -> None:
        forms = [Letter() for _ in inner]
        for form, each in zip(forms, inner, strict=True):
            form._read_part(each, depth)
        longest = max(forms, key=Letter.size, default=Letter())
        # The first form that says as much as any: the plainer ones come before.
        for form in forms:
            if form is longest or (form.size() and says_all(form.join(), longest.join())):
                self._take(form)
                return

    def size(self) -> int:
        """The length of what its words are, those of pages without their marks."""
        return sum(len(block) for block in self.blocks)

    def join(self) -> str:
        return "\n\n".join(self.blocks)

    def _take(self, form: "Letter") -> None:
        self.blocks += form.blocks
        self.attached += form.attached
        self.notes += form.notes

    def _read_text(self, part: Message) -> str:
        data, kind = payloads.decode(part), part.get_content_subtype()
        declared = str(part.get_content_charset() or "")
        if kind == "html":
            decoded, notes = html.decode(data, declared)
            self.notes += notes
            return html.markdown(decoded.text)
        if data.startswith(b"{\\rtf"):
            pages = rich_text.read_pages(data, 1)
            return "\n\n".join(item for item in pages if isinstance(item, str))
        is_calendar = kind in _CALENDARS
        decoded = encodings.read(calendars.unfold(data) if is_calendar else data, declared)
        self.notes += decoded.notes()
        shown = calendars.show(decoded.text) if is_calendar else ""
        if kind == "enriched":
            shown = payloads.read_enriched(decoded.text).strip()
        if shown:
            return shown
        text, files = uuencoded.take_files(decoded.text)
        self.attached += files
        return _unfold(part, text).strip()

    def _unwrap(self, part: Message) -> None:
        """Take the letter that Outlook has wrapped into a file, and the files in that."""
        data = payloads.decode(part)
        try:
            text, files = tnef.unwrap(data)
        except ParseError:
            self.attached.append((read_name(part), data))
            return
        # The same text may stand around it.
        around = "".join("".join(self.blocks).split())
        if "".join(text.split()) not in around:
            self.blocks.append(text)
        self.attached += files


def _unfold(part: Message, text: str) -> str:
    """Join the lines of a text that its program broke for the way alone (format=flowed)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    # Some writings have no spaces, so that the one at the end of a line is none of the text.
    kept = "" if str(part.get_param("delsp", "")).lower() == "yes" else " "
    lines: list[str] = []
    quoted, is_open = "", False
    for line in text.split("\n"):
        mark = line[: len(line) - len(line.lstrip(">"))]
        body = line[len(mark) :].removesuffix("\r").removeprefix(" ")
        is_signature = body == "-- "
        goes_on = body.endswith(" ") and not is_signature
        shown = body[:-1] + kept if goes_on else body
        if is_open and mark == quoted and not is_signature:
            lines[-1] += shown
        else:
            lines.append(f"{mark} {shown}" if mark else shown)
        quoted, is_open = mark, goes_on
    return "\n".join(lines)


def _is_attached(part: Message) -> bool:
    """Tell whether a text is a file that came along, and none of the letter's own."""
    return part.get_content_disposition() == "attachment"
