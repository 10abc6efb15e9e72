"""Letters of Outlook (MSG), by python-oxmsg: as other letters, with what was attached."""

from collections.abc import Iterator
from email.parser import HeaderParser
from typing import Any, NamedTuple

import olefile
import oxmsg
from oxmsg.properties import Properties

from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.attachments import read_attachment
from documents.parsing.parsers.mail.forms import says_all
from documents.parsing.parsers.mail.headers import decode_words
from documents.parsing.parsers.mail.rich_bodies import read_rich_body
from documents.parsing.parsers.web import html

_BROKEN = (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, LookupError)
_SUBJECT, _BODY, _RICH_BODY, _PAGE, _SENT, _HEADERS = 0x37, 0x1000, 0x1009, 0x1013, 0x39, 0x7D
# The people to whom it was shown, where the letter has no headers of its own.
_DISPLAY_TO, _DISPLAY_CC = 0x0E04, 0x0E03
_SENDER, _SENDER_ADDRESSES = (0x0C1A, 0x0042), (0x5D01, 0x0C1F, 0x0065)
_NAMES_OF_FILE, _DATA = (0x3707, 0x3704, 0x3001), 0x3701
# Where the properties begin, in the file's own letter and in one that is attached to it.
_OF_FILE, _OF_ATTACHED = 32, 24
_ATTACHED_LETTER = "__substg1.0_3701000D"
MAX_DEPTH = 5


class _Attached(NamedTuple):
    name: str
    data: bytes
    # The blocks of an attached letter, and what came with that.
    blocks: list[str]
    inner: "list[_Attached]"


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first > 1:
        return
    try:
        storage = oxmsg.Message.load(for_library(path))._storage
        blocks = list(_read_letter(Properties(storage, _OF_FILE)))
        attached = list(_list_attached(storage, 0))
    except (*_BROKEN, olefile.olefile.NotOleFileError) as error:
        raise ParseError("corrupt_file") from error
    for item in _read_attached(attached):
        if isinstance(item, str):
            blocks.append(item)
        else:
            yield item
    yield "\n\n".join(block for block in blocks if block.strip())


def _read_letter(properties: Any, depth: int = 0) -> Iterator[str]:
    subject = " ".join(_read_text(properties, _SUBJECT).split())
    if subject or depth:
        yield f"{'#' * (depth + 1)} {subject or 'Forwarded'}"
    headers = HeaderParser().parsestr(_read_text(properties, _HEADERS))
    shown = {
        "From": headers.get("From") or _read_sender(properties),
        "To": headers.get("To") or _read_text(properties, _DISPLAY_TO),
        "Cc": headers.get("Cc") or _read_text(properties, _DISPLAY_CC),
        "Date": headers.get("Date") or str(properties.date_prop_value(_SENT) or ""),
    }
    lines = ((name, decode_words(str(value))) for name, value in shown.items())
    yield "\n".join(f"{name}: {value}" for name, value in lines if value)
    yield _read_body(properties)


def _read_body(properties: Any) -> str:
    """The plain form of a text, or the page where that says or shows more."""
    text = _read_text(properties, _BODY).strip()
    data = properties.binary_prop_value(_PAGE) or b""
    page = html.decode(data)[0].text if data else _read_text(properties, _PAGE)
    try:
        shown = html.markdown(page) if page.strip() else ""
    except ParseError:
        shown = ""
    if text and says_all(text, shown):
        return text
    return shown or read_rich_body(properties.binary_prop_value(_RICH_BODY) or b"")


def _read_sender(properties: Any) -> str:
    name = next(filter(None, (_read_text(properties, each) for each in _SENDER)), "")
    addresses = (_read_text(properties, each) for each in _SENDER_ADDRESSES)
    address = next((each for each in addresses if "@" in each), "")
    return f"{name} <{address}>" if name and address else name or address


def _read_text(properties: Any, number: int) -> str:
    """A text of a letter; "" if there is none, or none that can be decoded."""
    try:
        return str(properties.str_prop_value(number) or "")
    except _BROKEN:
        return ""


def _list_attached(storage: Any, depth: int) -> Iterator[_Attached]:
    for each in storage.iter_attachment_storages():
        properties = Properties(each, 8)
        names = (_read_text(properties, number) for number in _NAMES_OF_FILE)
        name = " ".join(next(filter(None, names), "").split()) or "unnamed"
        letter = next((inner for inner in each.storages if inner.name == _ATTACHED_LETTER), None)
        if letter is None or depth >= MAX_DEPTH:
            yield _Attached(name, properties.binary_prop_value(_DATA) or b"", [], [])
            continue
        blocks = list(_read_letter(Properties(letter, _OF_ATTACHED), depth + 1))
        yield _Attached(name, b"", blocks, list(_list_attached(letter, depth + 1)))


def _read_attached(attached: list[_Attached]) -> Iterator[Item]:
    """Yield what each says, then their names."""
    for each in attached:
        yield from each.blocks
        yield from _read_attached(each.inner)
        if each.data:
            yield from read_attachment(each.name, each.data)
        elif not each.blocks:
            yield note("attachment_unread", name=each.name)
    if attached:
        yield f"Attachments: {', '.join(each.name for each in attached)}"
