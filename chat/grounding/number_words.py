"""Numbers that are spelled out in several English words, as figures: "twenty-five" as 25.

A single word is read where the terms are (`chat.grounding.words.NUMBERS`).
"""

import re
from dataclasses import dataclass
from itertools import pairwise

_TEENS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {word: n for n, word in enumerate(_TEENS.split(), 1)}
_LAST = {word: n for n, word in enumerate(_ORDINALS.split(), 1)}
_ROUND = {word: n for n, word in zip(range(20, 100, 10), _TENS.split(), strict=True)}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_TIMES = {"hundred": 100, "dozen": 12}
# Nineteen hundred is the last that is said so.
MAX_HUNDREDS = 20

_WORD = "|".join((*_UNITS, *_LAST, *_ROUND, *_SCALES, "hundred", "dozen", "half", "an?"))
_RUN = re.compile(rf"\b(?:{_WORD})\b(?:(?: |-|,? and |, )(?:{_WORD})\b){{1,12}}", re.IGNORECASE)
# One of them is in each; most texts have none.
_SIGNS = re.compile(
    "hundred|thousand|illion|dozen|(?:en|hir|or|if|ix|igh|ine)ty[ -]", re.IGNORECASE
)
_SPLIT = re.compile(r"[ ,-]+")


def write_figures(text: str) -> str:
    """The text with what is spelled out in several words as one number."""
    return _RUN.sub(_write_figures, text) if _SIGNS.search(text) else text


def _write_figures(run: re.Match[str]) -> str:
    words = _SPLIT.split(run[0].lower())
    if words[:2] == ["half", "a"]:
        scale = _SCALES.get(words[2]) if len(words) == 3 else None  # noqa: PLR2004 - half a million
        return str(scale // 2) if scale else run[0]
    is_ordinal = words[-1] in _LAST
    if words[-1] == "second" and "-" not in run[0][-8:]:
        # Thirty seconds, not the thirty-second.
        return run[0]
    value = _read_value(words)
    return run[0] if value is None else f"{value}{'th' if is_ordinal else ''}"


def _read_value(words: list[str]) -> int | None:
    """The number that the words make, None if they are more than one or none."""
    for before, word in pairwise(words):
        if word == "and" and before not in {"hundred", *_SCALES}:
            return None
    count = _Count()
    is_one = all(count.add(word, is_first=not at) for at, word in enumerate(words) if word != "and")
    return count.total + count.part if is_one else None


@dataclass(slots=True)
class _Count:
    """A count up to the last scale, and behind it; the next scale is below the last."""

    total: int = 0
    part: int = 0
    last_scale: int = 10**15

    def add(self, word: str, *, is_first: bool) -> bool:
        """Count a word; false if no number goes on with it."""
        if word in _SCALES:
            return self._scale(_SCALES[word])
        if word in _TIMES:
            is_counted = 0 < self.part < MAX_HUNDREDS
            self.part *= _TIMES[word]
            return is_counted
        if word in {"a", "an"}:
            self.part = 1
            return is_first
        return self._add_small(_ROUND.get(word) or _UNITS.get(word) or _LAST.get(word) or 0)

    def _scale(self, scale: int) -> bool:
        is_counted = self.part > 0 and scale < self.last_scale
        self.total += self.part * scale
        self.part, self.last_scale = 0, scale
        return is_counted

    def _add_small(self, number: int) -> bool:
        tens = self.part % 100
        goes_on = not tens or (number < min(_ROUND.values()) // 2 and tens in _ROUND.values())
        self.part += number
        return number > 0 and goes_on
