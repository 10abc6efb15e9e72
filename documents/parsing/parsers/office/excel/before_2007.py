"""Workbooks from before 2007, by xlrd: a page a sheet, its cells as they were shown, its charts."""

import io
import os
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import olefile
import xlrd
from xlrd.compdoc import CompDocError
from xlrd.formula import FormulaError

from documents.parsing import contents, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers import links, superscripts
from documents.parsing.parsers.office.excel import charts_before_2007 as charts
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.excel.merging import Merged, MergedCells
from documents.parsing.parsers.superscripts import Piece

# So many cells are read for charts, which may all name the same.
MAX_CELLS = 500_000
# Kinds of sheets.
_CELLS, _CHART = 0, 2
# How characters stand to their line.
_HEIGHTS = {1: 1, 2: -1}
_BROKEN = (
    *(xlrd.XLRDError, ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError),
    *(OverflowError, UnicodeError, NotImplementedError, ArithmeticError, struct.error),
    *(CompDocError, FormulaError, RecursionError),
)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    data = contents.read(path)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        try:
            book = _open(data, nowhere)
        except ParseError as error:
            if error.code != "corrupt_file":
                raise
            yield from _read_values(data, first)
            return
        drawn = Drawn(book, data)
        # Sheets that are charts stand behind the others, whose numbers are those of their tables.
        yield book.nsheets + len(drawn.sheets)
        for number in range(first - 1, book.nsheets):
            yield from _read_sheet(book, drawn, number)
        for number in range(max(first - 1 - book.nsheets, 0), len(drawn.sheets)):
            yield from drawn.read_sheet(number)


def _read_sheet(book: Any, drawn: "Drawn", number: int) -> Iterator[Item]:
    try:
        sheet = book.sheet_by_index(number)
    except _BROKEN:
        yield note("part_unreadable", name=f"#{number + 1}")
        yield ""
        return
    yield from _list_hidden(sheet)
    if sheet.visibility:
        yield note("sheet_hidden", name=sheet.name)
    # The library counts from 0, and tells the row and column behind the last.
    ranges = (Merged(top + 1, end, left + 1, right) for top, end, left, right in sheet.merged_cells)
    filled = ((row + 1, _read_row(book, sheet, row)) for row in range(sheet.nrows))
    rows = MergedCells(ranges).fill(filled)
    blocks = [f"# {sheet.name}\n", *tables.format_table(rows)]
    for (row, column), comment in sorted(sheet.cell_note_map.items()):
        place = xlrd.cellname(row, column)
        blocks.append(f"[Comment on {place}: {' '.join(comment.text.split())}]")
    lines, unread = drawn.read(number, sheet)
    if unread:
        yield note("objects_unread", count=unread)
    book.unload_sheet(number)
    yield "\n".join([*blocks, *lines])


def _open(data: bytes, log: Any) -> Any:
    try:
        return xlrd.open_workbook(
            file_contents=data, formatting_info=True, on_demand=True, logfile=log
        )
    except xlrd.XLRDError as error:
        locked = "encrypted" in str(error).lower()
        raise ParseError("password_protected" if locked else "corrupt_file") from error
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error


def _read_row(book: Any, sheet: Any, row: int) -> list[str]:
    addresses = getattr(sheet, "hyperlink_map", {})
    cells = []
    for column in range(sheet.row_len(row)):
        text = _show(book, sheet, row, column)
        link = addresses.get((row, column))
        cells.append(links.show(text, str(link.url_or_path or "")) if link else text)
    return cells


def _read_values(data: bytes, first: int) -> Iterator[Item]:
    """Read a workbook that one library takes for damaged by another, without formats."""
    # Loaded for such files alone.
    from documents.parsing.parsers.office.excel import binary  # noqa: PLC0415

    found = list(binary.read_pages(data, None, first))
    # Below their names, sheets have cells, or there was nothing to be read.
    if not any("\n\n" in item for item in found if isinstance(item, str)):
        raise ParseError("corrupt_file")
    for item in found:
        yield item
        if isinstance(item, int) and first == 1:
            yield note("text_only")


