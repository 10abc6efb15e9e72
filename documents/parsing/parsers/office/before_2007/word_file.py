"""The layout of a document of Word 97 to 2003: where its text lies, and what is said of it.

The text lies in pieces all over the stream ([MS-DOC] 2.4.1). What is said of paragraphs and
characters is kept for ranges of the stream, in pages of 512 bytes (2.4.6.1), as lists of changes
to a style.
"""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from documents.parsing.limits import ParseError
from documents.parsing.parsers.office.before_2007.opening import read_stream

_MARK, _LOCKED, _SECOND_TABLE = 0xA5EC, 0x0100, 0x0200
# Of Word 2, 6 and 95, whose files are built otherwise.
_MARKS_BEFORE_97 = (0xA5DB, 0xA5DC)
_OLDEST = 0xC1
# Lengths of the parts of the text, in their order: what is written, footnotes, margins, macros,
# comments, endnotes, boxes, and boxes of margins.
PARTS = ("main", "footnotes", "margins", "macros", "comments", "endnotes", "boxes", "margin_boxes")
_LENGTHS_AT, _PLACES_AT = 0x4C, 0x9A
# Numbers of tables in the list of places.
STYLES, FOOTNOTE_MARKS, FOOTNOTES, COMMENTS = 1, 2, 3, 5
MARGINS, CHARACTERS, PARAGRAPHS, PIECES, ENDNOTE_MARKS, ENDNOTES = 11, 12, 13, 33, 46, 47
_PAGE = 512
# Of a piece whose characters have a byte each.
_NARROW = 0x40000000
# Sizes of what follows a change, by the highest bits of its number; 6 tells its size itself.
_SIZES = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}
_TABLE_DEFINITION, _TABS = 0xD608, 0xC615
_PARAGRAPH_STYLE = 1
_MAX_BASES = 12

Changes = dict[int, bytes]


class Piece(NamedTuple):
    """A part of the text: its first character, and where in the stream it lies, in bytes."""

    first: int
    place: int
    width: int
    text: str


@dataclass(slots=True)
class Style:
    """A style of paragraphs: what Word knows it as (1 to 9 are headings), and its changes."""

    known_as: int = 0
    base: int = 0
    changes: Changes = field(default_factory=dict)


