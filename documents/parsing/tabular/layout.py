"""Tables on a grid of cells: where they begin and end, their titles and headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from documents.parsing.tabular.columns import (
    Column,
    Value,
    build_columns,
    find_habits,
    is_missing,
)
from documents.parsing.tabular.dates import read_date
from documents.parsing.tabular.names import name_columns
from documents.parsing.tabular.numbers import Mark, read_number
from documents.parsing.tabular.rows import MAX_COLUMNS, MAX_LABEL_CHARS, Grid, Row, get_cell
from documents.parsing.tabular.totals import describe_totals, find_totals, is_called_total

MAX_CAPTION_ROWS = 5
_MIN_NOTE_CHARS = 20
_YEARS = range(1900, 2101)
_NOTE = re.compile(r"\(?(?:source|sources|note|notes|quelle|\*|출처|주[:)]|자료)", re.IGNORECASE)


@dataclass(slots=True)
class FoundTable:
    """A table as data. `first` and `last` are the numbers of its rows on the grid."""

    title: str
    page: int
    columns: list[Column]
    row_numbers: list[int]
    notes: list[str]
    start: int | None = None
    end: int | None = None
    # Rows of the page's text between its header and this table's first.
    lead: int = 0


def find_tables(grid: Grid) -> Iterator[FoundTable]:
    """Yield the tables of a grid, from the top, and from the left."""
    rows = [Row(row.number, _clean(row.cells)) for row in grid.rows]
    blocks = [rows] if grid.is_whole else list(_split(rows))
    captions: list[str] = []
    for each in blocks:
        block = [row for row in each if _count(row)]
        if not block:
            continue
        columns = _find_used_columns(block)
        if len(columns) == 1 and not grid.is_whole and len(blocks) > 1:
            captions = [str(row.cells[columns[0]]) for row in block][-MAX_CAPTION_ROWS:]
            continue
        table = _build_table(grid, block, columns, captions)
        captions = []
        if table:
            yield table


def _clean(cells: Sequence[Value]) -> list[Value]:
    return [
        (_clean_text(cell) or None) if isinstance(cell, str) else cell
        for cell in cells[:MAX_COLUMNS]
    ]


def _clean_text(text: str) -> str:
    """Return a cell's text without what no database keeps; "" where nothing is left."""
    text = text.strip()
    if text.isprintable():
        return text
    return text.replace("\x00", "").encode(errors="replace").decode().strip()


def _count(row: Row) -> int:
    return sum(cell is not None for cell in row.cells)


def _find_used_columns(block: Sequence[Row]) -> list[int]:
    used = {n for row in block for n, cell in enumerate(row.cells) if cell is not None}
    return sorted(used)


# --- Several tables on a grid --------------------------------------------------------------------


