"""The text of a page in the order in which it is read, its tables row by row.

Where a page's text has the rows of a table on lines of their own it stays as it is. What such a
table has as its first row may be no header, as in most annual reports, where the years stand above
the lines: as one in Markdown it would go along with every part of the table.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from documents.parsing import tables
from documents.parsing.parsers.pdf import aligned, columns, ruled, vertical
from documents.parsing.parsers.pdf.columns import Piece
from documents.parsing.parsers.pdf.glyphs import CELL_GAP, Table
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


def read(page: Any, text: Any) -> str:
    """Return the text of a page, in Markdown the tables whose rows it would take in pieces."""
    written = Written(text)
    pieces = columns.list_pieces(text)
    ordered = vertical.put_in_order(written)
    ordered = ordered or columns.put_in_order(page, text, written, pieces)
    if ordered:
        return ordered
    return _replace_tables(written, list_tables(page, written, pieces))


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


def _replace_tables(written: Written, found: Sequence[Table]) -> str:
    blocks: dict[int, str] = {}
    left_out: set[int] = set()
    for table in found:
        if any(tell(table, written) for tell in (_is_told, _holds_rows, _has_running_text)):
            continue
        numbers = table.numbers()
        left_out |= numbers
        blocks[min(numbers)] = "\n".join(tables.format_table(tell_rows(table, written)))
    return written.replace(blocks, left_out) if blocks else str(written)


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
