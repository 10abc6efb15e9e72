"""Rows that add up others, which would count twice in any sum."""

import re
from collections.abc import Sequence
from decimal import Decimal

from documents.parsing.tabular.columns import Habits, Value
from documents.parsing.tabular.numbers import Mark, read_number
from documents.parsing.tabular.rows import MAX_LABEL_CHARS, Row, get_cell

_TOTAL = re.compile(
    r"(?:grand |sub[- ]?|net |overall )?totals?(?: \(?\w{1,12}\)?)?|sum|all|overall"
    r"|gesamt(?:summe)?|summe|zwischensumme|total g[eé]n[eé]ral"
    r"|합계|총계|총합계|소계|누계|계|合計|小計|总计|合计|小计",
    re.IGNORECASE,
)


def is_called_total(label: str) -> bool:
    return bool(_TOTAL.fullmatch(label.strip(" :")))


def find_totals(block: Sequence[Row], columns: Sequence[int], habits: Habits) -> set[int]:
    """Return the places of rows that add up others: each would count twice in any sum.

    A row is one by its first word, and by standing last or by its figures.
    """
    named = {
        n
        for n, row in enumerate(block)
        if n and (label := _first_text(row, columns)) and is_called_total(label)
    }
    if not named:
        return set()
    mark = habits.mark or Mark.POINT
    end = len(block) - 1
    while end in named:
        end -= 1
    trailing = {n for n in named if n > end}
    return trailing | _find_adding_up(block, columns, named - trailing, mark)


def _find_adding_up(
    block: Sequence[Row], columns: Sequence[int], named: set[int], mark: Mark
) -> set[int]:
    """Return those of the named rows, between others, whose figures are sums of rows above."""
    sums = dict.fromkeys(columns, Decimal(0))
    whole = dict.fromkeys(columns, Decimal(0))
    found: set[int] = set()
    for n, row in enumerate(block):
        numbers = {each: _as_number(get_cell(row, each), mark) for each in columns}
        if n in named:
            known = {each: number for each, number in numbers.items() if number is not None}
            if any(number in {sums[each], whole[each]} for each, number in known.items()):
                found.add(n)
                sums = dict.fromkeys(columns, Decimal(0))
                continue
        for each, number in numbers.items():
            sums[each] += number or 0
            whole[each] += number or 0
    return found


def _as_number(value: Value, mark: Mark) -> Decimal | None:
    if isinstance(value, str):
        number = read_number(value, mark)
        return number.value if number else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    number_value = Decimal(format(value, ".15g"))
    return number_value if number_value.is_finite() else None


def _first_text(row: Row, columns: Sequence[int]) -> str:
    first = next((get_cell(row, n) for n in columns if get_cell(row, n) is not None), None)
    return first if isinstance(first, str) else ""


def describe_totals(rows: Sequence[Row], columns: Sequence[int]) -> str:
    told = []
    for row in rows[:3]:
        cells = [str(cell) for n in columns if (cell := get_cell(row, n)) is not None]
        told.append(f"row {row.number} ({' | '.join(cells)[:MAX_LABEL_CHARS]})")
    more = f" and {len(rows) - 3} more" if len(rows) > 3 else ""  # noqa: PLR2004 - as above
    return f"rows of totals are left out: {', '.join(told)}{more}"
