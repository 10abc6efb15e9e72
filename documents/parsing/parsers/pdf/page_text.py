"""The text of a page in the order in which it is read, its tables row by row.

Where a page's text has the rows of a table on lines of their own it stays as it is. What such a
table has as its first row may be no header, as in most annual reports, where the years stand above
the lines: as one in Markdown it would go along with every part of the table.

A table in Markdown that goes on over the end of a page has its header there, too.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from documents.parsing import tables
from documents.parsing.parsers.pdf import aligned, columns, ruled, vertical
from documents.parsing.parsers.pdf.columns import Piece
from documents.parsing.parsers.pdf.glyphs import CELL_GAP, Glyph, Table
from documents.parsing.parsers.pdf.written import Written

MAX_CHARS = 20_000
# Of lines with several parts, since one alone is no table.
MIN_ROWS = 2
# Of the rows of a table, those that the page's text has on lines of their own, if it stays.
MIN_TOLD = 0.9
# Of the lines of a cell: where all cells of a row have as many, each of them is a row.
MIN_LINES = 3
# Running text beside a drawing: how long its lines are, how many, and how many of them go on with
# the sentence of the line above.
MIN_CHARS, MIN_PROSE, MIN_GOING_ON = 20, 5, 0.4
# Of a table that goes on over the end of a page: how many characters stand between it and the edge,
# as do the page's number and the report's name, and how long the names of columns are.
MAX_EDGE_CHARS, MAX_NAME_CHARS = 200, 30
_YEAR = re.compile(r"(?:19|20)\d{2}")


class Unfinished(NamedTuple):
    """A table that a page ends with: its header, its columns, and which of those have numbers."""

    header: list[str]
    columns: list[tuple[float, float]]
    numeric: frozenset[int]


def read(page: Any, text: Any, before: Unfinished | None = None) -> tuple[str, Unfinished | None]:
    """Return the text of a page, in Markdown the tables whose rows it would take in pieces.

    Beside it the table in Markdown that it ends with, which may go on; `before` is that of the page
    before.
    """
    written = Written(text)
    pieces = columns.list_pieces(text)
    ordered = vertical.put_in_order(written)
    ordered = ordered or columns.put_in_order(page, text, written, pieces)
    if ordered:
        return ordered, None
    return _replace_tables(written, list_tables(page, written, pieces), before)


def list_tables(page: Any, written: Written, pieces: Sequence[Piece]) -> list[Table]:
    """The tables of a page, those with lines around their cells first."""
    if not written.is_known or not _has_rows(pieces):
        return []
    glyphs = written.measure()
    if len(glyphs) > MAX_CHARS or vertical.is_vertical(glyphs):
        return []
    found = list(ruled.find_tables(page, glyphs))
    taken = {number for table in found for number in table.numbers()}
    rest = [each for each in glyphs if each.number not in taken]
    return found + list(aligned.find_tables(rest, written.tell))


def tell_rows(table: Table, written: Written) -> Iterator[list[str]]:
    """Yield the texts of a table's cells, merged ones in each place that they cover."""
    return tables.lay_out(
        [tables.Span(written.tell(cell.numbers), cell.columns, cell.rows) for cell in row]
        for row in table.rows
    )


def _has_rows(pieces: Sequence[Piece]) -> bool:
    """Tell whether lines of a page have parts that stand apart."""
    lines: dict[int, list[Piece]] = {}
    for each in pieces:
        lines.setdefault(round((each.bottom + each.top) / 8), []).append(each)
    return sum(map(_is_parted, lines.values())) >= MIN_ROWS


def _is_parted(line: list[Piece]) -> bool:
    line.sort()
    right = line[0].right
    for each in line[1:]:
        if each.left - right > CELL_GAP * (each.top - each.bottom):
            return True
        right = max(right, each.right)
    return False


