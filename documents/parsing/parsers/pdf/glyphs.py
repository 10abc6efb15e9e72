"""The places of characters on a page, in points from its lower left corner."""

from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from pypdfium2 import raw

# Of the height of a line: how far apart two parts of one line stand if they are cells.
CELL_GAP = 0.9
_THIN = 0.01


class Glyph(NamedTuple):
    """A character that is drawn, by its number among them."""

    number: int
    left: float
    bottom: float
    right: float
    top: float

    @property
    def across(self) -> float:
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2


class Part(NamedTuple):
    """A part of a line that stands apart from the others, by the numbers of its characters."""

    left: float
    right: float
    numbers: tuple[int, ...]


class Line(NamedTuple):
    bottom: float
    top: float
    height: float
    parts: list[Part]


def measure(text: Any, places: Sequence[int]) -> list[Glyph]:
    """Return the characters at some places of a page.

    Marks over or under a letter have no width, and stand where that ends.
    """
    found: list[Glyph] = []
    box = raw.FS_RECTF()
    for number, place in enumerate(places):
        raw.FPDFText_GetLooseCharBox(text, place, box)
        if box.right > box.left and box.top > box.bottom:
            found.append(Glyph(number, box.left, box.bottom, box.right, box.top))
        elif found:
            last = found[-1]
            found.append(last._replace(number=number, left=last.right, right=last.right + _THIN))
    return found


def build_lines(glyphs: Sequence[Glyph]) -> list[Line]:
    """Return the lines of a page from its top, whatever order its characters come in."""
    rows: list[list[Glyph]] = []
    for glyph in sorted(glyphs, key=lambda each: -each.middle):
        row = rows[-1] if rows else None
        if row and abs(row[0].middle - glyph.middle) < (glyph.top - glyph.bottom) / 2:
            row.append(glyph)
        else:
            rows.append([glyph])
    return [_build_line(row) for row in rows]


def _build_line(row: list[Glyph]) -> Line:
    row.sort(key=lambda each: each.left)
    height = median(each.top - each.bottom for each in row)
    groups: list[list[Glyph]] = []
    right = 0.0
    for each in row:
        if not groups or each.left - right > CELL_GAP * height:
            groups.append([])
            right = each.right
        groups[-1].append(each)
        right = max(right, each.right)
    parts = [
        Part(group[0].left, max(each.right for each in group), tuple(each.number for each in group))
        for group in groups
    ]
    return Line(min(each.bottom for each in row), max(each.top for each in row), height, parts)
