"""Documents of Word 97 to 2003, as Markdown: headings, lists, tables, notes, boxes and margins."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice, pairwise

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import note
from documents.parsing.parsers import links, superscripts, symbols
from documents.parsing.parsers.office.before_2007 import word_file
from documents.parsing.parsers.office.before_2007.list_numbers import ListNumbers
from documents.parsing.parsers.office.before_2007.opening import open_streams
from documents.parsing.parsers.office.before_2007.word_file import Changes, WordFile
from documents.parsing.parsers.office.embedded import read_storages
from documents.parsing.parsers.office.word import equations
from documents.parsing.parsers.superscripts import Piece

# Changes of paragraphs and characters ([MS-DOC] 2.6).
_IN_TABLE, _ENDS_ROW, _DEPTH = 0x2416, 0x2417, 0x6649
_LIST, _LEVEL, _OUTLINE_LEVEL = 0x460B, 0x260A, 0x2640
_DELETED, _HIDDEN = 0x0800, 0x083C
# How characters stand to their line: as a script, 1 above and 2 below, or by half points.
_SCRIPT, _MOVED, _MIN_MOVED = 0x2A48, 0x4845, 2
_HEADINGS, _TITLE, _MAX_HEADING = range(1, 10), 62, 6
# Signs in the text: of cells and rows, fields, pictures, marks of notes, and what people see.
_CELL, _PICTURE, _NOTE = "\x07", "\x01", "\x02"
_ENDS = re.compile(r"[\r\x07\x0c]")
_FIELD_END, _MAX_LINK_CHARS = "\x15", 2_000
_FIELD_SIGNS = re.compile("[\x13\x14\x15]")
_SIGNS = dict.fromkeys([*range(9), *range(0x10, 0x20)]) | {0x0B: "\n", 0x0E: "\n"}
_SIGNS |= {0x1E: "-", 0xA0: " "}
# The lines between text and notes come before the margins of sections.
_SEPARATORS, _MARGINS_OF_SECTION, _HEADERS = 6, 6, {0, 1, 4}

Range = tuple[int, int]


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    """Pages come into being only when Word lays the text out, so there is one."""
    with open_streams(path) as file:
        reader = _Reader(WordFile(file))
        yield 1
        if first > 1:
            return
        blocks = list(reader.read())
        for item in read_storages(file, "ObjectPool"):
            if isinstance(item, str):
                blocks.append(item)
            else:
                yield item
        if reader.deletions:
            yield note("deletions_left_out", count=reader.deletions)
        if reader.pictures:
            yield note("pictures_unread", count=reader.pictures)
        yield "\n\n".join(blocks)


class _Reader:
    """Reads the parts of a document, and counts what it leaves out."""

    def __init__(self, file: WordFile) -> None:
        self._file = file
        self.pictures = 0
        deleted = list(file.find_changed(_DELETED))
        self.deletions = len(deleted)
        codes = _find_codes(file.text)
        self._left_out = _join([*deleted, *file.find_changed(_HIDDEN), *codes])
        self._heights = sorted(
            (*each, height)
            for height in (1, -1)
            for change in (_SCRIPT, _MOVED)
            for each in file.find_changed(change, partial(_is_at, height, change))
        )
        self._parts = self._find_parts(file.lengths)
        self._numbers = ListNumbers(file)
        # The marks of notes and the ends of links in the text, and what stands there instead.
        self._marks: dict[int, str] = dict(_find_links(file.text))
        self._at = 0

    def read(self) -> Iterator[str]:
        footnotes = self._read_notes("footnotes", word_file.FOOTNOTE_MARKS, 2, "")
        endnotes = self._read_notes("endnotes", word_file.ENDNOTE_MARKS, 2, "e")
        yield from self._blocks(self._parts["main"])
        yield from footnotes
        yield from endnotes
        for text in self._read_stories("comments", word_file.COMMENTS):
            if text:
                yield f"[Comment: {text}]"
        for part in ("boxes", "margin_boxes"):
            yield from self._blocks(self._parts[part])
        yield from self._read_margins()

    def _find_parts(self, lengths: Mapping[str, int]) -> dict[str, Range]:
        parts, at = {}, 0
        for name, length in lengths.items():
            parts[name] = at, min(at + length, len(self._file.text))
            at += length
        return parts

    def _read_notes(self, part: str, table: int, entry: int, prefix: str) -> list[str]:
        positions = self._file.read_positions(table, entry)[:-1]
        number = word_file.FOOTNOTES if part == "footnotes" else word_file.ENDNOTES
        texts = list(self._read_stories(part, number))
        for count, position in enumerate(positions[: len(texts)], 1):
            self._marks[position] = f"[^{prefix}{count}]"
        return [
            f"[^{prefix}{count}]: {text}"
            for count, text in enumerate(texts[: len(positions)], 1)
            if text
        ]

    def _read_stories(self, part: str, table: int) -> Iterator[str]:
        """The texts of a part that its table tells apart, each on as many lines as it has."""
        begin, end = self._parts[part]
        starts = [begin + each for each in self._file.read_positions(table, 0)]
        starts = [each for each in starts if each <= end]
        for start, stop in pairwise(starts):
            yield "\n".join(self._blocks((start, stop))).strip()

    def _read_margins(self) -> Iterator[str]:
        told: set[str] = set()
        for number, text in enumerate(self._read_stories("margins", word_file.MARGINS)):
            kind = (number - _SEPARATORS) % _MARGINS_OF_SECTION
            if number >= _SEPARATORS and text and text not in told:
                told.add(text)
                yield f"{'Header' if kind in _HEADERS else 'Footer'}: {text}"

    # -- paragraphs and tables ------------------------------------------------------------------

    def _blocks(self, within: Range) -> Iterator[str]:
        table = _Table()
        for start, end in self._paragraphs(within):
            known_as, changes = self._file.find_paragraph(end - 1)
            text = self._read_text(start, end)
            if _is_in_table(changes):
                sign = self._file.text[end - 1]
                table.add(text, ends_cell=sign == _CELL, ends_row=_is_on(changes, _ENDS_ROW))
                continue
            yield from table.take()
            if text:
                yield _lead(text, known_as, changes, self._numbers)
        yield from table.take()

    def _paragraphs(self, within: Range) -> Iterator[Range]:
        start, stop = within
        for found in _ENDS.finditer(self._file.text, start, stop):
            yield start, found.end()
            start = found.end()
        if start < stop:
            yield start, stop

    def _read_text(self, start: int, end: int) -> str:
        kept = list(self._read_kept(start, end))
        self.pictures += sum(each.text.count(_PICTURE) for each in kept)
        shown = (Piece(each.height, each.text.translate(_SIGNS)) for each in kept)
        text = symbols.translate(superscripts.join(shown))
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return "\n".join(line.strip() for line in text.splitlines()).strip()

    def _read_kept(self, start: int, end: int) -> Iterator[Piece]:
        """The text of a paragraph with the marks of its notes, without what is left out."""
        ranges = self._left_out
        # Parts are read one after the other, and some twice: back to where this one may begin.
        self._at = self._at if self._at and ranges[self._at - 1][1] <= start else 0
        while self._at < len(ranges) and ranges[self._at][1] <= start:
            self._at += 1
        at = self._at
        while start < end:
            stop = min(ranges[at][0], end) if at < len(ranges) else end
            if start < stop:
                yield from self._part_by_height(start, stop)
            if at >= len(ranges):
                return
            start = max(start, ranges[at][1])
            at += 1

    def _part_by_height(self, start: int, end: int) -> Iterator[Piece]:
        at = max(bisect_right(self._heights, (start,)) - 1, 0)
        for first, last, height in islice(self._heights, at, None):
            if first >= end:
                break
            begin, stop = max(first, start), min(last, end)
            if begin < stop:
                yield Piece(0, self._mark_notes(start, begin))
                # The marks of notes are raised, and have brackets to stand apart.
                is_note = _NOTE in self._file.text[begin:stop]
                yield Piece(0 if is_note else height, self._mark_notes(begin, stop))
                start = stop
        yield Piece(0, self._mark_notes(start, end))

    def _mark_notes(self, start: int, end: int) -> str:
        text = self._file.text[start:end]
        if _NOTE not in text and _FIELD_END not in text:
            return text
        return "".join(
            self._marks.get(position, "") if sign in {_NOTE, _FIELD_END} else sign
            for position, sign in enumerate(text, start)
        )


class _Table:
    """The rows of a table, of which each paragraph is a cell or a part of one."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._cells: list[str] = []
        self._cell: list[str] = []

    def add(self, text: str, *, ends_cell: bool, ends_row: bool) -> None:
        if ends_row:
            self._rows.append(self._cells)
            self._cells = []
            return
        self._cell += text.split()
        if ends_cell:
            self._cells.append(" ".join(self._cell))
            self._cell = []

    def take(self) -> Iterator[str]:
        """Yield the table, if there is one, and begin another."""
        rows = [*self._rows, [*self._cells, " ".join(self._cell)]]
        self._rows, self._cells, self._cell = [], [], []
        filled = [row for row in rows if any(row)]
        if all(len(row) == 1 for row in filled):
            # A frame around text rather than a table.
            yield from (text for (text,) in filled)
        else:
            yield from tables.format_table(filled)


