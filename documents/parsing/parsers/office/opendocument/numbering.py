"""The numbers of lists in OpenDocument, by the styles of the lists."""

from collections.abc import Iterable
from typing import NamedTuple

from documents.parsing.parsers.office.packages import Element, attribute, descendants, local

MAX_LEVELS = 10
_ROMAN = {
    1000: "m",
    900: "cm",
    500: "d",
    400: "cd",
    100: "c",
    90: "xc",
    50: "l",
    40: "xl",
    10: "x",
    9: "ix",
    5: "v",
    4: "iv",
    1: "i",
}


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
    if kind in {"a", "A"}:
        letters = chr(ord("a") + (number - 1) % 26) * min(-(-number // 26), 9)
        return letters.upper() if kind == "A" else letters
    if kind in {"i", "I"}:
        roman = ""
        for value, sign in _ROMAN.items():
            times, number = divmod(number, value)
            roman += sign * min(times, 9)
        return roman.upper() if kind == "I" else roman
    return str(number) if kind else ""
