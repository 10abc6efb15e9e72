"""Letters that a font draws as one and does not tell, found by their words: "of�ce", "informaƟon".

What stands there is a sign without meaning, no sign at all, or one that Word's fonts have in its
place. The letters are found by the word that they make, which the other words with the same sign
confirm; a word that stays unknown is left as it is.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain, product, zip_longest
from typing import NamedTuple

from documents.parsing.parsers.pdf.fonts.codeless import MARK
from documents.parsing.parsers.pdf.fonts.lexicon import find_words, load_ranks

LIGATURES = (
    *("fi", "fl", "ff", "ffi", "ffl", "ti", "tt", "ft", "tti", "tf", "fj", "fb", "fh", "fk"),
    *("th", "ct", "st", "ttf", "fft"),
)
# Signs without meaning, but for hyphens and what Windows has as quotation marks and dashes; then
# those in whose places Calibri has "ti", "tt" and "tti".
_SIGNS = (
    rf"{MARK}\x01\x03-\x08\x0e-\x1f\x80-\x84\x86-\x90\x98-\x9f\ue000-\uf8ff\ufffd"
    "\u019f\u01a9\u01ab"
)
_SIGN = re.compile(f"[{_SIGNS}]")
_LETTERS = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f"
MAX_CHARS = 40
_WORD = re.compile(
    rf"(?<![{_LETTERS}{_SIGNS}])[{_LETTERS}{_SIGNS}]{{2,{MAX_CHARS}}}(?![{_LETTERS}{_SIGNS}])"
)
# More of them in one word are no letters.
MAX_SIGNS = 2
# Of words that are looked up, on a page.
MAX_WORDS = 300
# A word that is not known takes what the sign is in the others, if that is so in most of them.
MIN_WORDS, MIN_SHARE = 3, 0.8
# How long a known beginning of a longer word has to be, with a letter behind the ligature.
MIN_PART = 5
# Of an unknown word whose beginning, with the ligatures, is that of others: "classifi".
MIN_BEGINNING = 6


class Option(NamedTuple):
    """A word that one may be: how many of its letters are not known, and how rare the rest is."""

    missing: int
    rank: int
    word: str
    ligatures: tuple[str, ...]


class Ligatures:
    """The letters that a document's signs stand for, by the words before."""

    def __init__(self) -> None:
        self._found: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def restore(self, text: str) -> tuple[str, int]:
        """Return a page's text with the letters, and for how many signs."""
        if not _SIGN.search(text):
            return text, 0
        words = Counter(word[0] for word in _WORD.finditer(text) if _is_whole(word[0]))
        options = {word: list(_list_options(word)) for word, _ in words.most_common(MAX_WORDS)}
        # Those that may be one word alone tell which of several the others are.
        for word, some in sorted(options.items(), key=lambda item: len(item[1])):
            if some:
                self._note(word, self._choose(word, some))
        known = {word: self._choose(word, some).word for word, some in options.items() if some}
        restored = 0

        def fill(word: re.Match[str]) -> str:
            nonlocal restored
            filled = known.get(word[0]) or self._guess(word[0])
            if not filled or not self._is_sure(word[0]):
                return word[0]
            restored += len(_SIGN.findall(word[0]))
            return filled

        return _WORD.sub(fill, text), restored

    def _choose(self, word: str, options: list[Option]) -> Option:
        """Return which of several words one is: of those known as far, one with usual ligatures."""

        def weigh(option: Option) -> tuple[int, bool, int]:
            signs = _SIGN.findall(word)
            is_usual = all(map(self._has_been, signs, option.ligatures))
            return option.missing, not is_usual, option.rank

        return min(options, key=weigh)

    def _has_been(self, sign: str, letters: str) -> bool:
        return self._found[sign][letters] > 0

    def _note(self, word: str, option: Option) -> None:
        for sign, letters in zip(_SIGN.findall(word), option.ligatures, strict=True):
            self._found[sign][letters] += not word.startswith(sign)

    def _guess(self, word: str) -> str:
        """Return a word with what its signs are in most others; "" if they are not alike."""
        if not _is_whole(word):
            return ""
        chosen = {sign: self._find_usual(sign) for sign in _SIGN.findall(word)}
        if not all(chosen.values()):
            return ""
        return _SIGN.sub(lambda sign: chosen[sign[0]], word)

    def _find_usual(self, sign: str) -> str:
        found = self._found[sign]
        (letters, count), *_ = found.most_common(1) or [("", 0)]
        return letters if count >= MIN_WORDS and count >= MIN_SHARE * found.total() else ""

    def _is_sure(self, word: str) -> bool:
        """Tell whether a sign was ever within a word; before one it may be a mark of a list."""
        return any(self._found[sign].total() for sign in _SIGN.findall(word))


def _is_whole(word: str) -> bool:
    """Tell whether letters may be missing from a word: it has some, and few signs."""
    signs = len(_SIGN.findall(word))
    return 0 < signs <= MAX_SIGNS and len(word) > signs


def _list_options(word: str) -> Iterator[Option]:
    """Yield the words that one may be."""
    parts = _SIGN.split(word)
    for chosen in product(LIGATURES, repeat=len(parts) - 1):
        filled = "".join(chain.from_iterable(zip_longest(parts, chosen, fillvalue="")))
        if rank := _find_rank(filled, len(filled) - len(parts[-1])):
            yield Option(*rank, filled, chosen)


def _find_rank(word: str, end: int) -> tuple[int, int] | None:
    """Return how many letters of a word are not known, and how rare the rest is.

    Known is all of it, or a beginning with a letter behind the last ligature, which ends at a
    place; else that may be what other words begin with.
    """
    ranks, lower = load_ranks(), word.lower()
    for length in (len(lower), *range(len(lower) - 1, max(end, MIN_PART - 1), -1)):
        if lower[:length] in ranks:
            return len(lower) - length, ranks[lower[:length]]
    alike = find_words(lower[:end]) if end >= MIN_BEGINNING else []
    return (len(lower), min(ranks[each] for each in alike)) if alike else None
