"""The places where sentences end, in any text: not behind abbreviations, initials and days."""

import re
from collections.abc import Iterator

from aiapp.text.vocabulary import ABBREVIATIONS, MONTHS

_END = re.compile(
    r"[.!?…][\"'”’)\]*]*(?=\s|\[\d)|[。！？][」』”’)]*"
    # Of Hindi, Urdu, Arabic, Armenian, Amharic, Khmer and Burmese.
    r"|[।॥۔؟։።។။][\"'”’)\]]*(?=\s|\[\d|\Z)"
)
_ABBREVIATIONS = frozenset(ABBREVIATIONS.split())
# Looked back over for an abbreviation: a letter more than the longest.
_BACK = max(map(len, _ABBREVIATIONS)) + 1
_DAY = re.compile(r"(?<![\d.,])(?:\d{1,2}|[12]\d{3})\Z")
_REST_OF_DATE = re.compile(rf"\. (?:\d{{1,2}}\.|(?:{'|'.join(MONTHS.split())})\b)", re.IGNORECASE)


def find_ends(text: str) -> Iterator[int]:
    """Yield the place behind each sentence but the last, unless that has an end as well."""
    for found in _END.finditer(text):
        stop = found.start()
        if text[stop] == "." and (_is_abbreviation(text, stop) or _is_of_date(text, stop)):
            continue
        yield found.end()


def _is_of_date(text: str, stop: int) -> bool:
    """Return whether a full stop stands within a date: "3. März", "2024. 3. 3."."""
    return bool(
        _DAY.search(text[max(0, stop - 5) : stop]) and _REST_OF_DATE.match(text[stop : stop + 14])
    )


def _is_abbreviation(text: str, stop: int) -> bool:
    """Return whether the full stop there ends an abbreviation or an initial, as in "J. Stern"."""
    start = stop
    while start > max(stop - _BACK, 0) and (text[start - 1].isalnum() or text[start - 1] in "._"):
        start -= 1
    word = text[start:stop]
    return word.lower() in _ABBREVIATIONS or (len(word) == 1 and word.isupper())
