"""Words of Arabic and Hebrew whose letters come from left to right, as they are drawn.

Chromium and others write the glyphs of a word in the order in which they stand on the page; pdfium
puts the words in order, and leaves the letters of these reversed. Codes do not tell the one form
from the other, since layers of OCR have words in the order of reading; the places of letters do.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from documents.parsing.parsers.pdf.glyphs import Glyph

# Letters and their marks; digits of these scripts go from left to right.
_WORD = re.compile("[\u0590-\u065f\u066a-\u06ef\u06fa-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]{2,}")


def has_words(text: str) -> bool:
    return _WORD.search(text) is not None


def put_in_order(text: str, glyphs: Sequence[Glyph]) -> str:
    """Return a text whose characters but spaces are the glyphs, with such words as they are read.

    Of each word the characters stay in its place, so that numbers go on to mean the same places.
    """
    lefts = {each.number: each.left for each in glyphs}
    pieces: list[str] = []
    end = number = 0
    for word in _WORD.finditer(text):
        number += sum(not sign.isspace() for sign in text[end : word.start()])
        places = [lefts.get(n) for n in range(number, number + len(word[0]))]
        pieces += [text[end : word.start()], _order(word[0], places)]
        number += len(word[0])
        end = word.end()
    return "".join(pieces) + text[end:]


def _order(word: str, places: Sequence[float | None]) -> str:
    # Letters of one glyph, as of lam with alef, are in the order of reading in either form.
    clusters: list[tuple[str, float | None]] = []
    for sign, left in zip(word, places, strict=True):
        if clusters and left == clusters[-1][1]:
            clusters[-1] = (clusters[-1][0] + sign, left)
        else:
            clusters.append((sign, left))
    rising = 0
    known = [left for _, left in clusters if left is not None]
    for here, following in pairwise(known):
        rising += 1 if following > here else -1
    return "".join(signs for signs, _ in reversed(clusters)) if rising > 0 else word
