"""A letter's text in two forms: the plain one is read, unless the page says or shows more."""

import re

# Of a letter in two forms the plain one is read, unless it says much less than the other.
_MIN_SHARE = 0.4
# Programs leave the tables of a page out of its plain form, or put each cell on a line.
_MAX_MISSING, _WORD, _TABLE = 0.15, re.compile(r"\w+"), "| --- |"


def says_all(text: str, other: str) -> bool:
    """Tell whether a form of a text says what another does, but for a word here and there."""
    if len(text) < _MIN_SHARE * len(other) or (_TABLE in other and _TABLE not in text):
        return False
    words = set(_WORD.findall(other))
    return len(words.difference(_WORD.findall(text))) <= _MAX_MISSING * len(words)
