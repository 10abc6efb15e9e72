"""Tables on the pages of a PDF, told by cells that stand below each other.

A PDF knows no tables, only characters and their places. What pdfium says of those becomes lines,
lines become cells where there is a wide gap, and lines that follow one another with cells in the
same columns are a table. Text in two columns looks alike, but its cells are long.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from statistics import median

import pypdfium2
import pypdfium2.raw

from documents.parsing.limits import ParseError
from documents.parsing.parsers.pdf import upright
from documents.parsing.tabular.grids import RowTaker
from documents.parsing.tabular.layout import Grid
from documents.parsing.tabular.numbers import Mark, read_number

MAX_PAGES, MAX_CHARS, MAX_TABLES = 2_000, 20_000, 200
PAGES_AT_ONCE = 20
MIN_ROWS, MIN_COLUMNS = 3, 2
# In heights of the characters: what parts words, cells, and the lines of one table.
WORD_GAP, CELL_GAP, LINE_GAP = 0.18, 0.9, 3.2
MAX_MEAN_CELL_CHARS = 40
# Of the size of the characters before.
MAX_RAISED_SIZE, MIN_RAISED = 0.85, 0.2
_MARKS = frozenset("0123456789,*†‡§+-−–")


@dataclass(slots=True)
class Cell:
    left: float
    right: float
    text: str


@dataclass(slots=True)
class Line:
    bottom: float
    height: float
    cells: list[Cell]


@dataclass(slots=True)
class _Char:
    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


@dataclass(slots=True)
class PageTable:
    """A table on a page: where its columns stand, and its rows."""

    columns: list[tuple[float, float]]
    rows: list[list[str]] = field(default_factory=list)


def read_pdf(path: str) -> Iterator[Grid]:
    """Yield the tables of a PDF; one that goes on over the next pages is one.

    An empty grid after so many pages is a sign of life.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise ParseError("corrupt_file") from error
    with closing(document):
        joined = _Joined()
        for index in range(min(len(document), MAX_PAGES)):
            if index % PAGES_AT_ONCE == 0:
                yield Grid([])
            yield from joined.add_page(index + 1, list(_read_page(document, index)))
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
            if place or not self._taker or not _goes_on(table, self._columns):
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


def _goes_on(table: PageTable, columns: Sequence[tuple[float, float]]) -> bool:
    """Check whether a page begins with columns like those that the page before ended with."""
    return len(table.columns) == len(columns) and all(
        new[0] < old[1] and old[0] < new[1] for new, old in zip(table.columns, columns, strict=True)
    )


def _read_page(document: pypdfium2.PdfDocument, index: int) -> Iterator[PageTable]:
    try:
        with closing(document[index]) as page, upright.open_text(page) as text:
            chars = _read_chars(text)
    except pypdfium2.PdfiumError:
        return
    for lines in _group(_build_lines(chars)):
        if table := _build_table(lines):
            yield table


def _read_chars(text: pypdfium2.PdfTextPage) -> list[_Char]:
    found = []
    for n in range(min(text.count_chars(), MAX_CHARS)):
        code = pypdfium2.raw.FPDFText_GetUnicode(text, n)
        if code <= ord(" ") or code == ord("\ufffe"):
            continue
        left, bottom, right, top = text.get_charbox(n, loose=True)
        if right > left and top > bottom:
            found.append(_Char(left, bottom, right, top, chr(code)))
    return found


def _build_lines(chars: Sequence[_Char]) -> list[Line]:
    """Return the lines of a page from its top, whatever order its characters come in."""
    lines: list[list[_Char]] = []
    for char in sorted(chars, key=lambda each: -each.middle):
        line = lines[-1] if lines else None
        if line and abs(line[0].middle - char.middle) < (char.top - char.bottom) / 2:
            line.append(char)
        else:
            lines.append([char])
    return [_build_line(line) for line in lines]


