"""Rows of cells as Markdown tables, in blocks that a chunk can hold together with their header."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

# A chunk of a long table means nothing without its header, so it is repeated; and a header much
# longer than its rows would be all that is found.
BLOCK_CHARS = 700
# Of wider tables each row names its columns, since nobody could count them.
MAX_COLUMNS = 100
MAX_NAME_CHARS = 60
# Lines above a table, such as its title and date, are not its header.
MAX_TITLES = 8

Cells = Sequence[object]


def format_table(rows: Iterable[Cells]) -> Iterator[str]:
    """Markdown of a table whose first row of several cells is the header, block by block."""
    filled = (cells for row in rows if any(cells := clean_cells(row)))
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
    for cells in rest:
        line = _line(cells)
        if block and size + len(line) > BLOCK_CHARS:
            yield _block(shown, block)
            block, size, shown = [], 0, _shorten(header)
        block.append(line)
        size += len(line)
    yield _block(shown, block)


def format_inner_table(rows: Iterable[Cells]) -> Iterator[str]:
    """The rows of a table in a cell as lines, since a cell of Markdown holds no table."""
    for row in rows:
        if line := " ".join(filter(None, clean_cells(row))):
            yield line


def clean_cells(row: Cells) -> list[str]:
    """The texts of a row on one line each, without the empty ones at its end."""
    cells = [_cell(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _find_header(rows: Iterator[list[str]]) -> tuple[list[str], list[str], Iterator[list[str]]]:
    """The lines above a table, its header, and the rows below."""
    alone: list[list[str]] = []
    for row in rows:
        if len(row) > 1:
            return [cells[0] for cells in alone], row, rows
        alone.append(row)
        if len(alone) > MAX_TITLES:
            break
    # All rows have one cell: that is what the table is.
    if alone:
        return [], alone[0], chain(alone[1:], rows)
    return [], [], rows


def _format_records(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    names = [name[:MAX_NAME_CHARS] or str(number) for number, name in enumerate(header, 1)]
    yield f"{len(names)} columns: {', '.join(names)}\n"
    for cells in rows:
        named = [names[n] if n < len(names) else str(n + 1) for n in range(len(cells))]
        pairs = (f"{name}: {cell}" for name, cell in zip(named, cells, strict=True) if cell)
        yield f"{'; '.join(pairs)}\n"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(text.replace("|", "/").split())


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
