"""The names of a table's columns, where a chunk begins among its rows.

A long table is cut between rows, and goes on over the ends of pages. Its rows say nothing without
the line that names their columns, which stands before the chunk.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from aiapp.text.segments import count_figures, count_periods, is_row, is_rule, names_periods

MAX_CHARS = 500
# Of names in Markdown: how long one is, and how many are numbers and no years. What a PDF's tables
# have as their first row may be none.
MAX_NAME_CHARS, MAX_NUMBERS = 80, 1
# A longer line is no row, and names no columns.
MAX_LINE_CHARS = 4_000
# A line of years stands over so many rows of figures at most, and none behind running text: a
# second line of so many characters.
MAX_ROWS, MIN_PROSE_CHARS = 150, 70
# A table goes on over the end of a page if that is near its last row, and of the first lines behind
# it so many have as many figures.
EDGE_LINES, MIN_EDGE_ROWS = 6, 3
# What parts the cells of a row is a bar without a backslash in front.
_BAR = re.compile(r"(?<!\\)\|")
# From the beginning of a chunk to its first row: a line or two may say what the rows below are.
MAX_ABOVE_CHARS = 200


def put_above(columns: str, text: str) -> str:
    """Return a text with the names of its first rows' columns on a line above, if there are any."""
    return f"{columns}\n{text}" if columns else text


def join_names(columns: str) -> str:
    """Return the names of columns as people read them, without the bars of Markdown."""
    if not columns.startswith("|"):
        return columns
    return " · ".join(name for each in _BAR.split(columns) if (name := each.strip()))


class _Row(NamedTuple):
    """A row, the names of its columns, and where those stand; before the page, at -1."""

    start: int
    end: int
    names: str
    names_start: int


class Columns:
    """The names of columns at any place; pages are added in their order."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._ends: list[int] = []
        self._names, self._names_start = "", 0
        # Since the names: how many figures rows have, how many rows there were, how many lines of
        # running text, and how many lines since the last row.
        self._figures: set[int] = set()
        self._age = self._prose = self._since = 0

    def add_page(self, text: str) -> None:
        """Go on to the next page, where a table of figures may go on."""
        self._rows = []
        lines = text.splitlines(keepends=True)
        self._turn_page([bare for line in lines if (bare := line.strip())][:EDGE_LINES])
        start = 0
        above, above_start = "", 0
        for line in lines:
            bare = line.strip() if len(line) <= MAX_LINE_CHARS else ""
            if bare.startswith("|") and "---" in bare and is_rule(bare):
                self._begin_table(above, above_start)
            elif bare.startswith("|"):
                self._take_row(bare, start, start + len(line))
                above, above_start = bare, start
            else:
                self._take_line(bare, start, start + len(line))
                above = ""
            start += len(line)
        self._ends = [row.end for row in self._rows]

    def at(self, start: int, end: int) -> str:
        """The names of the columns of the rows that characters of the last page begin with.

        Empty if they begin with no rows, or have the names among them.
        """
        n = bisect_right(self._ends, start)
        row = self._rows[n] if n < len(self._rows) else None
        if row is None or row.start >= end or row.start - start > MAX_ABOVE_CHARS:
            return ""
        return row.names[:MAX_CHARS] if row.names_start < start else ""

    def _turn_page(self, first_lines: Sequence[str]) -> None:
        rows = [count_figures(line) for line in first_lines if is_row(line)]
        alike = sum(count in self._figures for count in rows)
        if self._names.startswith("|") or self._since > EDGE_LINES or alike < MIN_EDGE_ROWS:
            self._names = ""
        self._names_start = -1

    def _begin_table(self, names: str, start: int) -> None:
        # What was taken for a row are the names of the columns below.
        if names and self._rows and self._rows[-1].start == start:
            self._rows.pop()
        self._begin(names if _may_be_names(names) else "", start)

    def _begin(self, names: str, start: int) -> None:
        self._names, self._names_start = names, start
        self._figures = set()
        self._age = self._prose = self._since = 0

    def _take_row(self, bare: str, start: int, end: int) -> None:
        """Take a row of a table whose names have a rule below them."""
        if self._names.startswith("|"):
            self._rows.append(_Row(start, end, self._names, self._names_start))

    def _take_line(self, bare: str, start: int, end: int) -> None:
        """Take a line of a text, which may be a row of figures, or years above those."""
        if self._names.startswith("|"):
            self._names = ""
        if names_periods(bare):
            self._begin(bare, start)
        elif self._names and is_row(bare):
            self._take_figures(bare, start, end)
        elif bare:
            self._since += 1
            self._prose += len(bare) >= MIN_PROSE_CHARS
            if self._prose > 1:
                self._names = ""

    def _take_figures(self, bare: str, start: int, end: int) -> None:
        count = count_figures(bare)
        self._age += 1
        if self._age > MAX_ROWS or count > len(self._names.split()) + 1:
            self._names = ""
            return
        self._rows.append(_Row(start, end, self._names, self._names_start))
        self._figures.add(count)
        self._prose = self._since = 0


def _may_be_names(line: str) -> bool:
    """Tell the names of columns from a row of values."""
    numbers = count_figures(line) - count_periods(line)
    return numbers <= MAX_NUMBERS and max(map(len, line.split("|"))) <= MAX_NAME_CHARS + 2
