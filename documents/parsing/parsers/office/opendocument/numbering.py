"""The numbers of lists in OpenDocument, by the styles of the lists."""

from collections.abc import Iterable
from typing import NamedTuple

from documents.parsing.parsers.numerals import write
from documents.parsing.parsers.office.packages import Element, attribute, descendants, local

MAX_LEVELS = 10
# Kinds of numbers are named by how they begin: "1", "a", or "一, 二, 三, ...".
_KINDS = {
    "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman",
    "一": "chineseCountingThousand", "壹": "chineseLegalSimplified", "①": "decimalEnclosedCircle",
    "ア": "aiueo", "ｱ": "aiueo", "イ": "iroha", "ｲ": "iroha", "일": "koreanCounting",
    "하나": "koreanLegal", "가": "ganada", "ㄱ": "chosung", "甲": "ideographTraditional",
    "子": "ideographZodiac", "ก": "thaiLetters", "๑": "thaiNumbers", "أ": "arabicAlpha",
    "α": "lowerGreek", "Α": "upperGreek", "А": "russianUpper", "а": "russianLower",
    "א": "hebrew1", "०": "hindiNumbers", "१": "hindiNumbers",
}  # fmt: skip


class Level(NamedTuple):
    """A level of a list: its kind of numbers, "" for bullets, and what stands around them."""

    kind: str
    prefix: str
    suffix: str
    start: int
    shown_levels: int


class Numbering:
    """Counts the items of a document's lists. Those of one style may go on where one ended."""

    def __init__(self, roots: Iterable[Element] = ()) -> None:
        self._styles: dict[str, list[Level]] = {}
        for root in roots:
            for style in descendants(root, "list-style"):
                self._styles.setdefault(attribute(style, "name"), _read_levels(style))
        self._counts: dict[str, list[int]] = {}

    def begin(self, style: str, depth: int, *, goes_on: bool) -> None:
        counts = self._counts.setdefault(style, [0] * MAX_LEVELS)
        if not goes_on:
            counts[depth:] = [0] * (MAX_LEVELS - depth)

    def count(self, style: str, depth: int, start: str) -> str:
        """Return the number of the next item of a list; "" if it has a bullet."""
        levels = self._styles.get(style, [])
        if depth >= min(len(levels), MAX_LEVELS):
            return ""
        level, counts = levels[depth], self._counts.setdefault(style, [0] * MAX_LEVELS)
        first = int(start) if start.isascii() and start.isdigit() and len(start) < 8 else 0  # noqa: PLR2004
        counts[depth] = first or (counts[depth] + 1 if counts[depth] else level.start)
        counts[depth + 1 :] = [0] * (MAX_LEVELS - depth - 1)
        if not level.kind:
            return ""
        shown = range(max(depth - level.shown_levels + 1, 0), depth + 1)
        numbers = (_write(max(counts[n], 1), levels[n].kind) for n in shown)
        return f"{level.prefix}{'.'.join(filter(None, numbers))}{level.suffix}"


def _read_levels(style: Element) -> list[Level]:
    levels = []
    for each in list(style)[:MAX_LEVELS]:
        is_number = local(each) == "list-level-style-number"
        start, shown = (attribute(each, name) for name in ("start-value", "display-levels"))
        levels.append(
            Level(
                attribute(each, "num-format") if is_number else "",
                attribute(each, "num-prefix"),
                attribute(each, "num-suffix"),
                int(start) if start.isdigit() else 1,
                int(shown) if shown.isdigit() else 1,
            )
        )
    return levels


def _write(number: int, kind: str) -> str:
    if kind == "壹, 貳, 參, ...":
        return write(number, "ideographLegalTraditional")
    return write(number, _KINDS.get(kind.partition(",")[0].strip(), "decimal")) if kind else ""
