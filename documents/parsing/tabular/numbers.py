"""Numbers as people write them: grouped, with a currency, in percent, negative in brackets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

MAX_CHARS = 48
# A sum of what programs left as binary fractions would show their error; Excel keeps 15 digits.
FLOAT_DIGITS = 15
_SPACES = "\u00a0\u2009\u202f "
_SIGNS = str.maketrans("\u2212\u2013\uff0d", "---")
_CURRENCY = "[$€£¥₩₹₽₫฿₱₪₺₴]|[A-Z]{1,3}\\$|원|円|元|kr\\.?|zł|Kč|Ft|CHF|[A-Z]{3}"
_NUMBER = re.compile(
    rf"(?P<open>\()?\s?(?P<sign>[-+])?\s?(?P<before>{_CURRENCY})?\s?(?P<inner>-)?"
    rf"(?P<digits>\d[\d.,'’{_SPACES}]{{0,40}}|[.,]\d{{1,30}})"
    rf"(?P<power>[eE][-+]?\d{{1,3}})?\s?(?P<after>%|{_CURRENCY})?\s?(?P<close>\))?(?P<behind>-)?"
)


class Mark(StrEnum):
    """The decimal mark of a column."""

    POINT = "."
    COMMA = ","


_POINT = re.compile(
    rf"(?P<whole>\d+|\d{{1,3}}(?P<group>[,'’{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*"
    r"|\d{1,2}(?:,\d{2})+,\d{3})?(?:\.(?P<part>\d*))?"
)
_COMMA = re.compile(
    rf"(?P<whole>\d+|\d{{1,3}}(?P<group>[.'’{_SPACES}])\d{{3}}(?:(?P=group)\d{{3}})*)?"
    r"(?:,(?P<part>\d*))?"
)
_FORMS = {Mark.POINT: _POINT, Mark.COMMA: _COMMA}
# The mark of a note behind a number; behind a short one it could be a power.
_NOTE = re.compile(r"\s?\[\^\w{1,4}\]$|(?<=[\d,.]{3}[\d)])\^[\da-z*†‡§,]{1,4}$|(?<=%)\^\w{1,3}$")
_NOT_DIGITS = re.compile(r"\D")
_CODE = re.compile(r"0\d|\+\d{8,}")


@dataclass(frozen=True, slots=True)
class Number:
    """A value and its unit, a currency or "%"; empty for a bare number."""

    value: Decimal
    unit: str = ""


def read_number(text: str, mark: Mark) -> Number | None:
    """Return the number that a text is, with that decimal mark; None for any other text.

    What begins with a zero, or with a plus and many digits, is a code: an article, a telephone.
    """
    text = _NOTE.sub("", text.strip().translate(_SIGNS))
    if len(text) > MAX_CHARS or _CODE.match(text):
        return None
    found = _NUMBER.fullmatch(text)
    if found is None or not _is_consistent(found):
        return None
    written = _FORMS[mark].fullmatch(found["digits"].rstrip(_SPACES))
    if written is None or not (written["whole"] or written["part"]):
        return None
    whole = _NOT_DIGITS.sub("", written["whole"] or "0")
    value = Decimal(f"{whole}.{written['part'] or '0'}{found['power'] or ''}")
    unit = found["before"] or found["after"] or ""
    return Number(-value if any(_list_signs(found)) else value, unit)


def _is_consistent(found: re.Match[str]) -> bool:
    """Check that a number has one sign and one unit at most, and both brackets or none."""
    is_closed = bool(found["open"]) == bool(found["close"])
    return is_closed and sum(_list_signs(found)) <= 1 and not (found["before"] and found["after"])


def _list_signs(found: re.Match[str]) -> list[bool]:
    return [found["sign"] == "-", bool(found["inner"]), bool(found["behind"]), bool(found["open"])]


def read_float(value: float) -> Decimal:
    return Decimal(format(value, f".{FLOAT_DIGITS}g"))


def find_marks(texts: Sequence[str]) -> set[Mark]:
    """Return the decimal marks with which all of the texts are numbers."""
    return {mark for mark in Mark if all(read_number(text, mark) is not None for text in texts)}


def is_plain(texts: Sequence[str]) -> bool:
    """Check whether the texts hold no mark that could be either."""
    return not any("," in text or "." in text for text in texts)
