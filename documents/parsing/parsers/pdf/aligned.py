"""Tables without lines, told by short texts that stand below each other.

Lines of the page with texts in the same columns are a table. Text in columns looks alike, but its
parts are long, and as wide as their column.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import median

from documents.parsing.parsers.pdf.glyphs import Glyph, Line, Part, build_lines
from documents.parsing.parsers.pdf.grid import Cell, Table

MIN_ROWS, MIN_COLUMNS, MAX_COLUMNS = 3, 2, 60
# In heights of a line: how far apart lines of one table stand, and how far in a cell begins that
# is not in the first column.
LINE_GAP, INDENT = 3.2, 4.0
MAX_MEAN_CHARS, MAX_LABEL_CHARS = 40, 25
# Prose: how wide its lines are beside their column, how long, and how many.
PROSE_SHARE, PROSE_CHARS, PROSE_LINES = 0.75, 20, 5
# Of the lines, those that a writer who draws row by row comes back from to the first column.
MIN_RETURNS = 2

# A number with its currency or unit, and the mark of a note.
_NUMBER = re.compile(
    r"[(\-+−–]?\s?(?:[^\W\d]{0,3}|\W)\s?\d[\d\s.,'’]{0,40}\)?\s?(?:%|[^\W\d]{0,3}|\W)\)?(?:\^\w{1,3})?"
)
# Signs that stand in a column of their own, so that numbers stand below each other.
_SIGNS_BEFORE = {"$", "€", "£", "¥", "₩", "(", "$(", "+", "-", "−"}
_SIGNS_BEHIND = {")", "%", ")%", "€", "¢"}

Tell = Callable[[Sequence[int]], str]
Columns = list[tuple[float, float]]
Row = list[list[int]]


def find_tables(glyphs: Sequence[Glyph], tell: Tell) -> Iterator[Table]:
    """Yield the tables of a page; `tell` gives the text of some of its characters."""
    for lines in _list_groups(build_lines(glyphs)):
        if table := _build_table(lines, tell):
            yield table


@dataclass(slots=True)
class _Group:
    """Lines that follow one another, where the first begins, and where the second column does."""

    lines: list[Line] = field(default_factory=list)
    left: float = inf
    gutter: float = inf

    def add(self, line: Line) -> None:
        self.lines.append(line)
        self.left = min(self.left, line.parts[0].left)
        if len(line.parts) > 1:
            self.gutter = min(self.gutter, line.parts[1].left)

    def is_inside(self, line: Line) -> bool:
        """Tell whether a line is the rest of a cell that is not in the first column."""
        return line.parts[0].left > self.left + INDENT * line.height

    def is_cell(self, line: Line) -> bool:
        """Tell whether a line is in a cell: in the first column, as far as that goes, or inside."""
        return self.is_inside(line) or line.parts[0].right < self.gutter < inf

    def trim(self) -> list[Line]:
        while self.lines and len(self.lines[-1].parts) == 1 and not self.is_inside(self.lines[-1]):
            self.lines.pop()
        return self.lines


def _list_groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield lines that follow one another closely, from the first with several parts on."""
    group = _Group()
    for line in lines:
        before = group.lines[-1] if group.lines else None
        is_near = before is not None and before.bottom - line.bottom <= LINE_GAP * line.height
        is_single = len(line.parts) == 1 and not group.is_cell(line)
        if before and (not is_near or (is_single and len(before.parts) == 1)):
            yield group.trim()
            group = _Group()
        if group.lines or len(line.parts) > 1:
            group.add(line)
    if group.lines:
        yield group.trim()


def _build_table(lines: Sequence[Line], tell: Tell) -> Table | None:
    columns = _find_columns([line for line in lines if len(line.parts) > 1])
    if not MIN_COLUMNS <= len(columns) <= MAX_COLUMNS or len(lines) < MIN_ROWS:
        return None
    places = [[_find_column(part, columns) for part in line.parts] for line in lines]
    in_order, returns = _compare_order(lines, places)
    if not in_order and returns >= MIN_RETURNS:
        rows = _take_as_written(lines, places, len(columns))
    else:
        rows = _take_by_lines(lines, places, len(columns))
    _join_headings(rows, columns)
    _join_signs(rows, columns, tell)
    if not _is_table(rows, columns, tell, is_mixed=not in_order) or _is_prose(lines, columns):
        return None
    return Table([[Cell(sorted(cell)) for cell in row] for row in rows], columns)


def _compare_order(lines: Sequence[Line], places: Sequence[Sequence[int]]) -> tuple[bool, int]:
    """Return whether lines were written one after the other, and how often a column to the left
    was written next."""
    order = sorted(
        (part.numbers[0], n, column)
        for n, (line, columns) in enumerate(zip(lines, places, strict=True))
        for part, column in zip(line.parts, columns, strict=True)
    )
    changes = sum(a[1] != b[1] for a, b in pairwise(order))
    returns = sum(a[2] > b[2] for a, b in pairwise(order))
    return changes < len(lines), returns


