"""Letters within `winmail.dat`, in which Outlook wraps text and files for others (MS-OXTNEF)."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.parsers.mail.attachments import read_attachment
from documents.parsing.parsers.mail.rich_bodies import read_rich_body
from documents.parsing.parsers.web import html

MARK = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES, MAX_PROPERTIES = 2_000, 2_000
_ATTRIBUTE = struct.Struct("<BII")
# Of attributes, the lower half of the number.
_SUBJECT, _BODY, _PROPERTIES = 0x8004, 0x800C, 0x9003
_FILE_BEGINS, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
# Of properties.
_PR_SUBJECT, _PR_BODY, _PR_RTF, _PR_HTML = 0x0037, 0x1000, 0x1009, 0x1013
_PR_DATA, _PR_NAME, _PR_SHORT_NAME, _PR_SHOWN_NAME = 0x3701, 0x3707, 0x3704, 0x3001
_OBJECT, _TEXT, _WIDE_TEXT, _BINARY = 0x000D, 0x001E, 0x001F, 0x0102
_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY, _NAMED, _ID_OF_OBJECT = 0x1000, 0x8000, 16

Properties = dict[int, bytes]


class File(NamedTuple):
    """A file that came along; its data may be another letter of this form."""

    name: str
    data: bytes


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    """The letter as one page, with the files that lay in it."""
    yield 1
    if first > 1:
        return
    text, files = unwrap(contents.read(path))
    blocks = [text]
    for each in files:
        for item in read_attachment(each.name, each.data):
            if isinstance(item, str):
                blocks.append(item)
            else:
                yield item
    if files:
        blocks.append(f"Attachments: {', '.join(each.name for each in files)}")
    yield "\n\n".join(filter(None, blocks))


def unwrap(data: bytes) -> tuple[str, list[File]]:
    """Return the text of a letter and its files. Raises ParseError."""
    if not data.startswith(MARK):
        raise ParseError("corrupt_file")
    wrapping = _Wrapping()
    try:
        for number, value in _list_attributes(data):
            wrapping.take(number, value)
    except (struct.error, IndexError):
        # What breaks off is read as far as it goes.
        pass
    if not (wrapping.texts or wrapping.letter or wrapping.files):
        raise ParseError("corrupt_file")
    return wrapping.read(), [_make_file(each) for each in wrapping.files]


class _Wrapping:
    """The letter as far as its attributes have told it."""

    def __init__(self) -> None:
        self.texts: dict[int, str] = {}
        self.letter: Properties = {}
        self.files: list[_Told] = []

    def take(self, number: int, value: bytes) -> None:
        if number in {_SUBJECT, _BODY}:
            self.texts[number] = _decode(value)
        elif number == _PROPERTIES:
            self.letter = _read_properties(value)
        elif number == _FILE_BEGINS:
            self.files.append(_Told())
        elif self.files:
            self.files[-1].take(number, value)

    def read(self) -> str:
        subject = _decode_property(self.letter, _PR_SUBJECT) or self.texts.get(_SUBJECT, "")
        text = _read_body(self.letter) or self.texts.get(_BODY, "")
        return "\n\n".join(filter(None, [f"# {subject}" if subject else "", text]))


class _Told:
    """A file as far as its attributes have told it."""

    def __init__(self) -> None:
        self.title = self.data = b""
        self.properties: Properties = {}

    def take(self, number: int, value: bytes) -> None:
        if number == _FILE_TITLE:
            self.title = value
        elif number == _FILE_DATA:
            self.data = value
        elif number == _FILE_PROPERTIES:
            self.properties = _read_properties(value)


def _list_attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = len(MARK) + 2
    for _ in range(MAX_ATTRIBUTES):
        if at + _ATTRIBUTE.size > len(data):
            return
        _, number, size = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        yield number & 0xFFFF, data[at : at + size]
        at += size + 2


def _make_file(told: _Told) -> File:
    known = told.properties
    names = (_decode_property(known, each) for each in (_PR_NAME, _PR_SHORT_NAME, _PR_SHOWN_NAME))
    name = next(filter(None, names), "") or _decode(told.title) or "unnamed"
    return File(name, told.data or known.get(_PR_DATA, b""))


def _read_body(letter: Properties) -> str:
    if page := letter.get(_PR_HTML):
        decoded, _ = html.decode(page)
        return html.markdown(decoded.text)
    if rich := letter.get(_PR_RTF):
        return read_rich_body(rich)
    return _decode_property(letter, _PR_BODY)


def _read_properties(data: bytes) -> Properties:
    """The values of texts and bytes, by their numbers; the first of several."""
    (count,), at = struct.unpack_from("<I", data), 4
    found: Properties = {}
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= _NAMED:
            at = _skip_name(data, at)
        values = 1
        is_long = kind & ~_MANY in {_OBJECT, _TEXT, _WIDE_TEXT, _BINARY}
        if is_long or kind & _MANY:
            (values,) = struct.unpack_from("<I", data, at)
            at += 4
        for n in range(min(values, MAX_PROPERTIES)):
            if not is_long:
                at += _SIZES.get(kind & ~_MANY, 4)
                continue
            (size,) = struct.unpack_from("<I", data, at)
            value = data[at + 4 : at + 4 + size]
            at += 4 + -(-size // 4) * 4
            if n == 0:
                found[number] = _in_utf_8(value, kind & ~_MANY)
    return found


def _skip_name(data: bytes, at: int) -> int:
    kind, size = struct.unpack_from("<II", data, at + 16)
    if kind == 0:
        return at + 24
    return at + 24 + -(-int(size) // 4) * 4


def _in_utf_8(value: bytes, kind: int) -> bytes:
    if kind == _WIDE_TEXT:
        return value.decode("utf-16-le", "replace").rstrip("\0").encode()
    # Before the bytes of an object stands what interface it has.
    return value[_ID_OF_OBJECT:] if kind == _OBJECT else value


def _decode_property(properties: Properties, number: int) -> str:
    return _decode(properties.get(number, b""))


def _decode(value: bytes) -> str:
    return encodings.decode(value.rstrip(b"\0")).strip() if value else ""