def _replace_tables(
    written: Written, found: Sequence[Table], before: Unfinished | None
) -> tuple[str, Unfinished | None]:
    blocks: dict[int, str] = {}
    left_out: set[int] = set()
    unfinished = None
    for table in found:
        rows = list(tell_rows(table, written))
        header = _find_header(table, rows, written, before) if before else []
        if any(tell(table, written) for tell in (_CHECKS if header else (_is_told, *_CHECKS))):
            continue
        rows = rows if not header or rows[0] == header else [header, *rows]
        numbers = table.numbers()
        left_out |= numbers
        blocks[min(numbers)] = "\n".join(tables.format_table(rows))
        unfinished = unfinished or _find_unfinished(table, rows, written)
    return (written.replace(blocks, left_out) if blocks else str(written)), unfinished


def _find_header(
    table: Table, rows: Sequence[list[str]], written: Written, before: Unfinished
) -> list[str]:
    """Return the header of the page before, if its table goes on with rows of this page."""
    if not has_like_columns(table.columns, before.columns) or not _is_at_edge(
        written.measure(), table, is_top=True
    ):
        return []
    first = rows[0]
    if before.numeric:
        goes_on = any(tables.is_number(cell) for n, cell in enumerate(first) if n in before.numeric)
    else:
        goes_on = max(map(len, first), default=0) > MAX_NAME_CHARS
    return before.header if goes_on or first == before.header else []


def _find_unfinished(
    table: Table, rows: Sequence[list[str]], written: Written
) -> Unfinished | None:
    """Return a table if it may go on over the end of its page and is known to have a header."""
    header = tables.find_header(rows)
    named = [cell for cell in header if cell]
    is_header = all(len(cell) <= MAX_NAME_CHARS and not _is_value(cell) for cell in named)
    if len(named) < MIN_ROWS or not is_header:
        return None
    if not _is_at_edge(written.measure(), table, is_top=False):
        return None
    return Unfinished(header, table.columns, _list_numeric(rows[1:]))


def _is_value(cell: str) -> bool:
    """Tell whether a cell has a number that is no year."""
    return tables.is_number(cell) and not _YEAR.fullmatch(cell)


def _list_numeric(rows: Sequence[list[str]]) -> frozenset[int]:
    """Return the columns whose cells are mostly numbers."""
    counts = Counter(n for row in rows for n, cell in enumerate(row) if tables.is_number(cell))
    return frozenset(n for n, count in counts.items() if count * 2 > len(rows))


def _is_at_edge(glyphs: Sequence[Glyph], table: Table, *, is_top: bool) -> bool:
    """Tell whether hardly anything stands above a table, or below it."""
    numbers = table.numbers()
    inside = [each.middle for each in glyphs if each.number in numbers]
    if not inside:
        return False
    if is_top:
        edge = max(inside)
        return sum(each.middle > edge for each in glyphs) <= MAX_EDGE_CHARS
    edge = min(inside)
    return sum(each.middle < edge for each in glyphs) <= MAX_EDGE_CHARS


def has_like_columns(
    columns: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]
) -> bool:
    """Tell whether tables of two pages have columns in the same places."""
    return len(columns) == len(others) and all(
        new[0] < old[1] and old[0] < new[1] for new, old in zip(columns, others, strict=True)
    )


def _is_told(table: Table, written: Written) -> bool:
    rows = [sorted(n for cell in row for n in cell.numbers) for row in table.rows]
    told = [written.has_on_a_line(row) for row in rows if row]
    return sum(told) >= MIN_TOLD * len(told)


def _holds_rows(table: Table, written: Written) -> bool:
    """Tell whether rows of a table hold several, as where lines are drawn around all of them."""
    for row in table.rows:
        counts = {written.count_lines(cell.numbers) for cell in row if cell.numbers}
        filled = sum(bool(cell.numbers) for cell in row)
        if filled > 1 and len(counts) == 1 and min(counts) >= MIN_LINES:
            return True
    return False


def _has_running_text(table: Table, written: Written) -> bool:
    """Tell whether a column is text in lines, which stood beside something else."""
    for column in range(len(table.columns)):
        texts = [written.tell(row[column].numbers) for row in table.rows if column < len(row)]
        lines = [text for text in texts if len(text) >= MIN_CHARS]
        going_on = sum(line[0].islower() for line in lines)
        if len(lines) >= MIN_PROSE and going_on >= MIN_GOING_ON * len(lines):
            return True
    return False


_CHECKS = (_holds_rows, _has_running_text)
