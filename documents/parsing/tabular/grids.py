"""The grids of a file: a table in text, the sheets of a workbook, tables in other texts."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documents.parsing.encodings import decode
from documents.parsing.limits import ParseError
from documents.parsing.parsers.text import csv as text_tables
from documents.parsing.tabular.markdown import find_text_tables
from documents.parsing.tabular.rows import MAX_COLUMNS, Grid, Row

MAX_CELLS = 3_000_000
_SAMPLE_LINES = 50
_DELIMITERS = ",;\t|"
_TOO_LONG = "the table is too long and was read up to row {row} alone"
_NOT_CLOSED = "quotation marks do not match, so they were read as ordinary characters"
_TOO_WIDE = f"columns after the first {MAX_COLUMNS} are left out"


def read_grids(path: str, kind: str) -> Iterator[Grid]:
    """Yield the grids of a file. Raises ParseError.

    `kind` is "csv", "xlsx", "pdf", or "text" for a file of page texts, which holds
    `[[number, start, text], …]` as JSON.
    """
    if kind == "csv":
        yield _read_csv(path)
    elif kind == "text":
        yield from _read_texts(path)
    elif kind == "xlsx":
        # Each library is loaded for its own files alone.
        from documents.parsing.tabular.workbooks import read_workbook  # noqa: PLC0415

        yield from read_workbook(path)
    elif kind == "pdf":
        from documents.parsing.tabular.pdf_tables import read_pdf  # noqa: PLC0415

        yield from read_pdf(path)
    else:
        raise ParseError("corrupt_file")


class RowTaker:
    """Takes the rows of a grid for as long as there is room, and says where there was none."""

    def __init__(self, grid: Grid) -> None:
        self.grid = grid
        self._cells = 0
        self._is_wide = False

    def take(self, number: int, cells: list[Any]) -> bool:
        """Add a row; return False once no more are to come."""
        if len(cells) > MAX_COLUMNS:
            if not self._is_wide:
                self._is_wide = True
                self.grid.notes.append(_TOO_WIDE)
            cells = cells[:MAX_COLUMNS]
        self._cells += len(cells) or 1
        if self._cells > MAX_CELLS:
            self.grid.notes.append(_TOO_LONG.format(row=number - 1))
            return False
        self.grid.rows.append(Row(number, cells))
        return True


def _read_csv(path: str) -> Grid:
    text, declared = text_tables.read_separator(decode(Path(path).read_bytes()))
    form = text_tables.find_form(text, declared)
    if not form.separator:
        # Rows of all lengths are a table as well to who asks for one.
        form = text_tables.find_form(text, _find_delimiter(text))
    grid = Grid([], is_comma_likely=form.separator == ";")
    if form.quoting == csv.QUOTE_NONE:
        grid.notes.append(_NOT_CLOSED)
    rows = RowTaker(grid)
    before = 1 if declared else 0
    try:
        for number, cells in enumerate(text_tables.parse(text, form), 1 + before):
            if not rows.take(number, list(cells)):
                break
    except csv.Error as error:
        raise ParseError("corrupt_file") from error
    return grid


def _find_delimiter(text: str) -> str:
    """Return the separator that parts the most of the first lines into as many cells."""
    lines = [line for line in text[: 64 * 1024].splitlines() if line.strip()][:_SAMPLE_LINES]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        wide = [count for count in counts if count > 1]
        if not wide:
            continue
        usual = max(set(wide), key=lambda count: (wide.count(count), count))
        # As many lines as possible, and among equals as many cells.
        score = wide.count(usual) / len(counts) + min(usual, MAX_COLUMNS) / 1_000
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _read_texts(path: str) -> Iterator[Grid]:
    for number, start, text in json.loads(Path(path).read_text()):
        for table in find_text_tables(text):
            grid = Grid(
                [],
                table.title,
                number,
                start + table.start,
                start + table.end,
                is_whole=True,
            )
            rows = RowTaker(grid)
            for n, cells in enumerate(table.rows):
                # The header is row 0, so that rows have the numbers that people count.
                if not rows.take(n, list(cells)):
                    break
            yield grid
