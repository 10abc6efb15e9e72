"""Tables for `str.translate` of what takes a character's place in `documents.text.words`."""

import unicodedata
from collections.abc import Callable

_HYPHENS_LIKE = "\u2010\u2011\ufe63\uff0d\u2212"
# Those that Unicode has among the letters.
_APOSTROPHES = "\u02b9\u02ba\u02bb\u02bc\u02bd\u02c8"
_TATWEEL = 0x640


class _Table(dict[int, str | None]):
    """A table of what takes a character's place, worked out where it first occurs."""

    def __init__(self, instead: Callable[[str], str | None]) -> None:
        super().__init__()
        self._instead = instead

    def __missing__(self, code: int) -> str | None:
        return self.setdefault(code, self._instead(chr(code)))


def _is_invisible(char: str) -> bool:
    return (
        unicodedata.category(char) == "Cf"
        or ord(char) == _TATWEEL
        or char == "\u034f"
        # Variation selectors.
        or "\ufe00" <= char <= "\ufe0f"
        or "\U000e0100" <= char <= "\U000e01ef"
    )


def _visible_char(char: str) -> str | None:
    if _is_invisible(char):
        return None
    # NFKC would put it on the letter behind it: don´t, O´Brien.
    return "’" if char == "\u00b4" else char


def _prepare_char(char: str) -> str:
    """Return a character, or what keeps NFKC from gluing it to a word: a note's raised number."""
    if char in "™℠":
        return " "
    made_of = unicodedata.decomposition(char)
    if made_of.startswith("<fraction>"):
        return f" {char}"
    if made_of.startswith("<compat> 0020 03"):
        # An accent by itself.
        return " "
    if "<super>" in made_of and unicodedata.digit(char, None) is not None:
        return f"-{unicodedata.digit(char)}"
    return char


def _is_of_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM" or unicodedata.category(char) in {"Nd", "Nl"}


def _separate_char(char: str) -> str:
    if char in "-.,\n":
        return char
    if char in _HYPHENS_LIKE:
        return "-"
    if char in _APOSTROPHES or not _is_of_word(char):
        # Also what is newer than these tables: a database may know small letters that they do not.
        return " "
    decimal = unicodedata.decimal(char, None)
    return char if decimal is None else str(decimal)


def _shape(char: str) -> str:
    """Of the same length as the character, so that places stay."""
    if char == "\n":
        return char
    if char in f"-{_HYPHENS_LIKE}":
        return "-"
    if char in "\u00ad\u00ac":
        return "s"
    if char in ".,'’\u00a0\u2007\u2008\u2009\u202f":
        return ","
    if char in _APOSTROPHES:
        return " "
    return "w" if _is_of_word(char) or _is_invisible(char) or char.isalnum() else " "


VISIBLE = _Table(_visible_char)
PREPARED = _Table(_prepare_char)
SEPARATED = _Table(_separate_char)
SHAPES = _Table(_shape)
WITHOUT_SIGNS = _Table(lambda char: char if _is_of_word(char) or char.isalnum() else " ")