def _is_on(changes: Changes, number: int) -> bool:
    return changes.get(number, b"\0")[:1] == b"\1"


def _is_at(height: int, change: int, value: bytes) -> bool:
    number = int.from_bytes(value, "little", signed=True)
    if change == _SCRIPT:
        return number == (1 if height > 0 else 2)
    return number * height >= _MIN_MOVED


def _is_in_table(changes: Changes) -> bool:
    return _is_on(changes, _IN_TABLE) or any(changes.get(_DEPTH, b""))


def _lead(text: str, known_as: int, changes: Changes, numbers: ListNumbers) -> str:
    """The text with what shows that it is a heading or in a list, and its number."""
    name = int.from_bytes(changes.get(_LIST, b""), "little", signed=True)
    depth = min(int.from_bytes(changes.get(_LEVEL, b""), "little"), 8)
    number = numbers.count(name, depth) if name else ""
    outline = int.from_bytes(changes.get(_OUTLINE_LEVEL, b"\x09"), "little") + 1
    level = 1 if known_as == _TITLE else known_as if known_as in _HEADINGS else outline
    if level <= _MAX_HEADING:
        return f"{'#' * level} {' '.join([*number.split(), *text.split()])}"
    if number:
        return f"{number} {text}"
    return f"{'  ' * depth}- {text}" if name else text