def _split(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield what blank rows part, unless it goes on as it was before them; then side by side."""
    joined: list[list[Row]] = []
    for block in _split_at_gaps(rows):
        if joined and _goes_on(joined[-1], block):
            joined[-1] += block
        else:
            joined.append(block)
    for block in joined:
        yield from _split_sideways(block)


def _split_at_gaps(rows: Sequence[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in rows:
        is_gap = not _count(row) or (block and row.number > block[-1].number + 1)
        if is_gap and block:
            yield block
            block = []
        if _count(row):
            block.append(row)
    if block:
        yield block


def _goes_on(before: Sequence[Row], block: Sequence[Row]) -> bool:
    """Check whether a block's rows are of the table before it: the same columns, and no heading."""
    used, known = _find_used_columns(block), _find_used_columns(before)
    if len(known) == 1 or len(used) == 1 or not set(used) <= set(known):
        return len(known) == len(used) == 1 and known == used
    last = before[-1]
    kinds = [(_get_kind(get_cell(last, n)), _get_kind(get_cell(block[0], n))) for n in known]
    alike = [a == b for a, b in kinds if a and b]
    has_values = any(b == "value" for _, b in kinds)
    return bool(alike) and all(alike) and (has_values or not _is_heading(block[0], block[1:]))


def _split_sideways(block: list[Row]) -> Iterator[list[Row]]:
    """Yield tables that stand beside each other, told by an empty column and unlike rows."""
    groups: list[list[int]] = []
    for column in _find_used_columns(block):
        if groups and column == groups[-1][-1] + 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    heights = {
        tuple(row.number for row in block if any(get_cell(row, n) is not None for n in group))
        for group in groups
    }
    if len(groups) == 1 or len(heights) == 1 or any(len(group) == 1 for group in groups):
        yield block
        return
    for group in groups:
        yield [
            Row(row.number, [cell if n in group else None for n, cell in enumerate(row.cells)])
            for row in block
        ]


# --- One table -----------------------------------------------------------------------------------


def _build_table(
    grid: Grid, block: list[Row], columns: list[int], captions: list[str]
) -> FoundTable | None:
    notes = list(grid.notes)
    captions = captions + _take_captions(block, columns)
    if not block:
        return None
    _take_notes(block, columns, notes)
    labels = _take_headings(block, columns)
    if not block and not labels:
        return None
    names = name_columns([labels.get(n, "") for n in columns])
    values = {n: [get_cell(row, n) for row in block] for n in columns}
    habits = find_habits(values.values(), is_comma_likely=grid.is_comma_likely)
    totals = find_totals(block, columns, habits)
    if totals:
        notes.append(describe_totals([block[n] for n in totals], columns))
        block = [row for n, row in enumerate(block) if n not in totals]
        values = {n: [get_cell(row, n) for row in block] for n in columns}
    found = [
        column
        for n, name in zip(columns, names, strict=True)
        for column in build_columns(name, labels.get(n, ""), values[n], habits)
    ]
    _make_unique(found)
    title = " - ".join(part for part in (grid.title, *captions) if part)[:MAX_LABEL_CHARS]
    numbers = [row.number for row in block]
    table = FoundTable(title, grid.page, found, numbers, notes, grid.start, grid.end)
    if block:
        table.lead = _count_lead(grid.rows, block[0].number)
    return table


def _count_lead(rows: Sequence[Row], number: int) -> int:
    """Count the rows above one as the page's text has them: titles and the header are none."""
    above = [_clean(row.cells) for row in rows if row.number < number]
    widths = [
        max((n for n, cell in enumerate(cells) if cell is not None), default=-1) for cells in above
    ]
    header = next((n for n, width in enumerate(widths) if width > 0), len(widths))
    return sum(width >= 0 for width in widths[header + 1 :])


def _make_unique(columns: Sequence[Column]) -> None:
    """Rename what was added beside a column where its file has that name already."""
    for column, name in zip(columns, name_columns(c.name for c in columns), strict=True):
        column.name = name


def _take_captions(block: list[Row], columns: Sequence[int]) -> list[str]:
    """Take the rows with a single text from the top of a wider table."""
    found: list[str] = []
    while len(columns) > 1 and len(block) > 1 and _count(block[0]) == 1:
        if len(found) >= MAX_CAPTION_ROWS:
            break
        found.append(str(next(cell for cell in block.pop(0).cells if cell is not None)).strip())
    return found


def _take_notes(block: list[Row], columns: Sequence[int], notes: list[str]) -> None:
    """Take the remarks from below a table, such as its source."""
    min_columns = 2
    while len(columns) >= min_columns and len(block) > min_columns and _count(block[-1]) == 1:
        text = next(cell for cell in block[-1].cells if cell is not None)
        is_note = isinstance(text, str) and (len(text) > _MIN_NOTE_CHARS or _NOTE.match(text))
        if not is_note or is_called_total(str(text)):
            return
        row = block.pop()
        notes.append(f"row {row.number} is a remark and left out: {str(text)[:MAX_LABEL_CHARS]!r}")


def _take_headings(block: list[Row], columns: Sequence[int]) -> dict[int, str]:
    """Take the row of headings, or the two of which the upper spans several of the lower."""
    if not _is_heading(block[0], block[1:]):
        return {}
    head = block.pop(0)
    labels = {n: _label(get_cell(head, n)) for n in columns}
    gaps = [n for n in columns if not labels[n]]
    is_double = (
        gaps
        and len(block) > 1
        and all(_get_kind(get_cell(block[0], n)) in {"", "text", "year"} for n in columns)
        and all(get_cell(block[0], n) is not None for n in gaps)
        and any(_get_kind(get_cell(row, n)) == "value" for row in block[1:] for n in columns)
    )
    if not is_double:
        return labels
    upper = ""
    for n in columns:
        upper = labels[n] or upper
        lower = _label(get_cell(block[0], n))
        labels[n] = f"{upper} {lower}".strip() if lower and upper != lower else upper
    block.pop(0)
    return labels


def _label(value: Value) -> str:
    return "" if value is None else " ".join(str(value).split())[:MAX_LABEL_CHARS]


def _is_heading(first: Row, rest: Sequence[Row]) -> bool:
    """Check whether a row names what stands below it: texts, or years, where those have values."""
    kinds = [_get_kind(cell) for cell in first.cells]
    if "value" in kinds:
        return False
    if "year" not in kinds:
        return True
    columns = [n for n, kind in enumerate(kinds) if kind == "year"]
    below = [_get_kind(get_cell(row, n)) for row in rest[:50] for n in columns]
    # A column of years has a year in its first row, too, unless that is a heading.
    return "text" in kinds and "value" in below and len(columns) > 1


def _get_kind(value: Value) -> str:
    """Return "value" for a number or a date, "year", "text", or "" for nothing."""
    if is_missing(value):
        return ""
    if isinstance(value, bool):
        return "value"
    if not isinstance(value, str):
        return "year" if isinstance(value, int) and value in _YEARS else "value"
    text = value.strip()
    if text.isascii() and text.isdigit() and not text.startswith("0") and int(text[:5]) in _YEARS:
        return "year"
    is_number = any(read_number(text, mark) for mark in Mark)
    return "value" if is_number or read_date(text, day_first=False) else "text"