class WordFile:
    """A document's text and the changes of its paragraphs. Raises what `BROKEN` lists."""

    def __init__(self, file: Any) -> None:
        self._data = data = read_stream(file, "WordDocument")
        mark, version = struct.unpack_from("<HH", data)
        (flags,) = struct.unpack_from("<H", data, 10)
        if mark in _MARKS_BEFORE_97 or (mark == _MARK and version < _OLDEST):
            raise ParseError("unsupported_format")
        if mark != _MARK:
            raise ParseError("corrupt_file")
        if flags & _LOCKED:
            raise ParseError("password_protected")
        self._table = read_stream(file, "1Table" if flags & _SECOND_TABLE else "0Table")
        self.lengths = dict(zip(PARTS, struct.unpack_from("<8I", data, _LENGTHS_AT), strict=True))
        self._pieces = list(self._read_pieces(self.read_table(PIECES)))
        self._firsts = [piece.first for piece in self._pieces]
        self.text = "".join(piece.text for piece in self._pieces)
        self._paragraphs = self._read_runs(PARAGRAPHS)
        self._starts = [start for start, _, _ in self._paragraphs]
        self._styles = self._read_styles(self.read_table(STYLES))

    def read_table(self, number: int) -> bytes:
        """Return one of the tables that the document's head has the places of."""
        place, size = struct.unpack_from("<II", self._data, _PLACES_AT + 8 * number)
        return self._table[place : place + size]

    def read_behind(self, number: int) -> tuple[bytes, bytes]:
        """Return one of the tables, and what stands behind it."""
        place, size = struct.unpack_from("<II", self._data, _PLACES_AT + 8 * number)
        return self._table[place : place + size], self._table[place + size :]

    def read_positions(self, number: int, size: int) -> list[int]:
        """Return the positions of a table whose entries take so many bytes besides."""
        table = self.read_table(number)
        if not table:
            return []
        count = (len(table) - 4) // (4 + size) + 1
        return list(struct.unpack_from(f"<{count}I", table))

    def find_paragraph(self, position: int) -> tuple[int, Changes]:
        """Return what the style of a paragraph is known as, and its changes with its style's."""
        piece = self._pieces[bisect_right(self._firsts, position) - 1]
        place = piece.place + (position - piece.first) * piece.width
        found = bisect_right(self._starts, place) - 1
        if found < 0 or place >= self._paragraphs[found][1]:
            return 0, {}
        said = self._paragraphs[found][2]
        number = int.from_bytes(said[:2], "little")
        style = self._styles.get(number, Style())
        return style.known_as, self._join_changes(number) | read_changes(said[2:])

    def find_changed(
        self, change: int, is_meant: Callable[[bytes], bool] = lambda value: value[:1] == b"\1"
    ) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the text whose characters have a change, such as one that is on."""
        ranges = [
            (start, end)
            for start, end, said in self._read_runs(CHARACTERS)
            if is_meant(read_changes(said).get(change, b""))
        ]
        starts = [start for start, _ in ranges]
        for piece in self._pieces:
            end_of_piece = piece.place + len(piece.text) * piece.width
            at = max(bisect_right(starts, piece.place) - 1, 0)
            while at < len(ranges) and ranges[at][0] < end_of_piece:
                start = max(ranges[at][0], piece.place)
                end = min(ranges[at][1], end_of_piece)
                if start < end:
                    first, last = ((each - piece.place) // piece.width for each in (start, end))
                    yield piece.first + first, piece.first + last
                at += 1

    def _read_pieces(self, table: bytes) -> Iterator[Piece]:
        at = 0
        while table[at : at + 1] == b"\1":
            at += 3 + int.from_bytes(table[at + 1 : at + 3], "little")
        if table[at : at + 1] != b"\2":
            raise ValueError("no table of pieces")
        (size,) = struct.unpack_from("<I", table, at + 1)
        count = (size - 4) // 12
        positions = struct.unpack_from(f"<{count + 1}I", table, at + 5)
        # Each byte of the stream is shown once, or somebody wants to fill the memory.
        left = len(self._data)
        for number in range(count):
            (place,) = struct.unpack_from("<I", table, at + 5 + 4 * (count + 1) + 8 * number + 2)
            length = positions[number + 1] - positions[number]
            width = 1 if place & _NARROW else 2
            place = (place & (_NARROW - 1)) // (3 - width)
            left -= length * width
            if length < 0 or left < 0:
                raise ValueError("pieces that lie over each other")
            data = self._data[place : place + length * width]
            yield Piece(positions[number], place, width, _decode(data, width).ljust(length))

    def _read_runs(self, number: int) -> list[tuple[int, int, bytes]]:
        """Ranges of the stream, in their order, with what is said of each."""
        table = self.read_table(number)
        if not table:
            return []
        count = (len(table) - 4) // 8
        pages = struct.unpack_from(f"<{count}I", table, 4 * (count + 1))
        runs: list[tuple[int, int, bytes]] = []
        for page in dict.fromkeys(each & 0x3FFFFF for each in pages):
            runs += _read_page(self._data[page * _PAGE : (page + 1) * _PAGE], number)
        return sorted(runs)

    def _read_styles(self, table: bytes) -> dict[int, Style]:
        styles: dict[int, Style] = {}
        if not table:
            return styles
        size, count, base_size = struct.unpack_from("<HHH", table)
        at = 2 + size
        for number in range(count):
            if at + 2 > len(table):
                break
            (length,) = struct.unpack_from("<H", table, at)
            at += 2
            if length:
                styles[number] = _read_style(table[at : at + length], base_size)
            at += length
        return styles

    def _join_changes(self, number: int) -> Changes:
        """The changes of a style with those of the styles that it is based on."""
        chain: list[Changes] = []
        for _ in range(_MAX_BASES):
            style = self._styles.get(number)
            if style is None:
                break
            chain.append(style.changes)
            number = style.base
        joined: Changes = {}
        for changes in reversed(chain):
            joined |= changes
        return joined


def read_changes(data: bytes) -> Changes:
    """Return a list of changes: the bytes of each by its number, the last of each kind."""
    found: Changes = {}
    at = 0
    while at + 2 <= len(data):
        (number,) = struct.unpack_from("<H", data, at)
        at += 2
        size = _SIZES.get(number >> 13)
        if size is None:
            if number == _TABLE_DEFINITION:
                size = int.from_bytes(data[at : at + 2], "little") - 1
                at += 2
            else:
                size = data[at] if at < len(data) else 0
                at += 1
                if number == _TABS and size == 255:  # noqa: PLR2004 - told by what is in it
                    break
        found[number] = data[at : at + max(size, 0)]
        at += max(size, 0)
    return found


def _read_style(data: bytes, base_size: int) -> Style:
    known, kind = struct.unpack_from("<HH", data)
    style = Style(known & 0xFFF, kind >> 4)
    if kind & 0xF != _PARAGRAPH_STYLE:
        return style
    name_size = int.from_bytes(data[base_size : base_size + 2], "little")
    at = base_size + 2 + 2 * name_size + 2
    at += at % 2
    size = int.from_bytes(data[at : at + 2], "little")
    style.changes = read_changes(data[at + 4 : at + 2 + size])
    return style


def _read_page(page: bytes, number: int) -> Iterator[tuple[int, int, bytes]]:
    """The ranges of a page, and what is said of each: a style's number and changes, or changes."""
    if len(page) < _PAGE:
        return
    count = page[-1]
    entry = 13 if number == PARAGRAPHS else 1
    if 4 * (count + 1) + entry * count >= _PAGE:
        return
    places = struct.unpack_from(f"<{count + 1}I", page)
    for each in range(count):
        at = 2 * page[4 * (count + 1) + entry * each]
        said = b""
        if at:
            size = page[at]
            if number == CHARACTERS:
                said = page[at + 1 : at + 1 + size]
            elif size:
                said = page[at + 1 : at + 2 * size]
            else:
                said = page[at + 2 : at + 2 + 2 * page[at + 1]]
        yield places[each], places[each + 1], said


def _decode(data: bytes, width: int) -> str:
    if width == 1:
        return data.decode("cp1252", "replace")
    # Halves of a pair are two characters of Word's, and positions count those.
    return "".join(map(chr, struct.unpack(f"<{len(data) // 2}H", data[: len(data) // 2 * 2])))
