"""The sheets of a workbook with the values that their cells have, not as they are shown."""

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from lxml import etree
from openpyxl.utils import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import WorkSheetParser

from documents.parsing import archives
from documents.parsing.limits import ParseError
from documents.parsing.tabular.grids import MAX_CELLS, RowTaker
from documents.parsing.tabular.rows import MAX_COLUMNS, Grid, Row

_BROKEN = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
MAX_MERGED = 2_000


def read_workbook(path: str) -> Iterator[Grid]:
    with archives.open_archive(path) as archive:
        is_binary = "xl/workbook.bin" in archive.namelist()
    if is_binary:
        yield from _read_binary(path)
        return
    try:
        # From an open file, since a stored one has no name by which openpyxl would take it.
        file = Path(path).open("rb")  # noqa: SIM115 - read until the process ends
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error
    for number, sheet in enumerate(book.worksheets, 1):
        grid = Grid([], sheet.title, number)
        try:
            merged = _read_sheet(sheet, grid)
        except _BROKEN:
            grid.notes.append("the sheet is damaged and was not read to its end")
            merged = []
        _fill_merged(grid.rows, merged)
        yield grid


def _read_binary(path: str) -> Iterator[Grid]:
    """Read a workbook in binary form (xlsb), whose cells another library knows."""
    # For its own files alone.
    from documents.parsing.parsers.office.excel import binary  # noqa: PLC0415

    for number, (name, rows) in enumerate(binary.read_values(path), 1):
        grid = Grid([], name, number)
        taker = RowTaker(grid)
        for at, row in enumerate(rows, 1):
            if any(value is not None for value in row) and not taker.take(at, row):
                break
        yield grid


def _read_sheet(sheet: Any, grid: Grid) -> list[str]:
    """Read a sheet into a grid and return its merged ranges."""
    book = sheet.parent
    rows = RowTaker(grid)
    merged: list[str] = []
    unsaved = 0
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        is_room = True
        for element in _elements(source):
            if _is_named(element, "mergeCell"):
                if len(merged) < MAX_MERGED:
                    merged.append(element.get("ref", ""))
                continue
            if is_room:
                unsaved += _count_unsaved(element)
                number, cells = parser.parse_row(element)
                is_room = _take_row(rows, number, cells)
    if unsaved:
        grid.notes.append(
            f"{unsaved} cells hold formulas whose values were not saved; they count as empty"
        )
    return merged


def _take_row(rows: RowTaker, number: int, cells: list[dict[str, Any]]) -> bool:
    values = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
    width = max(values, default=0)
    if not width:
        return True
    # A cell far to the right would be preceded by as many that nobody filled.
    found = [values.get(column) for column in range(1, min(width, MAX_COLUMNS) + 1)]
    if width > MAX_COLUMNS:
        found.append(None)
    return rows.take(number, found)


def _elements(source: Any) -> Iterator[Any]:
    tags = [f"{space}{name}" for space in (_MAIN, _STRICT) for name in ("row", "mergeCell")]
    found = etree.iterparse(
        source,
        tag=tags,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, element in found:
            yield element
            # Rows that are done would add up to more than the text of a long sheet.
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ValueError("The sheet's XML is broken.") from error


def _is_named(element: Any, name: str) -> bool:
    return bool(etree.QName(element).localname == name)


def _count_unsaved(row: Any) -> int:
    """Count the formulas of a row that come without a value: no program has calculated them."""
    count = 0
    for cell in row:
        names = {etree.QName(child).localname for child in cell}
        value = next((child.text for child in cell if _is_named(child, "v")), None)
        # An empty text is a value as well.
        is_text = cell.get("t") == "str" and "v" in names
        count += "f" in names and not value and not is_text
    return count


def _fill_merged(rows: list[Row], merged: list[str]) -> None:
    """Give the text of a merged cell to all the rows that it spans, as it is meant.

    A number is left where it stands: repeated, it would count more than once. In a row of headings
    the text of a cell over several columns is found by the gaps behind it.
    """
    by_number = {row.number: row for row in rows}
    numbers = sorted(by_number)
    room = MAX_CELLS
    for reference in merged:
        try:
            left, top, _, bottom = range_boundaries(reference)
        except (ValueError, TypeError):
            continue
        if left is None or top is None or bottom is None or left > MAX_COLUMNS:
            continue
        first = by_number.get(top)
        value = first.cells[left - 1] if first and left <= len(first.cells) else None
        if not isinstance(value, str):
            continue
        below = numbers[bisect_right(numbers, top) : bisect_right(numbers, bottom)]
        for number in below[:room]:
            row = by_number[number]
            row.cells += [None] * (left - len(row.cells))
            row.cells[left - 1] = row.cells[left - 1] or value
        room -= min(len(below), room)
