"""Pages whose text lies on its side: tables across a page, and pages that were turned."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from pypdfium2 import PdfMatrix, raw

# As many characters as tell how a page is written.
MAX_SAMPLED, MIN_SAMPLED = 60, 8
# Of them, those that have to lie alike.
MIN_SHARE = 0.7
_AROUND, _QUARTER = 4, math.pi / 2
# Clockwise, by the number of quarter turns.
_MATRICES = ((1, 0, 0, 1), (0, -1, 1, 0), (-1, 0, 0, -1), (0, 1, -1, 0))


def find_turns(text: Any) -> int | None:
    """Return the quarter turns clockwise that a page's text needs; None if it cannot be told."""
    count = text.count_chars()
    turns = [0] * _AROUND
    for index in range(0, count, max(count // MAX_SAMPLED, 1)):
        if raw.FPDFText_IsGenerated(text, index) == 0:
            angle = raw.FPDFText_GetCharAngle(text, index)
            turns[round(-angle / _QUARTER) % _AROUND] += 1
    most = max(turns)
    if sum(turns) < MIN_SAMPLED or most < MIN_SHARE * sum(turns):
        return None
    return turns.index(most)


@contextmanager
def open_text(page: Any) -> Iterator[Any]:
    """The text of a page after it is turned so that its lines lie level.

    Of lines on their side pdfium would take each word, or all of them, for one line.
    """
    with closing(page.get_textpage()) as text:
        turns = find_turns(text)
        if turns is None or (not turns and not page.get_rotation()):
            yield text
            return
    _turn(page, turns)
    with closing(page.get_textpage()) as text:
        yield text


def _turn(page: Any, turns: int) -> None:
    """Move what is drawn, since to turn the page alone would not make its lines level."""
    left, bottom, right, top = page.get_cropbox()
    a, b, c, d = _MATRICES[turns]
    # The corner that becomes the lower left one stands at nought.
    corners = [(a * x + c * y, b * x + d * y) for x in (left, right) for y in (bottom, top)]
    x, y = (min(each) for each in zip(*corners, strict=True))
    matrix = PdfMatrix(a, b, c, d, -x, -y)
    for drawn in page.get_objects(max_depth=1):
        drawn.transform(matrix)
    width, height = (max(each) - min(each) for each in zip(*corners, strict=True))
    page.set_rotation(0)
    page.set_mediabox(0, 0, width, height)
    page.set_cropbox(0, 0, width, height)
