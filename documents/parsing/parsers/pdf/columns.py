"""Pages in two columns whose lines were written across both: read one column after the other.

Most programs write a column to its end, and the text comes in the order in which it was written.
Where it does not, a left line follows a right one again and again. Only columns of prose, whose
lines are as long as the column, are put in order: a table is read row by row.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from ctypes import byref, c_double
from itertools import pairwise
from operator import itemgetter
from typing import Any, NamedTuple

from pypdfium2 import raw

from documents.parsing.parsers.pdf.glyphs import CELL_GAP
from documents.parsing.parsers.pdf.written import Written

MAX_PIECES = 3_000
# Of the pieces, those that a gutter may cross are titles and figures over both columns.
MAX_CROSSING_SHARE = 0.2
MIN_LINES = 8
# How long a line of prose is beside its column, in the middle of all lines.
MIN_LINE_SHARE = 0.6
# How wide a column of prose is beside its page.
MIN_COLUMN_SHARE = 0.28
# Of the lines of the shorter column, how many have to follow one of the other column.
MIN_TURNS = 0.4
_GUTTERS = [each / 100 for each in range(35, 66)]


Box = tuple[float, float, float, float]


class Piece(NamedTuple):
    """A part of a line, in points from the lower left corner."""

    left: float
    bottom: float
    right: float
    top: float


def list_pieces(text: Any) -> list[Piece]:
    """The parts of the page's lines in the order of writing; none if they are too many.

    Words that were drawn one by one are a part together, or each line would have gaps all over.
    """
    count = text.count_rects()
    if count > MAX_PIECES:
        return []
    pieces: list[Piece] = []
    left, top, right, bottom = (c_double() for _ in range(4))
    page, edges = text.raw, tuple(map(byref, (left, top, right, bottom)))
    for n in range(count):
        if not raw.FPDFText_GetRect(page, n, *edges):
            return []
        piece = Piece(left.value, bottom.value, right.value, top.value)
        if pieces and _goes_on(pieces[-1], piece):
            piece = _unite(pieces.pop(), piece)
        pieces.append(piece)
    return pieces


def _goes_on(before: Piece, piece: Piece) -> bool:
    height = max(piece.top - piece.bottom, before.top - before.bottom)
    is_level = min(piece.top, before.top) - max(piece.bottom, before.bottom) > 0
    return is_level and -height <= piece.left - before.right <= CELL_GAP * height


def _unite(before: Piece, piece: Piece) -> Piece:
    return Piece(
        min(before.left, piece.left),
        min(before.bottom, piece.bottom),
        max(before.right, piece.right),
        max(before.top, piece.top),
    )


def put_in_order(page: Any, text: Any, written: Written, pieces: Sequence[Piece]) -> str:
    """Return a page whose columns were written across, one after the other; "" of others."""
    width, height = page.get_size()
    gutter = _find_gutter(pieces, width) if len(pieces) >= MIN_LINES * 2 else None
    if gutter is None or not _is_interleaved(pieces, gutter, width):
        return ""
    boxes = _cut(pieces, gutter, width, height)
    if written.is_known:
        return _tell_boxes(written, boxes)
    ordered = "\n".join(
        part.strip() for box in boxes if (part := str(text.get_text_bounded(*box))).strip()
    )
    # Whatever stands in no box would be lost.
    return ordered if len(ordered.split()) >= 0.98 * len(str(written).split()) else ""


def _tell_boxes(written: Written, boxes: Sequence[Box]) -> str:
    """The characters that stand in each box, then those that stand in none."""
    glyphs = sorted(written.measure(), key=lambda each: each.middle)
    heights = [each.middle for each in glyphs]
    taken: set[int] = set()
    parts = []
    for left, bottom, right, top in boxes:
        level = glyphs[bisect_left(heights, bottom) : bisect_left(heights, top)]
        inside = {each.number for each in level if left <= each.across < right} - taken
        taken |= inside
        parts.append(written.tell_lines(sorted(inside)))
    rest = {each.number for each in glyphs} - taken
    parts.append(written.tell_lines(sorted(rest)))
    return "\n".join(filter(None, parts))


def _find_gutter(pieces: Sequence[Piece], width: float) -> float | None:
    """The place between the columns that the fewest lines cross."""
    wide = [each for each in pieces if each.left < each.right]
    begins, ends = (sorted(map(itemgetter(n), wide)) for n in (0, 2))
    places = [width * share for share in _GUTTERS]
    # Those that begin before a place, without those that end there or before.
    crossings = {each: bisect_left(begins, each) - bisect_right(ends, each) for each in places}
    fewest = min(crossings.values())
    if fewest > MAX_CROSSING_SHARE * len(pieces):
        return None
    # Of the places that are as free, the one in the middle.
    free = [place for place, count in crossings.items() if count == fewest]
    return free[len(free) // 2]


def _is_interleaved(pieces: Sequence[Piece], gutter: float, width: float) -> bool:
    sides = ["L" if each.right <= gutter else "R" for each in pieces if not _is_over(each, gutter)]
    columns = [
        [each for each in pieces if each.right <= gutter],
        [each for each in pieces if each.left >= gutter],
    ]
    if not all(_is_prose(column, width) for column in columns):
        return False
    turns = sum(a == "R" and b == "L" for a, b in pairwise(sides))
    lines = min(len(_join_lines(column)) for column in columns)
    return turns >= MIN_TURNS * lines


def _is_prose(column: Sequence[Piece], page_width: float) -> bool:
    lines = _join_lines(column)
    if len(lines) < MIN_LINES:
        return False
    width = max(each.right for each in column) - min(each.left for each in column)
    lengths = sorted(right - left for left, right in lines)
    is_wide = width >= MIN_COLUMN_SHARE * page_width
    return is_wide and lengths[len(lengths) // 2] >= MIN_LINE_SHARE * width


def _join_lines(column: Sequence[Piece]) -> list[tuple[float, float]]:
    """The ends of each line: parts at one height are one line."""
    lines: dict[int, tuple[float, float]] = {}
    for each in column:
        height = round((each.bottom + each.top) / 8)
        left, right = lines.get(height, (each.left, each.right))
        lines[height] = (min(left, each.left), max(right, each.right))
    return list(lines.values())


def _is_over(piece: Piece, gutter: float) -> bool:
    return piece.left < gutter < piece.right


def _cut(pieces: Sequence[Piece], gutter: float, width: float, height: float) -> list[Box]:
    """Boxes in the order of reading: left, right, and what goes over both, from the top."""
    boxes = []
    ceiling = height
    for each in sorted((p for p in pieces if _is_over(p, gutter)), key=lambda p: -p.top):
        if each.top < ceiling:
            boxes += [(0, each.top, gutter, ceiling), (gutter, each.top, width, ceiling)]
        boxes.append((0, each.bottom, width, min(each.top, ceiling)))
        ceiling = min(ceiling, each.bottom)
    boxes += [(0, 0, gutter, ceiling), (gutter, 0, width, ceiling)]
    return [box for box in boxes if box[3] - box[1] > 1]
