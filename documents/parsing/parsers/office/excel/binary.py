"""Workbooks in binary form (xlsb): the values of their cells, by calamine, and their charts."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from documents.parsing import contents, tables
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.office import drawings
from documents.parsing.parsers.office.excel import number_formats
from documents.parsing.parsers.office.packages import BROKEN, Package

_MIDNIGHT = time()
_CHART = re.compile(r"xl/charts/chart\d{0,9}\.xml")


def read_pages(path: Contents, package: Package | None, first: int) -> Iterator[Item]:
    """Yield the sheets, and the charts of a package behind the last."""
    with contents.open_file(path) as file, _open(file) as book:
        sheets = book.sheets_metadata
        yield len(sheets)
        for number, sheet in enumerate(sheets[first - 1 :], first):
            if sheet.visible != SheetVisibleEnum.Visible:
                yield note("sheet_hidden", name=sheet.name)
            pieces = [f"# {sheet.name}\n"]
            if sheet.typ == SheetTypeEnum.WorkSheet:
                try:
                    pieces += tables.format_table(_list_rows(book, sheet.name))
                except (CalamineError, OSError):
                    yield note("part_unreadable", name=sheet.name)
            if number == len(sheets) and package is not None:
                # Which sheet they stand on is told by parts that are not read.
                pieces += _read_charts(package)
            yield "\n".join(pieces)


def read_values(path: Contents) -> Iterator[tuple[str, Iterator[list[Any]]]]:
    """Yield the sheets by their names, with the values of their rows. Raises ParseError."""
    with contents.open_file(path) as file, _open(file) as book:
        for sheet in book.sheets_metadata:
            rows: list[Any] = []
            with suppress(CalamineError, OSError):
                if sheet.typ == SheetTypeEnum.WorkSheet:
                    rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
            yield sheet.name, ([None if each == "" else each for each in row] for row in rows)


def _list_rows(book: CalamineWorkbook, name: str) -> Iterator[list[str]]:
    for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False):
        yield [_show(value) for value in row]


def _read_charts(package: Package) -> Iterator[str]:
    for part in sorted(package.names()):
        if _CHART.fullmatch(part):
            with suppress(*BROKEN):
                yield from drawings.read_chart(package.parse(part))


def _open(file: IO[bytes]) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(file)
    except PasswordError as error:
        raise ParseError("password_protected") from error
    except (CalamineError, OSError) as error:
        raise ParseError("corrupt_file") from error


def _show(value: object) -> str:
    """Write a value without its cell's format, of which only dates are told."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return number_formats.general(value)
    if isinstance(value, datetime):
        return str(value.date() if value.time() == _MIDNIGHT else value)
    return str(value) if isinstance(value, str | date | time | timedelta) else ""
