"""The places of characters on a page, in points from its lower left corner; lines and tables."""

from collections.abc import Sequence
from ctypes import byref
from math import inf
from operator import attrgetter
from statistics import median
from typing import Any, NamedTuple

from pypdfium2 import raw

# Of the height of a line: how far apart two parts of one line stand if they are cells.
CELL_GAP = 0.9
_THIN = 0.01


class Glyph(NamedTuple):
    """A character that is drawn, by its number among them.

    Its middle, along the line and from the bottom up, is kept: each is asked for it many times.
    """

    number: int
    left: float
    bottom: float
    right: float
    top: float
    across: float
    middle: float


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


class Cell(NamedTuple):
    """A cell with its characters, and how many columns and rows it covers."""

    numbers: list[int]
    columns: int = 1
    rows: int = 1


class Table(NamedTuple):
    """The rows of a table on a page, and from where to where its columns go."""

    rows: list[list[Cell]]
    columns: list[tuple[float, float]]

    def numbers(self) -> set[int]:
        return {number for row in self.rows for cell in row for number in cell.numbers}


def measure(text: Any, places: Sequence[int]) -> list[Glyph]:
    """Return the characters at some places of a page.

    Marks over or under a letter have no width, and stand where that ends.
    """
    found: list[Glyph] = []
    box = raw.FS_RECTF()
    # A page has thousands, so what is the same for all is looked up once.
    read, page, there = raw.FPDFText_GetLooseCharBox, text.raw, byref(box)
    make = tuple.__new__
    for number, place in enumerate(places):
        read(page, place, there)
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if right <= left or top <= bottom:
            if not found:
                continue
            _, _, bottom, left, top, _, _ = found[-1]
            right = left + _THIN
        place_of = (number, left, bottom, right, top, (left + right) / 2, (bottom + top) / 2)
        found.append(make(Glyph, place_of))
    return found


def build_lines(glyphs: Sequence[Glyph]) -> list[Line]:
    """Return the lines of a page from its top, whatever order its characters come in."""
    rows: list[list[Glyph]] = []
    middle = -inf
    for glyph in sorted(glyphs, key=attrgetter("middle"), reverse=True):
        # They come from the top.
        if middle - glyph.middle < (glyph.top - glyph.bottom) / 2 and rows:
            rows[-1].append(glyph)
        else:
            rows.append([glyph])
            middle = glyph.middle
    return [_build_line(row) for row in rows]


def _build_line(row: list[Glyph]) -> Line:
    row.sort(key=attrgetter("left"))
    height = median(each.top - each.bottom for each in row)
    groups: list[list[Glyph]] = []
    right = 0.0
    gap = CELL_GAP * height
    for each in row:
        if not groups or each.left - right > gap:
            groups.append([])
            right = each.right
        groups[-1].append(each)
        right = max(right, each.right)
    parts = [
        Part(group[0].left, max(each.right for each in group), tuple(each.number for each in group))
        for group in groups
    ]
    return Line(min(each.bottom for each in row), max(each.top for each in row), height, parts)
