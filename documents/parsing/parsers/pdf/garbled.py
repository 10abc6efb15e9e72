"""Text that does not say what a page shows: of fonts that do not tell what letters they draw."""

import re
from typing import Any
from unicodedata import normalize

from pypdfium2 import raw

# Of signs without meaning.
MAX_SIGNS_SHARE = 0.3
_SIGNS = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]")
# Of the characters that are looked at, those of which pdfium says that it does not know them. Of
# 2,000 pages of real files none had between 5 and 80 of 100.
MAX_UNKNOWN_SHARE, MAX_SAMPLED = 0.5, 60
# Of the letters of Latin words. On 1,930 real pages, parts lists too, it was .27 at least; of texts
# whose letters are all so many places from the right ones, as 7KH for "The", .24 at most.
MIN_VOWELS_SHARE, MIN_WORDS, MAX_CHARS = 0.22, 40, 20_000
_WORD = re.compile(r"[!-~æøœıßðþłđ]{4,40}", re.IGNORECASE)
_ACCENTS = re.compile("[\u0300-\u036f]+")
_LETTER = re.compile(r"[a-zæøœıßðþłđ]", re.IGNORECASE)
_VOWEL = re.compile(r"[aeiouæøœı]", re.IGNORECASE)


def is_garbled(text: str) -> bool:
    """Tell whether a text is signs without meaning, or words without vowels."""
    signs = len(text) - text.count(" ") - text.count("\n")
    if len(_SIGNS.findall(text)) > MAX_SIGNS_SHARE * max(signs, 1):
        return True
    bare = text[:MAX_CHARS]
    if not bare.isascii():
        # Accents go, so that what is left are the letters under them.
        bare = _ACCENTS.sub("", normalize("NFD", bare))
    words = [word for word in _WORD.findall(bare) if _LETTER.search(word)]
    joined = "".join(words)
    vowels, letters = (len(kind.findall(joined)) for kind in (_VOWEL, _LETTER))
    return len(words) >= MIN_WORDS and vowels < MIN_VOWELS_SHARE * letters


def is_unknown(page_text: Any) -> bool:
    """Tell whether pdfium does not know what characters most of a page's shapes are."""
    count = page_text.count_chars()
    looked = range(0, count, max(count // MAX_SAMPLED, 1))
    drawn = [n for n in looked if raw.FPDFText_IsGenerated(page_text, n) == 0]
    unknown = sum(raw.FPDFText_HasUnicodeMapError(page_text, n) == 1 for n in drawn)
    return bool(unknown > MAX_UNKNOWN_SHARE * max(len(drawn), 1))
