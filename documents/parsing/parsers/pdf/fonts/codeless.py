"""Characters that a page draws and its fonts have no code for, which pdfium leaves out of texts."""

from bisect import bisect
from typing import Any

from pypdfium2 import raw

# Stands where there is one.
MARK = "\x00"
LOW_SURROGATES = range(0xDC00, 0xE000)


def mark_codeless(text: Any, told: str) -> str:
    """Return what is told of a page, with marks where characters without codes stand."""
    codes = [raw.FPDFText_GetUnicode(text, n) for n in range(text.count_chars())]
    codeless = [
        n for n, code in enumerate(codes) if not code and not raw.FPDFText_IsGenerated(text, n)
    ]
    # The shown characters, by their numbers among all and by their places in what is told.
    numbers = [n for n, code in enumerate(codes) if _is_shown(code) and code not in LOW_SURROGATES]
    places = [place for place, char in enumerate(told) if not char.isspace()]
    if not codeless or len(numbers) != len(places):
        return told
    pieces, end = [], 0
    for number in codeless:
        place = _find_place(bisect(numbers, number), number, numbers, places)
        pieces += [told[end:place], MARK]
        end = place
    return "".join([*pieces, told[end:]])


def _find_place(following: int, number: int, numbers: list[int], places: list[int]) -> int:
    """Return where a character stands: right before the one that follows, or behind the last."""
    if following < len(numbers) and numbers[following] == number + 1:
        return places[following]
    return places[following - 1] + 1 if following else 0


def _is_shown(code: int) -> bool:
    return code > 0 and not chr(code).isspace()
