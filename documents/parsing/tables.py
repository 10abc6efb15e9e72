"""Rows of cells as Markdown tables, in blocks that a chunk can hold together with their header."""

from collections.abc import Iterable, Iterator, Sequence

# A chunk of a long table means nothing without its header, so it is repeated; and a header much
# longer than its rows would be all that is found.
BLOCK_CHARS = 700
CELL_CHARS = 2_000


def format_table(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Markdown of a table whose first row with anything in it is the header, block by block."""
    header: list[str] = []
    block: list[str] = []
    size = 0
    for row in rows:
        cells = _cells(row)
        if not any(cells):
            continue
        if not header:
            header = cells
            continue
        line = _line(cells)
        if block and size + len(line) > BLOCK_CHARS:
            yield _block(header, block)
            block, size = [], 0
        block.append(line)
        size += len(line)
    if header:
        yield _block(header, block)


def _cells(row: Sequence[object]) -> list[str]:
    cells = [_cell(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return " ".join(text[:CELL_CHARS].replace("|", "/").split())


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _block(header: Sequence[str], lines: Sequence[str]) -> str:
    rule = f"|{' --- |' * len(header)}"
    return "\n".join([_line(header), rule, *lines]) + "\n"