def _find_links(text: str) -> Iterator[tuple[int, str]]:
    """Yield where fields that are links end, and what is written there."""
    open_fields: list[list[int]] = []
    for found in _FIELD_SIGNS.finditer(text):
        sign, at = found[0], found.start()
        if sign == "\x13":
            open_fields.append([at])
        elif open_fields and sign == "\x14":
            open_fields[-1].append(at)
        elif open_fields:
            begin, *middle = open_fields.pop()
            if at - begin < _MAX_LINK_CHARS:
                end = middle[0] if middle else at
                result, code = text[end + 1 : at], text[begin + 1 : end]
                shown = links.show_address(result, code) if result else equations.show(code)
                yield at, shown


def _find_codes(text: str) -> Iterator[Range]:
    """The codes of fields, of which people see the results."""
    open_codes: list[int] = []
    for found in _FIELD_SIGNS.finditer(text):
        sign, at = found[0], found.start()
        if sign == "\x13":
            open_codes.append(at)
        elif open_codes and open_codes[-1] >= 0:
            # At the end of a field without a result stands what its code shows.
            yield open_codes[-1], at + (sign == "\x14")
            open_codes[-1] = -1
        if sign == "\x15" and open_codes:
            open_codes.pop()


def _join(ranges: list[Range]) -> list[Range]:
    joined: list[Range] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined
