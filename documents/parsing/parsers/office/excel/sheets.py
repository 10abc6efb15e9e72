"""Workbooks: a page a sheet, its rows as tables whose header is repeated."""

import re
from collections.abc import Iterator
from typing import IO

from documents.parsing import tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.notes import note
from documents.parsing.parsers.office import drawings
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.excel.merging import Merged, MergedCells
from documents.parsing.parsers.office.excel.workbook import Sheet, Workbook, iterate, read_text
from documents.parsing.parsers.office.packages import (
    BROKEN,
    Element,
    attribute,
    child,
    descendants,
    local,
    open_package,
)

_CHUNK_BYTES = 256 * 1024
# A cell or row without content, known by its place: programs write them for their formats alone.
_EMPTY = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\s[^<>]{0,400}/>")
_CDATA = b"<![CDATA["
_PLACE = re.compile(r"([A-Za-z]{1,3})\d")
_MERGED = re.compile(
    rb"<(?:\w{1,20}:)?mergeCell\s[^<>]{0,100}?ref=[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"
)
_MAX_COLUMN = 16_384


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with open_package(path) as package:
        book = Workbook(package)
        yield len(book.sheets)
        for sheet in book.sheets[first - 1 :]:
            if sheet.is_hidden:
                yield note("sheet_hidden", name=sheet.name)
            reader = SheetReader(book)
            pieces = [f"# {sheet.name}\n"]
            try:
                pieces += reader.read(sheet)
            except BROKEN:
                reader.is_broken = True
            if reader.is_broken:
                # What of a sheet can be read stays, and so do the others.
                yield note("part_unreadable", name=sheet.name)
            if reader.formulas:
                yield note("formulas_without_values", count=reader.formulas)
            yield "\n".join(pieces)


class SheetReader:
    """The cells of a sheet as they are shown, then its comments, boxes and charts."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.formulas = 0
        self.is_broken = False

    def read(self, sheet: Sheet) -> Iterator[str]:
        if not sheet.part:
            return
        package = self._book.package
        with package.open(sheet.part) as source:
            merged = MergedCells(_list_merged(source))
        with package.open(sheet.part) as source:
            yield from tables.format_table(merged.fill(self._rows(source)))
        for part in package.find_related(sheet.part, "comments"):
            yield from _read_comments(package.parse(part))
        for part in package.find_related(sheet.part, "drawing"):
            yield from _read_boxes(package.parse(part))
            for chart in package.find_related(part, "chart"):
                yield from drawings.read_chart(package.parse(chart))

    def _rows(self, source: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that hold anything, as far as they do, with their numbers.

        The size that a sheet claims to have is not believed.
        """
        number = 0
        for row in self._iterate(source):
            number = _number(row, number + 1)
            cells: list[str] = []
            for cell in row:
                if local(cell) != "c":
                    continue
                text = self._show(cell)
                if not text:
                    continue
                column = _column(cell) or len(cells) + 1
                cells += [""] * (column - len(cells))
                cells[column - 1] = text
            if cells:
                yield number, cells

    def _iterate(self, source: IO[bytes]) -> Iterator[Element]:
        """Yield the rows up to where the sheet breaks off, if it does."""
        try:
            yield from iterate(NonEmptyCells(source), "row")
        except BROKEN:
            self.is_broken = True

    def _show(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = child(cell, "is")
            return read_text(inline) if inline is not None else ""
        value = child(cell, "v")
        text = (value.text or "") if value is not None else ""
        if not text:
            return self._show_formula(cell)
        if kind == "s":
            place = int(text)
            return self._book.texts[place] if 0 <= place < len(self._book.texts) else ""
        if kind == "b":
            return "TRUE" if text == "1" else "FALSE"
        if kind == "n":
            return self._show_number(text, cell.get("s", "0"))
        return text

    def _show_number(self, text: str, style: str) -> str:
        formats = self._book.formats
        place = int(style) if style.isdigit() else 0
        code = formats[place] if place < len(formats) else "General"
        try:
            return number_formats.show(float(text), code, from_1904=self._book.from_1904)
        except (ValueError, OverflowError, ArithmeticError):
            return text

    def _show_formula(self, cell: Element) -> str:
        """A formula that was saved without its value, which only its program could find."""
        formula = child(cell, "f")
        if formula is None or not formula.text:
            return ""
        self.formulas += 1
        return f"={formula.text}"


def _column(cell: Element) -> int:
    """The number of a cell's column, by its name; 0 if it has none."""
    place = _PLACE.match(cell.get("r", ""))
    return _read_column(place[1]) if place else 0


def _read_column(name: str) -> int:
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number if number <= _MAX_COLUMN else 0


def _number(row: Element, following: int) -> int:
    """The number of a row, which may leave it to the one before it."""
    told = row.get("r", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) <= 7 else following  # noqa: PLR2004


def _list_merged(source: IO[bytes]) -> Iterator[Merged]:
    """The merged cells of a sheet, which stand behind all its rows."""
    rest = b""
    while data := source.read(_CHUNK_BYTES):
        data = rest + data
        end = 0
        for found in _MERGED.finditer(data):
            end = found.end()
            left, top, right, bottom = found.groups()
            yield Merged(
                int(top), int(bottom), _read_column(left.decode()), _read_column(right.decode())
            )
        # What a piece breaks off within is found with the next.
        rest = data[max(end, len(data) - 200) :]


def _read_comments(root: Element) -> Iterator[str]:
    for each in descendants(root, "comment"):
        inside = child(each, "text")
        text = " ".join(read_text(inside).split()) if inside is not None else ""
        if text:
            yield f"[Comment on {attribute(each, 'ref')}: {text}]"


def _read_boxes(root: Element) -> Iterator[str]:
    for body in descendants(root, "txBody"):
        lines = ("".join(t.text or "" for t in descendants(p, "t")) for p in descendants(body, "p"))
        if text := "\n".join(line for line in lines if line.strip()):
            yield text


class NonEmptyCells:
    """The XML of a sheet without its empty cells and rows, to be read as a file.

    There may be as many as a sheet has places, and each would cost as much as one that says
    something.
    """

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._rest = b""
        self._is_literal = False

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of any size; b"" at the end."""
        while data := self._source.read(_CHUNK_BYTES):
            data = self._rest + data
            # In a section of plain characters a tag is none.
            self._is_literal = self._is_literal or _CDATA in data
            if self._is_literal:
                self._rest = b""
                return data
            # A tag that has not ended waits for the next piece, if it is no longer than a tag is.
            cut = data.rfind(b"<")
            if cut < 0 or data.find(b">", cut) >= 0 or len(data) - cut > _CHUNK_BYTES:
                cut = len(data)
            self._rest = data[cut:]
            if filled := _EMPTY.sub(b"", data[:cut]):
                return filled
        rest, self._rest = self._rest, b""
        return rest
