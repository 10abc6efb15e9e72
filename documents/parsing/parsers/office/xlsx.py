"""Workbooks: a page a sheet, its rows as tables whose header is repeated."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import BadZipFile

import openpyxl
from lxml import etree
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser

from documents.parsing import archives, tables
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

_BROKEN = (InvalidFileException, BadZipFile, KeyError, ValueError, TypeError, AttributeError)
# A sheet may claim a million columns that nobody filled.
MAX_COLUMNS = 200
_CHUNK_BYTES = 256 * 1024
# A cell or row without content, known by its place: programs write them for their formats alone.
_EMPTY = re.compile(rb"<(?:\w{1,20}:)?(?:c|row)\s[^<>]{0,400}/>")
_CDATA = b"<![CDATA["


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    with archives.open_archive(path):
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
            yield "\n".join([f"# {sheet.title}\n", *tables.format_table(_rows(sheet))])
        except _BROKEN:
            yield ""


def _rows(sheet: Any) -> Iterator[tuple[object, ...]]:
    """Yield the rows that hold anything, as far as they do.

    openpyxl's own iterator makes up every cell and row that a sheet claims to have: one that
    names its last cell only would be 17 thousand million of them.
    """
    book = sheet.parent
    with sheet._get_source() as source:
        parser = WorkSheetParser(
            _NonEmptyCells(source),
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        for cells in _cells(parser):
            values = {cell["column"]: cell["value"] for cell in cells if cell["value"] is not None}
            width = min(max(values, default=0), MAX_COLUMNS)
            if width:
                yield tuple(values.get(column) for column in range(1, width + 1))


def _cells(parser: WorkSheetParser) -> Iterator[list[dict[str, Any]]]:
    """Yield the cells of each row that the sheet's XML has, in their order."""
    rows = etree.iterparse(
        parser.source,
        tag=ROW_TAG,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for _, row in rows:
            yield parser.parse_row(row)[1]
            # Rows that are done would add up to more than the text of a long sheet.
            row.clear()
            while row.getprevious() is not None:
                del row.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ValueError("The sheet's XML is broken.") from error


class _NonEmptyCells:
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
