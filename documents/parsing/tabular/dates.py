"""Dates as people write them. Which of two numbers is the month is decided by a whole column."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone

MAX_CHARS = 40
_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_NAMES = "january|february|march|april|may|june|july|august|september|october|november|december"
_MONTH = rf"(?P<name>{_NAMES}|{'|'.join(_MONTHS)}|sept)\.?"
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})(?P<sep>[-/.])\s?(?P<m>\d{1,2})(?P=sep)\s?(?P<d>\d{1,2})\.?")
_KOREAN = re.compile(r"(?P<y>\d{4})\s?[년年]\s?(?P<m>\d{1,2})\s?[월月]\s?(?P<d>\d{1,2})\s?[일日]")
_NAMED = (
    re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[ -]{_MONTH},?[ -](?P<y>\d{{4}}|\d\d)", re.I),
    re.compile(rf"{_MONTH}\s(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y>\d{{4}})", re.I),
)
_YEAR_LAST = re.compile(
    r"(?P<a>\d{1,2})(?P<sep>[-/.])\s?(?P<b>\d{1,2})(?P=sep)\s?(?P<y>\d{4}|\d\d)"
)
_TIME = re.compile(
    r"(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<f>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[ap])\.?m\.?)?\s?(?P<zone>Z|UTC|[-+]\d\d:?\d\d)?",
    re.I,
)
_CENTURY, _MAX_SHORT_YEAR, _NOON = 2000, 69, 12
_MAX_MONTH = 12


def read_date(text: str, *, day_first: bool) -> date | datetime | None:
    """Return the date, or the date and time, that a text is; None for any other."""
    text = " ".join(text.split())
    if len(text) > MAX_CHARS or not any(char.isdigit() for char in text):
        return None
    for form in (_YEAR_FIRST, _KOREAN, *_NAMED, _YEAR_LAST):
        if found := form.match(text):
            day = _build_date(found, day_first=day_first)
            rest = text[found.end() :].lstrip(" T,")
            return day if day is None or not rest else _add_time(day, rest)
    return None


def find_orders(texts: Sequence[str]) -> set[bool]:
    """Return whether all texts are dates with the day first (True), the month first (False)."""
    return {
        first
        for first in (False, True)
        if all(read_date(text, day_first=first) is not None for text in texts)
    }


def is_year_last(text: str) -> bool:
    """Check whether the order of day and month matters."""
    return _YEAR_LAST.match(text.strip()) is not None


def _build_date(found: re.Match[str], *, day_first: bool) -> date | None:
    parts = found.groupdict()
    year = int(parts["y"])
    if len(parts["y"]) == len("24"):
        year += _CENTURY if year < _MAX_SHORT_YEAR else _CENTURY - 100
    if name := parts.get("name"):
        month, day = _MONTHS.index(name[:3].lower()) + 1, int(parts["d"])
    elif parts.get("a"):
        first, second = int(parts["a"]), int(parts["b"])
        # With points the day comes first wherever dates are written so.
        is_first = day_first or parts["sep"] == "."
        day, month = (first, second) if is_first else (second, first)
    else:
        month, day = int(parts["m"]), int(parts["d"])
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _add_time(day: date, text: str) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour = int(found["h"])
    if half := found["half"]:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.lower() == "p" else 0)
    try:
        moment = time(
            hour,
            int(found["min"]),
            int(found["s"] or 0),
            int((found["f"] or "0").ljust(6, "0")[:6]),
        )
    except ValueError:
        return None
    when = datetime.combine(day, moment)
    zone = found["zone"]
    if not zone or zone.upper() in {"Z", "UTC"}:
        return when
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    offset = timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    try:
        return when.replace(tzinfo=timezone(offset)).astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None
