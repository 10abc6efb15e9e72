"""Workbooks from before 2007, by xlrd: a page a sheet, its cells as they were shown."""

import io
import os
import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import olefile
import xlrd

from documents.parsing import contents, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers import links, superscripts
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.excel.merging import Merged, MergedCells
from documents.parsing.parsers.superscripts import Piece

_BEGIN, _CHART = 0x809, 0x20
# How characters stand to their line.
_HEIGHTS = {1: 1, 2: -1}
_BROKEN = (
    *(xlrd.XLRDError, ValueError, IndexError, KeyError, TypeError, AttributeError, AssertionError),
    *(OverflowError, UnicodeError, NotImplementedError, ArithmeticError),
)


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    data = contents.read(path)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        book = _open(data, nowhere)
        yield book.nsheets
        if first == 1 and (charts := _count_charts(data)):
            yield note("objects_unread", count=charts)
        for number in range(first - 1, book.nsheets):
            try:
                sheet = book.sheet_by_index(number)
            except _BROKEN:
                yield note("part_unreadable", name=f"#{number + 1}")
                yield ""
                continue
            yield from _list_hidden(sheet)
            if sheet.visibility:
                yield note("sheet_hidden", name=sheet.name)
            # The library counts from 0, and tells the row and column behind the last.
            ranges = (
                Merged(top + 1, end, left + 1, right)
                for top, end, left, right in sheet.merged_cells
            )
            filled = ((row + 1, _read_row(book, sheet, row)) for row in range(sheet.nrows))
            rows = MergedCells(ranges).fill(filled)
            blocks = [f"# {sheet.name}\n", *tables.format_table(rows)]
            for (row, column), comment in sorted(sheet.cell_note_map.items()):
                place = xlrd.cellname(row, column)
                blocks.append(f"[Comment on {place}: {' '.join(comment.text.split())}]")
            book.unload_sheet(number)
            yield "\n".join(blocks)


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


def _count_charts(data: bytes) -> int:
    """Count the charts of a workbook, each of which begins as a sheet does."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            stream = next(each for each in ("Workbook", "Book") if file.exists(each))
            records = file.openstream(stream).read()
    except (OSError, StopIteration, ValueError, IndexError, AttributeError):
        return 0
    at = charts = 0
    while at + 8 <= len(records):
        kind, length, _, holds = struct.unpack_from("<4H", records, at)
        charts += kind == _BEGIN and holds == _CHART
        at += 4 + length
    return charts


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
