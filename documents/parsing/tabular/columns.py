"""Columns of a table and their types: a type is given where the whole column has it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from documents.parsing.tabular.dates import find_orders, is_year_last, read_date
from documents.parsing.tabular.numbers import Mark, find_marks, is_plain, read_float, read_number

# A cell as its file has it.
Value = str | int | float | bool | date | time | timedelta | None

# Words that stand for a missing value, in columns of numbers and dates.
_MISSING = frozenset({"", "-", "--", "–", "—", "n/a", "na", "null", "none", "nan", "#n/a", "없음"})
MAX_DIGITS, MAX_SCALE, MIN_PRECISION = 38, 12, 18
MAX_INTEGER = 2**63 - 1
# From such a share of numbers on, the numbers of a column of texts are worth a column of their own.
ALMOST = 0.8
_MAX_SHOWN = 40


@dataclass(slots=True)
class Column:
    """A column as SQL knows it. `values` are as the database reads them back from text."""

    name: str
    type: str
    values: list[str | None] = field(repr=False)
    # The heading in the file, where the name differs from it.
    label: str = ""
    # What to know before using it: a unit, a guess, values that do not fit.
    note: str = ""


@dataclass(frozen=True, slots=True)
class Habits:
    """The way in which the rest of a table, or its file, writes what could be read in two ways."""

    mark: Mark | None = None
    day_first: bool | None = None


def find_habits(columns: Iterable[Sequence[Value]], *, is_comma_likely: bool) -> Habits:
    """Return the decimal mark and the order of dates that the columns agree on, if they do."""
    marks: set[Mark] = set()
    orders: set[bool] = set()
    for values in columns:
        texts = _list_texts(values)
        if not texts or len(texts) < len(_list_present(values)):
            continue
        found = find_marks(texts)
        if len(found) == 1 and not is_plain(texts):
            marks |= found
        elif any(is_year_last(text) for text in texts):
            possible = find_orders(texts)
            orders |= possible if len(possible) == 1 else set()
    mark = marks.pop() if len(marks) == 1 else Mark.COMMA if is_comma_likely else None
    return Habits(mark, orders.pop() if len(orders) == 1 else None)


def build_columns(name: str, label: str, values: Sequence[Value], habits: Habits) -> list[Column]:
    """Return the column with its type; two, if it is one of texts that are mostly numbers."""
    present = _list_present(values)
    for build in (_build_numbers, _build_dates, _build_others):
        if column := build(name, present, values, habits):
            column.label = label
            return [column]
    texts = Column(name, "VARCHAR", [_as_text(value) for value in values], label)
    numbers = _build_almost_numbers(name, values, habits)
    return [texts, numbers] if numbers else [texts]


def _list_present(values: Iterable[Value]) -> list[Value]:
    return [value for value in values if not is_missing(value)]


def is_missing(value: Value) -> bool:
    return value is None or (isinstance(value, str) and value.strip().lower() in _MISSING)


def _list_texts(values: Iterable[Value]) -> list[str]:
    return [value for value in values if isinstance(value, str) and not is_missing(value)]


def _build_numbers(
    name: str, present: Sequence[Value], values: Sequence[Value], habits: Habits
) -> Column | None:
    if not present or any(
        isinstance(value, bool) or not isinstance(value, str | int | float) for value in present
    ):
        return None
    texts = _list_texts(present)
    marks = find_marks(texts)
    if not marks:
        return None
    mark, guess = _choose_mark(texts, marks, habits)
    numbers: list[Decimal | None] = []
    units: set[str] = set()
    for value in values:
        number, unit = _read_number(value, mark)
        numbers.append(number)
        if number is not None and isinstance(value, str):
            units.add(unit)
    if len(units - {""}) > 1 or ("%" in units and len(units) > 1):
        # A sum over euros and dollars would be of neither.
        return None
    unit = next(iter(units - {""}), "")
    notes = [f"in {'percent' if unit == '%' else unit}" if unit else "", guess]
    return _write_numbers(name, numbers, "; ".join(note for note in notes if note))


def _choose_mark(texts: Sequence[str], marks: set[Mark], habits: Habits) -> tuple[Mark, str]:
    if len(marks) == 1:
        return next(iter(marks)), ""
    mark = habits.mark or Mark.POINT
    if habits.mark or is_plain(texts) or _is_same(texts):
        return mark, ""
    return mark, f"'{mark.value}' is taken for the decimal mark"


def _is_same(texts: Sequence[str]) -> bool:
    return all(read_number(text, Mark.POINT) == read_number(text, Mark.COMMA) for text in texts)


def _read_number(value: Value, mark: Mark) -> tuple[Decimal | None, str]:
    if isinstance(value, str):
        number = None if is_missing(value) else read_number(value, mark)
        return (number.value, number.unit) if number else (None, "")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None, ""
    if isinstance(value, int):
        return Decimal(value), ""
    number_value = read_float(value)
    return (number_value if number_value.is_finite() else None), ""


def _write_numbers(name: str, numbers: Sequence[Decimal | None], note: str) -> Column:
    scale = digits = 0
    for number in numbers:
        if number is None:
            continue
        plain = number.normalize().as_tuple()
        exponent = int(plain.exponent)
        scale = max(scale, -exponent)
        digits = max(digits, len(plain.digits) + exponent)
    if scale > MAX_SCALE or digits + scale > MAX_DIGITS:
        return Column(name, "DOUBLE", [_format(number, "e") for number in numbers], note=note)
    if scale:
        kind = f"DECIMAL({max(digits + scale, MIN_PRECISION)},{scale})"
    elif all(number is None or abs(number) <= MAX_INTEGER for number in numbers):
        kind = "BIGINT"
    else:
        kind = f"DECIMAL({MAX_DIGITS},0)"
    return Column(name, kind, [_format(number, "f") for number in numbers], note=note)


def _format(number: Decimal | None, form: str) -> str | None:
    if number is None:
        return None
    text = format(number, form)
    return text.rstrip("0").rstrip(".") if form == "f" and "." in text else text


def _build_dates(
    name: str, present: Sequence[Value], values: Sequence[Value], habits: Habits
) -> Column | None:
    if not present or not all(isinstance(value, str | date) for value in present):
        return None
    texts = _list_texts(present)
    orders = find_orders(texts)
    if not orders:
        return None
    day_first, note = next(iter(orders)), ""
    if len(orders) > 1:
        day_first = bool(habits.day_first)
        doubtful = habits.day_first is None and any(
            read_date(text, day_first=True) != read_date(text, day_first=False) for text in texts
        )
        note = "read with the month first, which the file does not tell" if doubtful else ""
    found = [_read_date(value, day_first=day_first) for value in values]
    is_timed = any(
        isinstance(each, datetime) and each.time() != time() for each in found if each is not None
    )
    kind = "TIMESTAMP" if is_timed else "DATE"
    return Column(name, kind, [_format_date(each, timed=is_timed) for each in found], note=note)


def _read_date(value: Value, *, day_first: bool) -> date | None:
    if isinstance(value, str):
        return None if is_missing(value) else read_date(value, day_first=day_first)
    return value if isinstance(value, date) else None


def _format_date(value: date | None, *, timed: bool) -> str | None:
    if value is None:
        return None
    if not timed:
        return f"{value:%Y-%m-%d}"
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    return moment.replace(tzinfo=None).isoformat(sep=" ")


def _build_others(
    name: str, present: Sequence[Value], values: Sequence[Value], _habits: Habits
) -> Column | None:
    if not present:
        return Column(name, "VARCHAR", [None] * len(values))
    if all(isinstance(v, bool) or str(v).lower() in {"true", "false"} for v in present):
        return Column(name, "BOOLEAN", [None if is_missing(v) else str(v).lower() for v in values])
    if all(isinstance(value, time) for value in present):
        return Column(name, "TIME", [None if v is None else str(v) for v in values])
    return None


def _as_text(value: Value) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        return _format(read_float(value), "f")
    text = str(value).strip()
    return text or None


def _build_almost_numbers(name: str, values: Sequence[Value], habits: Habits) -> Column | None:
    """Return the numbers of a column that has a few remarks between them."""
    mark = habits.mark or Mark.POINT
    found = [_read_number(value, mark) for value in values]
    present = len(_list_present(values))
    count = sum(number is not None for number, _ in found)
    if count < 2 or count < ALMOST * present or len({unit for n, unit in found if n}) > 1:  # noqa: PLR2004 - one is no column
        return None
    odd = next(
        value
        for value, (number, _) in zip(values, found, strict=True)
        if number is None and not is_missing(value)
    )
    note = f"the numbers of {name}; NULL for the {present - count} that are none, such as "
    note += repr(str(odd)[:_MAX_SHOWN])
    return _write_numbers(f"{name}_number", [number for number, _ in found], note)
