"""Workbooks: a page a sheet, its rows as tables whose header is repeated."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from documents.parsing import archives, tables
from documents.parsing.limits import ParseError

_BROKEN = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError)
# A sheet may claim a million columns that nobody filled.
MOST_COLUMNS = 200


def pages_of(path: str, first: int) -> Iterator[int | str]:
    with archives.opened(path):
        pass
    try:
        # Read only, row by row; of formulas the value that was saved with them.
        # From an open file, since a stored one has no name by which openpyxl would take it.
        file = Path(path).open("rb")  # noqa: SIM115 - read until the process ends
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error
    sheets = book.worksheets
    yield len(sheets)
    for sheet in sheets[first - 1 :]:
        try:
            yield "\n".join([f"# {sheet.title}\n", *tables.as_text(_rows(sheet))])
        except _BROKEN:
            yield ""


def _rows(sheet: Any) -> Iterator[tuple[object, ...]]:
    yield from sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS)
