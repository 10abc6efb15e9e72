"""Tables on the pages of a PDF as grids; one that goes on over several pages is one."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pypdfium2

from documents.parsing.limits import ParseError
from documents.parsing.parsers.pdf import columns, page_text, upright
from documents.parsing.parsers.pdf.fonts.complete import Document
from documents.parsing.parsers.pdf.written import Written
from documents.parsing.tabular.grids import RowTaker
from documents.parsing.tabular.rows import Grid

MAX_PAGES, MAX_TABLES = 2_000, 200
PAGES_AT_ONCE = 20
MIN_ROWS = 3


class PageTable(NamedTuple):
    """A table on a page: where its columns stand, and its rows."""

    columns: list[tuple[float, float]]
    rows: list[list[str]]


def read_pdf(path: str) -> Iterator[Grid]:
    """Yield the tables of a PDF; one that goes on over the next pages is one.

    An empty grid after so many pages is a sign of life.
    """
    try:
        document = Document(path)
    except pypdfium2.PdfiumError as error:
        raise ParseError("corrupt_file") from error
    with closing(document):
        joined = _Joined()
        for index in range(min(len(document.raw), MAX_PAGES)):
            if index % PAGES_AT_ONCE == 0:
                yield Grid([])
            yield from joined.add_page(index + 1, _read_page(document, index))
        yield from joined.end()


class _Joined:
    """The tables of pages in their order. The last of a page may go on at the top of the next."""

    def __init__(self) -> None:
        self._taker: RowTaker | None = None
        self._columns: list[tuple[float, float]] = []

    def add_page(self, number: int, tables: list[PageTable]) -> Iterator[Grid]:
        """Yield the tables that are complete with this page."""
        if not tables:
            yield from self.end()
        for place, table in enumerate(tables):
            if (
                place
                or not self._taker
                or not page_text.has_like_columns(table.columns, self._columns)
            ):
                yield from self.end()
                self._taker = RowTaker(Grid([], "", number, is_whole=True))
            _take_rows(self._taker, table)
            self._columns = table.columns

    def end(self) -> Iterator[Grid]:
        if self._taker:
            yield self._taker.grid
        self._taker = None


def _take_rows(taker: RowTaker, table: PageTable) -> None:
    rows = table.rows
    header = taker.grid.rows[0].cells if taker.grid.rows else None
    if header is not None and rows[0] == header:
        rows = rows[1:]
    for cells in rows:
        # As in texts the header is row 0.
        if not taker.take(len(taker.grid.rows), list(cells)):
            return


def _read_page(document: Document, index: int) -> list[PageTable]:
    try:
        with closing(document.raw[index]) as page:
            return document.read(index, page, _list_tables)
    except pypdfium2.PdfiumError:
        return []


def _list_tables(page: Any) -> list[PageTable]:
    tables = []
    with upright.open_text(page) as text:
        written = Written(text)
        found = page_text.list_tables(page, written, columns.list_pieces(text))
        for table in found:
            rows = [list(map(str, row)) for row in page_text.tell_rows(table, written)]
            if len(rows) >= MIN_ROWS:
                tables.append(PageTable(table.columns, rows))
    return tables