def _build_line(chars: list[_Char]) -> Line:
    chars.sort(key=lambda each: each.left)
    height = median(char.top - char.bottom for char in chars)
    cells: list[Cell] = []
    base, is_raised = chars[0], False
    for char in chars:
        gap = char.left - cells[-1].right if cells else 0.0
        was_raised, is_raised = is_raised, _is_raised(char, base)
        base = base if is_raised else char
        if not cells or gap > CELL_GAP * height:
            cells.append(Cell(char.left, char.right, char.text))
            continue
        part = " " if gap > WORD_GAP * height else "^" if is_raised and not was_raised else ""
        cells[-1].text += part + char.text
        cells[-1].right = max(cells[-1].right, char.right)
    return Line(min(char.bottom for char in chars), height, cells)


def _is_raised(char: _Char, base: _Char) -> bool:
    """Tell whether a character is smaller than one before, and higher: the mark of a note."""
    size = base.top - base.bottom
    return (
        char.text in _MARKS
        and char.top - char.bottom <= MAX_RAISED_SIZE * size
        and char.bottom - base.bottom >= MIN_RAISED * size
    )


def _group(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield lines that follow one another closely, from the first with several cells on."""
    group: list[Line] = []
    for line in lines:
        is_near = bool(group) and group[-1].bottom - line.bottom <= LINE_GAP * line.height
        is_single = len(line.cells) == 1
        if group and (not is_near or (is_single and len(group[-1].cells) == 1)):
            yield _trim(group)
            group = []
        if group or not is_single:
            group.append(line)
    if group:
        yield _trim(group)


def _trim(group: list[Line]) -> list[Line]:
    while group and len(group[-1].cells) == 1:
        group.pop()
    return group


def _build_table(lines: Sequence[Line]) -> PageTable | None:
    columns = _find_columns([line for line in lines if len(line.cells) > 1])
    if len(columns) < MIN_COLUMNS or len(lines) < MIN_ROWS:
        return None
    table = PageTable(columns)
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            n = _find_column(cell, columns)
            row[n] = f"{row[n]} {cell.text}".strip()
        is_rest = len(line.cells) == 1 and not row[0] and len(table.rows) > 1
        if is_rest:
            # The second line of a cell.
            last = table.rows[-1]
            table.rows[-1] = [
                f"{a} {b}".strip() if b else a for a, b in zip(last, row, strict=True)
            ]
        else:
            table.rows.append(row)
    _join_headings(table)
    return table if _is_table(table) else None


def _join_headings(table: PageTable) -> None:
    """Join a heading with the column beside it that it is meant for, where they stand apart."""
    n = 0
    while n + 1 < len(table.columns):
        filled = [{place for place, row in enumerate(table.rows) if row[at]} for at in (n, n + 1)]
        if filled[0] & filled[1] or {0} not in filled:
            n += 1
            continue
        for row in table.rows:
            row[n : n + 2] = [row[n] or row[n + 1]]
        (left, _), (_, right) = table.columns[n : n + 2]
        table.columns[n : n + 2] = [(left, right)]


def _find_columns(lines: Sequence[Line]) -> list[tuple[float, float]]:
    """Return the stretches of the page's width that cells of the lines cover."""
    columns: list[tuple[float, float]] = []
    for left, right in sorted((cell.left, cell.right) for line in lines for cell in line.cells):
        if columns and left <= columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    return columns


def _find_column(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    return max(
        range(len(columns)),
        key=lambda n: min(cell.right, columns[n][1]) - max(cell.left, columns[n][0]),
    )


def _is_table(table: PageTable) -> bool:
    if len(table.rows) < MIN_ROWS:
        return False
    cells = [cell for row in table.rows for cell in row if cell]
    if sum(map(len, cells)) > MAX_MEAN_CELL_CHARS * len(cells):
        return False
    full = sum(sum(map(bool, row)) > 1 for row in table.rows)
    has_numbers = any(
        sum(any(read_number(row[n], mark) for mark in Mark) for row in table.rows)
        >= len(table.rows) / 2
        for n in range(len(table.columns))
    )
    return full * 2 > len(table.rows) and (has_numbers or len(table.columns) > MIN_COLUMNS)
