"""Pages in vertical writing: columns from the right to the left, each from its top."""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from documents.parsing.parsers.pdf.glyphs import Glyph
from documents.parsing.parsers.pdf.written import Written

# Of the lines that pdfium tells, those of a single character, and how many there have to be.
MIN_SINGLES, MIN_LINES = 0.5, 20
# In sizes of a character: how far apart two are that are in one column, and in one run of it.
SAME_COLUMN, MAX_GAP = 0.5, 1.8
_FIRST_WIDE = "\u2e80"


def put_in_order(written: Written) -> str:
    """Return the text of a page in vertical writing, a line a column; "" of others."""
    lines = str(written).split("\n")
    singles = sum(len(line.strip()) == 1 and line.strip() >= _FIRST_WIDE for line in lines)
    if not written.is_known or len(lines) < MIN_LINES or singles < MIN_SINGLES * len(lines):
        return ""
    glyphs = written.measure()
    runs = [run for column in _list_columns(glyphs) for run in _part(column)]
    return "\n".join(written.join([each.number for each in run]) for run in _order(runs))


def is_vertical(glyphs: Sequence[Glyph]) -> bool:
    """Tell whether most characters stand right below the one before."""
    size = median(each.top - each.bottom for each in glyphs) if glyphs else 0
    wide, high = SAME_COLUMN * size, MAX_GAP * size
    below = sum(
        0 < a.middle - b.middle < high and abs(a.across - b.across) < wide
        for a, b in pairwise(glyphs)
    )
    return below * 2 > len(glyphs)


def _list_columns(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    size = median(each.top - each.bottom for each in glyphs)
    columns: list[list[Glyph]] = []
    for each in sorted(glyphs, key=lambda glyph: -glyph.across):
        if columns and columns[-1][0].across - each.across < SAME_COLUMN * size:
            columns[-1].append(each)
        else:
            columns.append([each])
    return columns


def _part(column: list[Glyph]) -> list[list[Glyph]]:
    """The runs of a column, between which the page is empty."""
    runs: list[list[Glyph]] = []
    for each in sorted(column, key=lambda glyph: -glyph.top):
        size = each.top - each.bottom
        if runs and runs[-1][-1].middle - each.middle < MAX_GAP * size:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _order(runs: list[list[Glyph]]) -> list[list[Glyph]]:
    """Return runs tier by tier from the top, those of a tier from the right."""
    floors: list[float] = []
    for run in sorted(runs, key=lambda each: -each[0].top):
        if floors and run[0].top > floors[-1]:
            floors[-1] = min(floors[-1], run[-1].bottom)
        else:
            floors.append(run[-1].bottom)
    # Floors go down, so that the first one at or below a run is found among their opposites.
    depths = [-floor for floor in floors]
    return sorted(runs, key=lambda run: (bisect_left(depths, -run[-1].bottom), -run[0].across))