def _take_by_lines(lines: Sequence[Line], places: Sequence[Sequence[int]], count: int) -> list[Row]:
    rows: list[Row] = []
    for line, columns in zip(lines, places, strict=True):
        row: Row = [[] for _ in range(count)]
        for part, column in zip(line.parts, columns, strict=True):
            row[column] += part.numbers
        # The second line of a cell.
        is_rest = len(line.parts) == 1 and not row[0] and len(rows) > 1
        if is_rest:
            for cell, more in zip(rows[-1], row, strict=True):
                cell.extend(more)
        else:
            rows.append(row)
    return rows


def _take_as_written(
    lines: Sequence[Line], places: Sequence[Sequence[int]], count: int
) -> list[Row]:
    """The rows of a writer who ends each cell, of several lines, before the next."""
    order = sorted(
        (part.numbers[0], n, column, part)
        for n, (line, columns) in enumerate(zip(lines, places, strict=True))
        for part, column in zip(line.parts, columns, strict=True)
    )
    rows: list[Row] = []
    before = (-1, count)
    for _, n, column, part in order:
        last_line, last_column = before
        is_rest = column == last_column and n == last_line + 1
        if is_rest and column == 0 and len(lines[last_line].parts) == 1:
            # A line with nothing beside it is a heading, unless the cell began above it.
            is_rest = len(rows[-1][0]) > len(lines[last_line].parts[0].numbers)
        if column < last_column or (column == last_column and not is_rest):
            rows.append([[] for _ in range(count)])
        rows[-1][column] += part.numbers
        before = n, column
    return rows


def _join_headings(rows: list[Row], columns: Columns) -> None:
    """Join a heading with the column beside it that it is meant for, where they stand apart."""
    n = 0
    while n + 1 < len(columns):
        filled = [{place for place, row in enumerate(rows) if row[at]} for at in (n, n + 1)]
        if filled[0] & filled[1] or {0} not in filled:
            n += 1
            continue
        for row in rows:
            row[n : n + 2] = [row[n] or row[n + 1]]
        (left, _), (_, right) = columns[n : n + 2]
        columns[n : n + 2] = [(left, right)]


def _join_signs(rows: list[Row], columns: Columns, tell: Tell) -> None:
    """Join columns of signs alone with the numbers that they are meant for."""
    n = 0
    while n < len(columns):
        signs = {tell(row[n]) for row in rows} - {""}
        at = n if signs <= _SIGNS_BEFORE else n - 1 if signs <= _SIGNS_BEHIND else -1
        if at < 0 or at + 1 >= len(columns) or len(columns) <= MIN_COLUMNS:
            n += 1
            continue
        for row in rows:
            row[at : at + 2] = [row[at] + row[at + 1]]
        (left, _), (_, right) = columns[at : at + 2]
        columns[at : at + 2] = [(left, right)]


def _find_columns(lines: Sequence[Line]) -> Columns:
    """Return the stretches of the page's width that parts of the lines cover."""
    columns: Columns = []
    for left, right in sorted((part.left, part.right) for line in lines for part in line.parts):
        if columns and left <= columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _find_column(part: Part, columns: Columns) -> int:
    return max(
        range(len(columns)),
        key=lambda n: min(part.right, columns[n][1]) - max(part.left, columns[n][0]),
    )


def _is_table(rows: Sequence[Row], columns: Columns, tell: Tell, *, is_mixed: bool) -> bool:
    if len(rows) < MIN_ROWS or len(columns) < MIN_COLUMNS:
        return False
    lengths = [len(cell) for row in rows for cell in row if cell]
    mean = sum(lengths) / len(lengths)
    full = sum(sum(map(bool, row)) > 1 for row in rows)
    if mean > MAX_MEAN_CHARS or full * 2 <= len(rows):
        return False
    if len(columns) > MIN_COLUMNS or (is_mixed and mean <= MAX_LABEL_CHARS):
        return True
    return any(
        sum(_NUMBER.fullmatch(tell(row[n])) is not None for row in rows) >= len(rows) / 2
        for n in range(len(columns))
    )


def _is_prose(lines: Sequence[Line], columns: Columns) -> bool:
    """Tell whether texts are as wide as their columns: prose that is set in columns."""
    wide = 0
    for left, right in columns:
        parts = [
            part
            for line in lines
            for part in line.parts
            if part.left < right and part.right > left and len(part.numbers) >= PROSE_CHARS
        ]
        widths = [part.right - part.left for part in parts] or [0.0]
        is_wide = len(parts) >= PROSE_LINES and len(parts) * 2 >= len(lines)
        wide += is_wide and median(widths) >= PROSE_SHARE * (right - left)
    return wide > 1
