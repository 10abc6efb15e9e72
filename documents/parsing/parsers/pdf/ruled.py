"""Tables that are drawn with lines: which cells their rows and columns have."""

import ctypes
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pypdfium2 import raw

from documents.parsing.parsers.pdf.glyphs import Cell, Glyph, Table

# Of the lines of a page: more are a drawing.
MAX_PATHS, MAX_SEGMENTS, MAX_LINES = 6_000, 20_000, 400
# Points by which the ends of lines that meet may miss each other, and how short a line may be.
NEAR, MIN_LENGTH = 3.0, 5.0
# Points by which a line may be aslant.
SLANT = 0.6
MIN_ROWS, MIN_COLUMNS, MAX_COLUMNS, MAX_ROWS = 2, 2, 40, 300
# Of the cells of a table, those with a text in them; the fields of a graph have none.
MIN_FILLED = 0.34


class Rule(NamedTuple):
    """A line along one axis: where it stands on the other, and from where to where it goes."""

    at: float
    start: float
    end: float


def find_tables(page: Any, glyphs: Sequence[Glyph]) -> Iterator[Table]:
    """Yield the tables of a page whose cells have lines around them."""
    level, upright = _list_rules(page)
    if not MIN_ROWS < len(level) <= MAX_LINES or not MIN_COLUMNS < len(upright) <= MAX_LINES:
        return
    for rows, columns in _connect(level, upright):
        if table := _Lattice(rows, columns).fill(glyphs):
            yield table


def _list_rules(page: Any) -> tuple[list[Rule], list[Rule]]:
    """The level and the upright lines of a page, those that go on as one."""
    level: list[Rule] = []
    upright: list[Rule] = []
    budget = MAX_SEGMENTS
    for count, path in enumerate(_list_paths(page)):
        segments = max(raw.FPDFPath_CountSegments(path), 0)
        budget -= segments
        if count >= MAX_PATHS or budget < 0:
            return [], []
        for (x, y), (to_x, to_y) in _draw(path, segments):
            if abs(y - to_y) <= SLANT:
                level.append(Rule((y + to_y) / 2, min(x, to_x), max(x, to_x)))
            elif abs(x - to_x) <= SLANT:
                upright.append(Rule((x + to_x) / 2, min(y, to_y), max(y, to_y)))
    return _join(level), _join(upright)


def _list_paths(page: Any) -> Iterator[Any]:
    """Yield what is drawn on a page itself, as pdfium knows it: Python's objects would be dear."""
    for n in range(raw.FPDFPage_CountObjects(page)):
        drawn = raw.FPDFPage_GetObject(page, n)
        if drawn and raw.FPDFPageObj_GetType(drawn) == raw.FPDF_PAGEOBJ_PATH:
            yield drawn


