"""The words around a mark, where a form has other uses and they decide."""

import re

from aiapp.markdown.citations.vocabulary import COUNTED, LEADING, THINGS, UNITS

RAISED = "¹²³⁰⁴⁵⁶⁷⁸⁹"
_MIN_WORD_CHARS = 3
CJK_END = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]\Z")
_WORD_BEFORE = re.compile(
    r"((?<![^\W\d_])[^\W\d_]++|(?<!§)§++)[.\"”’»)*_]{0,3}"
    r"(?P<number>[ \u00a0]\d[\d.,]{0,9})?[ \u00a0]?\Z"
)
_YEAR_BEFORE = re.compile(r"(?<![\d.,])(?:1[5-9]|20)\d\d\Z")
# Raised and lowered digits are letters for `re`.
_LETTERS_BEFORE = re.compile(rf"([^\W\d_{RAISED}₀-₉]{{1,30}}+)[\"”’»)*_]{{0,3}}\Z")
_PARENTHESIS_FOLLOWS = re.compile(
    r"[\w%\"”’»)*\]][ \u00a0]{1,2}\Z|[.!?。…][\"”’»)*_]{0,3}[ \u00a0]?\Z"
)
_THINGS_AT_END = tuple(thing for thing in THINGS if not thing.isascii())
GOES_ON = re.compile(
    # `report (1).pdf` is the name of a file.
    r"[*_]{0,3}(?:\.(?![a-z0-9])|[,;:!?。，；！？|)]|$|\r?\n|[ \u00a0]?[(（]\d{1,3}[)）]"
    r"|[ \u00a0](?:and|but|while|which|or|as|whereas|und|aber|et|y|pero)\b)"
)


def may_have_note(before: str) -> bool:
    """Return whether a raised number is no power: behind a word, a sentence or a year."""
    if before[-1:] in tuple(" \u00a0"):
        # A power stands at what it raises.
        return before.rstrip(" \u00a0")[-1:].isalpha() or may_have_note(before.rstrip(" \u00a0"))
    word = _LETTERS_BEFORE.search(before)
    if word is None:
        return before[-1:] in tuple('.,;:!?。，…%"”’»)') or bool(_YEAR_BEFORE.search(before))
    if CJK_END.search(word[1]):
        return True
    return len(word[1]) >= _MIN_WORD_CHARS and word[1].casefold() not in UNITS


def is_alone(before: str, number: str) -> bool:
    """Return whether a number in parentheses stands behind what was said, and numbers nothing."""
    if not (_PARENTHESIS_FOLLOWS.search(before) or CJK_END.search(before)):
        return False
    match = _WORD_BEFORE.search(before[-60:])
    if match is None:
        return True
    word = match[1].casefold()
    if word in THINGS or word.removesuffix("s") in THINGS:
        return False
    if len(word) == 1 and word.isascii() and match[1].islower() and not match["number"]:
        # A function: "f (1)".
        return False
    # "within two (2)" says the same again.
    return bool(match["number"]) or (word not in LEADING and str(COUNTED.get(word)) != number)


def numbers_thing(before: str) -> bool:
    """Return whether the word before a number is of something numbered, also without a space."""
    match = _WORD_BEFORE.search(before[-60:])
    return match is not None and match[1].casefold().endswith(_THINGS_AT_END)
