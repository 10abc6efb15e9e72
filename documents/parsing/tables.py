"""Rows of cells as Markdown tables, in blocks that a chunk can hold together with their header."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

# A chunk of a long table means nothing without its header, so it is repeated; and a header much
# longer than its rows would be all that is found.
BLOCK_CHARS = 700
# Of wider tables each row names its columns, since nobody could count them.
MAX_COLUMNS = 100
MAX_NAME_CHARS = 60
# Lines above a table, such as its title and date, are not its header.
MAX_TITLES = 8

# Rows above a table whose merged cells are one header.
MAX_HEADER_ROWS = 3
# What of a merged cell is repeated in the places that it covers.
MAX_SPAN, MAX_REPEATED_CHARS, MAX_REPEATED = 1_000, 100, 100_000
_NUMBER = re.compile(r"[\d\s.,:;%€$£¥₩+\-−–()/]+")
# Of a cell that is a formula and yet a text.
_TEXT_FORMULA = re.compile(r'=\s?"([^"]{0,1000})"')

Cells = Sequence[object]


class Beside(str):
    """The text of a merged cell, in a place to the right of where it stands."""

    __slots__ = ()


class Below(str):
    """The text of a merged cell, in a place under where it stands."""

    __slots__ = ()


class Span(NamedTuple):
    """A cell, and how many columns and rows it covers."""

    text: str
    columns: int = 1
    rows: int = 1


def lay_out(rows: Iterable[Iterable[Span]]) -> Iterator[list[str]]:
    """Yield the cells of rows in their columns, with what merged cells say in those they cover."""
    waiting: dict[int, tuple[str, int]] = {}
    budget = MAX_REPEATED
    for row in rows:
        cells: list[str] = []
        for span in row:
            _take_waiting(cells, waiting)
            repeated = span.text if len(span.text) <= MAX_REPEATED_CHARS and budget > 0 else ""
            columns = min(max(span.columns, 1), MAX_SPAN)
            for n in range(columns):
                if span.rows > 1:
                    waiting[len(cells)] = (repeated, min(span.rows, MAX_SPAN) - 1)
                cells.append(Beside(repeated) if n else span.text)
            budget -= columns * max(min(span.rows, MAX_SPAN), 1) - 1
        _take_waiting(cells, waiting)
        yield cells


def _take_waiting(cells: list[str], waiting: dict[int, tuple[str, int]]) -> None:
    """Add what cells of the rows above have left in the places that come next."""
    while found := waiting.pop(len(cells), None):
        text, rows = found
        if rows > 1:
            waiting[len(cells)] = (text, rows - 1)
        cells.append(Below(text))


def format_table(rows: Iterable[Cells]) -> Iterator[str]:
    """Markdown of a table whose first row of several cells is the header, block by block."""
    filled = (cells for row in rows if _says_anything(cells := clean_cells(row)))
    titles, header, rest = _find_header(filled)
    if titles:
        yield "\n".join(titles) + "\n"
    if not header:
        return
    if len(header) > MAX_COLUMNS:
        yield from _format_records(header, rest)
        return
    block: list[str] = []
    size = 0
    shown: Sequence[str] = header
    for row in rest:
        cells = _leave_out_repeated(row)
        line = _line(cells)
        if block and size + len(line) > BLOCK_CHARS:
            yield _block(shown, block)
            block, size, shown = [], 0, _shorten(header)
        block.append(line)
        size += len(line)
        # What stands in a column without a name would be lost to whoever shows the table.
        shown = [*shown, *[""] * (len(cells) - len(shown))]
    yield _block(shown, block)


def _says_anything(cells: Sequence[str]) -> bool:
    return any(cell and not isinstance(cell, (Beside, Below)) for cell in cells)


def format_inner_table(rows: Iterable[Cells]) -> Iterator[str]:
    """The rows of a table in a cell as lines, since a cell of Markdown holds no table."""
    for row in rows:
        if line := " ".join(filter(None, _leave_out_repeated(clean_cells(row)))):
            yield line


def clean_cells(row: Cells) -> list[str]:
    """The texts of a row on one line each, without the empty ones at its end."""
    return _trim([_cell(value) for value in row])


def _trim(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _leave_out_repeated(row: Sequence[str]) -> list[str]:
    """A row as it is read: a merged cell once, but in each row that it stands beside.

    Numbers are not repeated, or somebody would count them twice.
    """
    return _trim(["" if _is_left_out(cell) else cell for cell in row])


def _is_left_out(cell: str) -> bool:
    return isinstance(cell, Beside) or (isinstance(cell, Below) and is_number(cell))


def read_text_formula(cell: str) -> str:
    """Return the text of a formula that is but a text: programs keep the zeros of codes so."""
    found = _TEXT_FORMULA.fullmatch(cell) if cell.startswith("=") else None
    return found[1] if found else cell


def is_number(text: str) -> bool:
    """Tell whether a text is a number, with its sign and unit, or several."""
    return _NUMBER.fullmatch(text) is not None


def find_header(rows: Iterable[Cells]) -> list[str]:
    """Return what `format_table` takes for the names of the columns."""
    return _find_header(filter(_says_anything, map(clean_cells, rows)))[1]


def _find_header(rows: Iterator[list[str]]) -> tuple[list[str], list[str], Iterator[list[str]]]:
    """The lines above a table, its header, and the rows below."""
    alone: list[list[str]] = []
    for row in rows:
        plain = _leave_out_repeated(row)
        if len(plain) > 1:
            header, rest = _join_header(row, rows)
            return [cells[0] for cells in alone], header, rest
        alone.append(plain)
        if len(alone) > MAX_TITLES:
            break
    # All rows have one cell: that is what the table is.
    if alone:
        return [], alone[0], chain(alone[1:], rows)
    return [], [], rows


def _join_header(
    header: list[str], rows: Iterator[list[str]]
) -> tuple[list[str], Iterator[list[str]]]:
    """The header, with the rows below it that its merged cells stand over: 2025 Q1, 2025 Q2."""
    joined: list[str] = [*map(str, header)]
    for _ in range(MAX_HEADER_ROWS - 1):
        following = next(rows, None)
        if following is None:
            return joined, iter(())
        if not _goes_on(header, following):
            return joined, chain([following], rows)
        for n, cell in enumerate(following):
            if n >= len(joined):
                joined.append(cell)
            elif cell and cell != joined[n] and not isinstance(cell, Below):
                joined[n] = f"{joined[n]} {cell}".strip()
        header = following
    return joined, rows


def _goes_on(header: Sequence[str], following: Sequence[str]) -> bool:
    """Tell whether a row parts merged cells of a header, and holds no data in other columns."""
    under = {n for n, cell in enumerate(header) if isinstance(cell, Beside)}
    under |= {n - 1 for n in under}
    parted = [cell for n, cell in enumerate(following) if n in under]
    # Where a cell of the header reaches down into the row, all of it is header.
    reaches_down = any(isinstance(cell, Below) for cell in following)
    others = (cell for n, cell in enumerate(following) if n not in under)
    return any(cell and not isinstance(cell, Below) for cell in parted) and all(
        not cell or isinstance(cell, Below) or (reaches_down and not is_number(cell))
        for cell in others
    )


def _format_records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    names = [name[:MAX_NAME_CHARS] or str(number) for number, name in enumerate(header, 1)]
    yield f"{len(names)} columns: {', '.join(names)}\n"
    for row in rows:
        cells = _leave_out_repeated(row)
        named = [names[n] if n < len(names) else str(n + 1) for n in range(len(cells))]
        pairs = (f"{name}: {cell}" for name, cell in zip(named, cells, strict=True) if cell)
        yield f"{'; '.join(pairs)}\n"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    shown = " ".join(text.replace("|", "/").split())
    return type(value)(shown) if isinstance(value, (Beside, Below)) else shown


def _shorten(header: Sequence[str]) -> Sequence[str]:
    """The header as it is repeated, which is not longer than what stands below it."""
    if sum(map(len, header)) <= BLOCK_CHARS:
        return header
    most = max(BLOCK_CHARS // len(header), 1)
    return [name if len(name) <= most else f"{name[:most]}…" for name in header]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _block(header: Sequence[str], lines: Sequence[str]) -> str:
    rule = f"|{' --- |' * len(header)}"
    return "\n".join([_line(header), rule, *lines]) + "\n"
