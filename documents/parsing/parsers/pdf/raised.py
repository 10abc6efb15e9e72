"""Raised and lowered figures of a page: the text layer says 106 where 10 to the power of 6 stands.

A figure is one if it is smaller than what it follows and stands higher or lower, close beside it.
"""

import ctypes
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pypdfium2 import raw

# The last character of what may be raised. Letters are left as they are: every word has some.
_END = re.compile(r"[\d*†‡§](?![^\W_]|[.,]\d)|(?<=\d)[+\-−–](?!\w)")
_MARK = re.compile(r"[\d.,+\-−–*†‡§]")
_FRACTION = re.compile(r"\s{0,3}[/⁄]\s{0,3}\d")
MAX_MARK_CHARS, MAX_WORD_CHARS = 12, 60
# Points by which two characters of a line may differ.
EVEN = 0.3
# Beside the size of the letters before: of a raised one, and how far it is moved and away.
MAX_SIZE, MIN_MOVED, MAX_MOVED, MAX_GAP = 0.85, 0.08, 0.75, 0.3


class Glyph(NamedTuple):
    left: float
    right: float
    line: float
    size: float


def find_signs(text: Any, told: str, places: list[int]) -> dict[int, tuple[int, str]]:
    """Return where raised and lowered figures begin in a page's text, how long the break before
    them is, and the sign that parts them: 10^6, 101_2.

    `places` are those of the characters other than spaces among all of the page.
    """
    if not _END.search(told):
        return {}
    return {start: (gap, sign) for start, sign, gap in _find(text, told, places)}


def _find(text: Any, told: str, places: list[int]) -> Iterator[tuple[int, str, int]]:
    """Yield where figures that are moved begin, how to part them, and the break before them."""
    # How many characters other than spaces stand before a place, which is not counted anew.
    passed, counted, last = 0, 0, 0
    for end in _END.finditer(told):
        begin, gap = _find_word(told, end.start())
        begin = max(begin, last)
        passed += _count(told[counted:begin])
        counted, shift = begin, passed - begin
        first = _find_first(text, told, (begin, end.start()), places, shift)
        base = first - 1
        if first < 0 or (base < begin and (begin == last or not gap or not passed)):
            continue
        # The character before stands at the place before, with or without a break between.
        here, there = (_measure(text, places[shift + n]) for n in (first, base))
        if sign := _tell(told, first, end.end(), here, there):
            yield first, sign, gap if base < begin else 0
            last = end.end()


def _find_word(told: str, end: int) -> tuple[int, int]:
    """Return where the word of a place begins, and how long the break before it is if it is one."""
    begin = end
    while begin > max(0, end - MAX_WORD_CHARS) and not told[begin - 1].isspace():
        begin -= 1
    gap = begin
    while gap > max(0, begin - MAX_WORD_CHARS) and told[gap - 1].isspace():
        gap -= 1
    return begin, begin - gap if gap and "\n" in told[gap:begin] else 0


def _count(told: str) -> int:
    return sum(map(len, told.split()))


def _find_first(
    text: Any, told: str, within: tuple[int, int], places: list[int], shift: int
) -> int:
    """Return where those begin that stand as the last one does; -1 if the whole word does."""
    begin, end = within
    line = _find_line(text, places[shift + end])
    if end > begin and abs(_find_line(text, places[shift + begin]) - line) <= EVEN:
        return -1
    first = end
    while first > max(begin, end - MAX_MARK_CHARS) and _MARK.match(told, first - 1):
        if abs(_find_line(text, places[shift + first - 1]) - line) > EVEN:
            break
        first -= 1
    return first


def _find_line(text: Any, index: int) -> float:
    across, line = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text, index, across, line)
    return round(line.value, 1)


def _measure(text: Any, index: int) -> Glyph:
    box = raw.FS_RECTF()
    raw.FPDFText_GetLooseCharBox(text, index, box)
    return Glyph(box.left, box.right, _find_line(text, index), box.top - box.bottom)


def _tell(told: str, first: int, end: int, here: Glyph, before: Glyph) -> str:
    moved = here.line - before.line
    size = max(before.size, 1)
    is_beside = -MAX_GAP * size <= here.left - before.right <= MAX_GAP * size
    if not is_beside or here.size > MAX_SIZE * size:
        return ""
    if not MIN_MOVED * size <= abs(moved) <= MAX_MOVED * size:
        return ""
    behind = told[max(first - MAX_WORD_CHARS - 1, 0) : first].rstrip()[-1:]
    if moved < 0:
        return "_" if behind.isdigit() and told[first].isdigit() else ""
    # Three and a half are written as 3 1/2.
    return " " if behind.isdigit() and _FRACTION.match(told, end) else "^"