class Drawn:
    """The charts of a workbook, by their sheets. Nothing fails for one that cannot be read."""

    def __init__(self, book: Any, data: bytes) -> None:
        self._book, self._records = book, _read_records(data)
        self._cells_left = MAX_CELLS
        sheets = charts.list_sheets(self._records)
        spans: dict[int, list[charts.Span]] = {}
        for span in charts.find_charts(self._records):
            spans.setdefault(span.sheet, []).append(span)
        self._spans = [spans.get(each.start, []) for each in sheets if each.kind == _CELLS]
        self.sheets = [
            (each.name, span)
            for each in sheets
            if each.kind == _CHART
            for span in spans.get(each.start, [])
        ]

    def read(self, number: int, sheet: Any) -> tuple[list[str], int]:
        """Return the lines of a sheet's charts, and how many of them could not be read."""
        lines, unread = list[str](), 0
        for span in self._spans[number] if number < len(self._spans) else ():
            read = self._read_one(span, lambda area: self._read_cells(area, number, sheet))
            unread += not read
            lines += ["", *read] if read else []
        return lines, unread

    def read_sheet(self, number: int) -> Iterator[Item]:
        """Yield the page of a sheet that is a chart."""
        name, span = self.sheets[number]
        read = self._read_one(span, lambda area: None)
        if not read:
            yield note("objects_unread", count=1)
        yield "\n".join([f"# {name}\n", *read])

    def _read_one(self, span: charts.Span, read_cells: charts.ReadCells) -> list[str]:
        try:
            return charts.read_chart(self._records, span, read_cells, self._show_number)
        except _BROKEN:
            return []

    def _show_number(self, value: float, key: int) -> str:
        known = self._book.format_map.get(key)
        code = number_formats.BUILT_IN.get(key) or (known.format_str if known else "General")
        return number_formats.show(value, code, from_1904=bool(self._book.datemode))

    def _read_cells(self, area: charts.Area, number: int, sheet: Any) -> dict[int, str] | None:
        """Return the cells of the sheet that is read; none of another, which would be loaded."""
        if not self._is_on(area, number) or area.top >= sheet.nrows:
            return None
        self._cells_left -= charts.count_cells(area)
        if self._cells_left < 0:
            return None
        is_column = area.right == area.left or area.bottom > area.top
        shown: dict[int, str] = {}
        for row in range(area.top, min(area.bottom + 1, sheet.nrows)):
            for column in range(area.left, min(area.right + 1, sheet.row_len(row))):
                place = row - area.top if is_column else column - area.left
                if text := " ".join(_show(self._book, sheet, row, column).split()):
                    known = shown.get(place)
                    shown[place] = f"{known} {text}" if known else text
        return shown

    def _is_on(self, area: charts.Area, number: int) -> bool:
        book = self._book
        links, first, last = book._externsheet_info[area.sheet]
        if links != book._supbook_locals_inx or first != last:
            return False
        return bool(book._all_sheets_map[first] == number)


def _read_records(data: bytes) -> bytes:
    """Return the records of a workbook, b"" if they are not to be had."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            stream = next(each for each in ("Workbook", "Book") if file.exists(each))
            records: bytes = file.openstream(stream).read()
    except (OSError, StopIteration, ValueError, IndexError, AttributeError):
        return b""
    return records


def _list_hidden(sheet: Any) -> Iterator[Item]:
    rows = sum(
        bool(each.hidden) and bool(sheet.row_len(number))
        for number, each in sheet.rowinfo_map.items()
        if number < sheet.nrows
    )
    columns = sum(
        bool(each.hidden) for number, each in sheet.colinfo_map.items() if number < sheet.ncols
    )
    for code, count in (("rows_hidden", rows), ("columns_hidden", columns)):
        if count:
            yield note(code, count=count)


def _show_text(book: Any, sheet: Any, row: int, column: int) -> str:
    """A text with its raised and lowered figures, whose places are those where fonts change."""
    text = str(sheet.cell_value(row, column))
    changes = sheet.rich_text_runlist_map.get((row, column), [])
    if not changes:
        return text
    style = sheet.cell_xf_index(row, column)
    first = book.xf_list[style].font_index if style is not None else 0
    places = [(0, first), *changes, (len(text), 0)]
    pieces = (
        Piece(_HEIGHTS.get(_find_escapement(book, font), 0), text[start:end])
        for (start, font), (end, _) in pairwise(places)
    )
    return superscripts.join(pieces)


def _find_escapement(book: Any, font: int) -> int:
    return int(book.font_list[font].escapement) if font < len(book.font_list) else 0


def _show(book: Any, sheet: Any, row: int, column: int) -> str:
    cell = sheet.cell(row, column)
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return _show_text(book, sheet, row, column)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR"))
    if cell.ctype not in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
        return ""
    code = "General"
    style = sheet.cell_xf_index(row, column)
    if style is not None and style < len(book.xf_list):
        key = book.xf_list[style].format_key
        known = book.format_map.get(key)
        code = number_formats.BUILT_IN.get(key) or (known.format_str if known else code)
    return number_formats.show(cell.value, code, from_1904=bool(book.datemode))
