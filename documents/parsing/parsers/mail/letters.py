"""Letters: who wrote to whom, when and about what, the text, and what was attached."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.parsers.mail.attachments import read_attachment
from documents.parsing.parsers.web import html

_HEADERS = ("From", "To", "Cc", "Date")
# A letter that was forwarded may hold one that was.
MAX_DEPTH, MAX_PARTS = 5, 200
# Of a letter in two forms the plain one is read, unless it says much less than the other.
_MIN_PLAIN_SHARE = 0.4
_NOT_FILES = {"message/delivery-status", "application/pgp-signature"}
_BROKEN = (MessageError, LookupError, ValueError, AttributeError, TypeError, RecursionError)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    try:
        letter = message_from_bytes(contents.read(path), policy=policy.default)
        reader = Letter()
        reader.read(letter)
    except _BROKEN as error:
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


class Letter:
    """The texts of a letter, and of those forwarded with it, and the files that came along."""

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.attached: list[tuple[str, bytes]] = []
        self.notes: list[Item] = []
        self._parts = 0

    def read(self, letter: Message, depth: int = 0) -> None:
        subject = _read_header(letter, "Subject")
        if subject or depth:
            mark = "#" * min(depth + 1, 6)
            self.blocks.append(f"{mark} {subject or 'Forwarded'}")
        headers = ((name, _read_header(letter, name)) for name in _HEADERS)
        self.blocks.append("\n".join(f"{name}: {value}" for name, value in headers if value))
        self._read_part(letter, depth)

    def _read_part(self, part: Message, depth: int) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS or depth > MAX_DEPTH:
            return
        kind = part.get_content_type()
        if kind == "message/rfc822":
            for inner in _list_parts(part):
                self.read(inner, depth + 1)
        elif part.is_multipart():
            self._read_parts(part, depth)
        elif _is_attached(part):
            self.attached.append((_name(part), _decode_payload(part)))
        elif kind.startswith("text/"):
            self.blocks.append(self._read_text(part))
        elif kind not in _NOT_FILES:
            self.attached.append((_name(part), _decode_payload(part)))

    def _read_parts(self, part: Message, depth: int) -> None:
        inner = _list_parts(part)
        if part.get_content_subtype() != "alternative":
            for each in inner:
                self._read_part(each, depth)
            return
        forms = [Letter() for _ in inner]
        for form, each in zip(forms, inner, strict=True):
            form._read_part(each, depth)
        longest = max((form.size() for form in forms), default=0)
        # The first form that says as much as any: the plainer ones come before.
        for form in forms:
            if form.size() >= _MIN_PLAIN_SHARE * longest and (form.size() or not longest):
                self._take(form)
                return

    def size(self) -> int:
        """The length of what its words are, those of pages without their marks."""
        return sum(len(block) for block in self.blocks)

    def _take(self, form: "Letter") -> None:
        self.blocks += form.blocks
        self.attached += form.attached
        self.notes += form.notes

    def _read_text(self, part: Message) -> str:
        data = _decode_payload(part)
        declared = str(part.get_content_charset() or "")
        if part.get_content_subtype() == "html":
            decoded, notes = html.decode(data, declared)
            self.notes += notes
            return html.markdown(decoded.text)
        decoded = encodings.read(data, declared)
        self.notes += decoded.notes()
        return decoded.text.strip()


def _list_parts(part: Message) -> list[Message]:
    payload = part.get_payload()
    return (
        [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []
    )


def _decode_payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except _BROKEN:
        payload = None
    return payload if isinstance(payload, bytes) else str(part.get_payload()).encode()


def _is_attached(part: Message) -> bool:
    if part.get_content_disposition() == "attachment":
        return True
    # What has a name and is no text of the letter is a file, however it came.
    return bool(part.get_filename()) and part.get_content_maintype() != "text"


def _name(part: Message) -> str:
    try:
        name = str(part.get_filename() or "")
    except _BROKEN:
        name = ""
    return " ".join(name.split()) or f"unnamed.{part.get_content_subtype()}"


def _read_header(letter: Message, name: str) -> str:
    """A header on one line; "" if there is none, and as it is written if it has a flaw."""
    try:
        value = letter[name]
    except _BROKEN:
        value = dict(letter.raw_items()).get(name, "") if isinstance(letter, EmailMessage) else ""
    return " ".join(str(value or "").split())
