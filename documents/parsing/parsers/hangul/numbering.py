"""Numbers of paragraphs in HWPX, which stand nowhere in their text: 1., 가., 3)."""

import re
from typing import NamedTuple

from documents.parsing.parsers import numerals
from documents.parsing.parsers.office.packages import Element, attribute, child, descendants

_MAX_LEVELS = 10
_PLACE = re.compile(r"\^([0-9]{1,2})")
# Kinds of numbers by their names here and in Word.
_KINDS = {
    "DIGIT": "decimal",
    "CIRCLED_DIGIT": "decimalEnclosedCircle",
    "ROMAN_CAPITAL": "upperRoman",
    "ROMAN_SMALL": "lowerRoman",
    "LATIN_CAPITAL": "upperLetter",
    "LATIN_SMALL": "lowerLetter",
    "HANGUL_SYLLABLE": "ganada",
    "CIRCLED_HANGUL_SYLLABLE": "ganada",
    "HANGUL_JAMO": "chosung",
    "HANGUL_PHONETIC": "koreanCounting",
    "IDEOGRAPH": "chineseCountingThousand",
    "DECAGON_CIRCLE": "ideographTraditional",
    "DECAGON_CIRCLE_HANJA": "ideographTraditional",
}


class Level(NamedTuple):
    kind: str
    text: str
    start: int


class Numbering:
    """The lists of a document, what of them each kind of paragraph is in, and their counts."""

    def __init__(self, root: Element | None = None) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._headings: dict[str, tuple[str, str, int]] = {}
        self._counts: dict[str, list[int]] = {}
        # The list that the outline of the section at hand is in.
        self.outline = ""
        for each in descendants(root, "numbering") if root is not None else ():
            self._levels[attribute(each, "id")] = _read_levels(each)
        for each in descendants(root, "paraPr") if root is not None else ():
            heading = child(each, "heading")
            if heading is not None:
                self._headings[attribute(each, "id")] = (
                    attribute(heading, "type"),
                    attribute(heading, "idRef"),
                    min(_number(attribute(heading, "level")), _MAX_LEVELS - 1),
                )

    def count(self, properties: str) -> str:
        """Return what stands before a paragraph by the id of its properties; "" for nothing."""
        kind, key, depth = self._headings.get(properties, ("", "", 0))
        if kind == "BULLET":
            return f"{'  ' * depth}-"
        if kind == "OUTLINE":
            key = self.outline
        levels = self._levels.get(key, {})
        if kind not in {"NUMBER", "OUTLINE"} or depth not in levels:
            return ""
        counts = self._counts.setdefault(key, [0] * _MAX_LEVELS)
        counts[depth] = counts[depth] + 1 if counts[depth] else levels[depth].start
        counts[depth + 1 :] = [0] * (_MAX_LEVELS - depth - 1)
        return _PLACE.sub(lambda place: _write(int(place[1]), levels, counts), levels[depth].text)


def _write(place: int, levels: dict[int, Level], counts: list[int]) -> str:
    level = levels.get(place - 1)
    if level is None:
        return ""
    return numerals.write(counts[place - 1] or level.start, _KINDS.get(level.kind, "decimal"))


def _read_levels(numbering: Element) -> dict[int, Level]:
    levels = {}
    for each in descendants(numbering, "paraHead"):
        depth = _number(attribute(each, "level")) - 1
        start = _number(attribute(each, "start")) or 1
        levels[depth] = Level(attribute(each, "numFormat"), (each.text or "").strip(), start)
    return levels


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004
