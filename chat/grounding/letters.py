"""Words as they are written in each script, and the terms that they count as."""

import re

from aiapp.text.stems import CJK, CJK_RUN, pairs

# Vowels and other marks that `re` counts among no letters: of Arabic and Hebrew, of the scripts of
# India, of Thai, Lao, Burmese and Khmer.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u09e2\u09e3"
    "\u0a01-\u0a03\u0a3c-\u0a51\u0a70\u0a71\u0a81-\u0a83\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0b82"
    "\u0bbe-\u0bcd\u0bd7\u0c00-\u0c04\u0c3c-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6\u0d00-\u0d03\u0d3b-\u0d4d"
    "\u0d82\u0d83\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"
    "\u102b-\u103e\u1056-\u1059\u17b4-\u17d3"
)
_LETTERS = rf"[^\W\d_{CJK}]+(?:[{_MARKS}]+[^\W\d_{CJK}]*)*"
WORD = re.compile(rf"[{CJK}]+|{_LETTERS}(?:['’]{_LETTERS})?")
# Scripts that put no blanks between words; what has several signs of it in common is alike.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
_GRAM_CHARS = 4


def is_run(word: str) -> bool:
    """Return whether a word is of a script that puts no blanks between its words."""
    return bool(CJK_RUN.match(word) or _UNSPACED.match(word))


def cut_word(word: str) -> set[str]:
    """Return the terms that a word of a sequence counts as."""
    if not is_run(word):
        return {word}
    if CJK_RUN.match(word):
        return pairs(word)
    last = len(word) - _GRAM_CHARS
    return {word[at : at + _GRAM_CHARS] for at in range(last + 1)} or {word}