def _draw(path: Any, segments: int) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the ends of each straight line of a path."""
    get_segment, get_point = raw.FPDFPath_GetPathSegment, raw.FPDFPathSegment_GetPoint
    get_type, get_close = raw.FPDFPathSegment_GetType, raw.FPDFPathSegment_GetClose
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(path, matrix):
        return
    a, b, c, d, e, f = (getattr(matrix, name) for name in "abcdef")
    x, y = ctypes.c_float(), ctypes.c_float()
    to_x, to_y = ctypes.byref(x), ctypes.byref(y)
    begin = before = (0.0, 0.0)
    for n in range(segments):
        segment = get_segment(path, n)
        get_point(segment, to_x, to_y)
        here = a * x.value + c * y.value + e, b * x.value + d * y.value + f
        kind = get_type(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begin = here
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield before, here
        if get_close(segment):
            yield here, begin
        before = here


def _join(rules: list[Rule]) -> list[Rule]:
    """Return lines that are drawn piece by piece, or twice side by side, as one each."""
    places: list[list[Rule]] = []
    for each in sorted(rules):
        if places and each.at - places[-1][0].at <= NEAR:
            places[-1].append(each)
        else:
            places.append([each])
    joined = []
    for group in places:
        at = sum(each.at for each in group) / len(group)
        start, end = 0.0, -NEAR - 1
        for each in sorted(group, key=lambda rule: rule.start):
            if each.start - end > NEAR:
                joined.append(Rule(at, start, end))
                start, end = each.start, each.end
            end = max(end, each.end)
        joined.append(Rule(at, start, end))
    return [each for each in joined if each.end - each.start >= MIN_LENGTH]


def _connect(
    level: Sequence[Rule], upright: Sequence[Rule]
) -> Iterator[tuple[list[Rule], list[Rule]]]:
    """Yield the lines that meet one another, table by table."""
    left = set(range(len(upright)))
    rows_left = set(range(len(level)))
    while rows_left:
        ways, rows, columns = [rows_left.pop()], [], []
        while ways:
            row = level[ways.pop()]
            rows.append(row)
            met = [n for n in left if _meet(row, upright[n])]
            left.difference_update(met)
            columns += [upright[n] for n in met]
            for n in met:
                further = [at for at in rows_left if _meet(level[at], upright[n])]
                rows_left.difference_update(further)
                ways += further
        if len(rows) > MIN_ROWS and len(columns) > MIN_COLUMNS:
            yield rows, columns


def _meet(row: Rule, column: Rule) -> bool:
    return (
        row.start - NEAR <= column.at <= row.end + NEAR
        and column.start - NEAR <= row.at <= column.end + NEAR
    )


class _Lattice:
    """The cells between lines; where a line is missing two are one."""

    def __init__(self, level: Sequence[Rule], upright: Sequence[Rule]) -> None:
        self._level, self._upright = level, upright
        self._edges_across = _places(each.at for each in upright)
        # From the top, which is where rows are counted from.
        self._edges_down = _places(-each.at for each in level)

    def fill(self, glyphs: Sequence[Glyph]) -> Table | None:
        """Return the table with the characters that stand in it, if it is one."""
        rows, columns = len(self._edges_down) - 1, len(self._edges_across) - 1
        if not (MIN_ROWS <= rows <= MAX_ROWS and MIN_COLUMNS <= columns <= MAX_COLUMNS):
            return None
        held: dict[tuple[int, int], list[int]] = {}
        for each in glyphs:
            row = bisect_right(self._edges_down, -each.middle) - 1
            column = bisect_right(self._edges_across, each.across) - 1
            if 0 <= row < rows and 0 <= column < columns:
                held.setdefault((row, column), []).append(each.number)
        return self._build(held)

    def _build(self, held: dict[tuple[int, int], list[int]]) -> Table | None:
        # Rows and columns without a text are only the space between two lines.
        rows, columns = ({place[n] for place in held} for n in (0, 1))
        built: dict[int, list[tuple[int, Cell]]] = {}
        taken: set[tuple[int, int]] = set()
        for row in range(len(self._edges_down) - 1):
            for column in range(len(self._edges_across) - 1):
                if (row, column) in taken:
                    continue
                wide, high = self._reach(row, column)
                covered = [(row + y, column + x) for y in range(high) for x in range(wide)]
                taken.update(covered)
                in_rows, in_columns = (
                    sorted({place[n] for place in covered} & told)
                    for n, told in enumerate((rows, columns))
                )
                if in_rows and in_columns:
                    numbers = sorted(n for place in covered for n in held.get(place, ()))
                    cell = Cell(numbers, len(in_columns), len(in_rows))
                    built.setdefault(in_rows[0], []).append((column, cell))
        edges = [self._edges_across[n : n + 2] for n in sorted(columns)]
        return _check(
            [[cell for _, cell in sorted(built[n])] for n in sorted(built)],
            [(left, right) for left, right in edges],
        )

    def _reach(self, row: int, column: int) -> tuple[int, int]:
        """Return how many columns and rows the cell covers that begins at a place."""
        wide = high = 1
        middle = -(self._edges_down[row] + self._edges_down[row + 1]) / 2
        while column + wide < len(self._edges_across) - 1 and not _is_drawn(
            self._upright, self._edges_across[column + wide], middle
        ):
            wide += 1
        across = (self._edges_across[column] + self._edges_across[column + 1]) / 2
        while row + high < len(self._edges_down) - 1 and not _is_drawn(
            self._level, -self._edges_down[row + high], across
        ):
            high += 1
        return wide, high


def _places(values: Iterable[float]) -> list[float]:
    places: list[float] = []
    for each in sorted(values):
        if not places or each - places[-1] > NEAR:
            places.append(each)
    return places


def _is_drawn(rules: Sequence[Rule], at: float, along: float) -> bool:
    return any(
        abs(each.at - at) <= NEAR and each.start - NEAR <= along <= each.end + NEAR
        for each in rules
    )


def _check(rows: list[list[Cell]], columns: list[tuple[float, float]]) -> Table | None:
    filled = [cell for row in rows for cell in row if cell.numbers]
    several = sum(sum(bool(cell.numbers) for cell in row) > 1 for row in rows)
    if several < MIN_ROWS or len(filled) < MIN_FILLED * sum(map(len, rows)):
        return None
    return Table(rows, columns)
