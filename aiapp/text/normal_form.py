"""Unicode's normal forms, in a time that grows with the text and not with its square.

To bring the marks of one letter into their order, `unicodedata.normalize` compares each with all
that stand before it: 64,000 of them take it seconds, in which no other thread runs. No writing puts
more than a few on a letter, so what exceeds the limit of Unicode's own stream-safe format (UAX #15,
thirty) is left out before.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]

MAX_MARKS = 30
# Before the first and behind the last of them no character is a mark.
_FIRST, _BEHIND = 0x300, 0x20000
# What becomes marks only when it is taken apart: Tibetan vowels, voiced sounds of narrow kana.
_LATER = "\u0f73\u0f75\u0f81\uff9e\uff9f"
# A character may become eighteen (U+FDFA), and while a text is read no other thread runs.
_PIECE = 8_192
# Which join what stands before them in no form; other letters may.
_CUT = re.compile(
    "[\x00-\x7f\u2e80-\u3029\u3030-\u3098\u309b-\u312f\u3190-\ua4cf"
    "\uac00-\ud7a3\uf900-\ufaff\ufb50-\ufdff]"
)


def normalize(form: Form, text: str) -> str:
    """The text in a normal form, without what exceeds `MAX_MARKS` marks in a row."""
    if text.isascii():
        return text
    text = _runs().sub(r"\1", text)
    return "".join(unicodedata.normalize(form, piece) for piece in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces that have nothing to do with each other."""
    start = 0
    while len(text) - start > _PIECE and (cut := _CUT.search(text, start + _PIECE)):
        yield text[start : cut.start()]
        start = cut.start()
    yield text[start:]


@cache
def _runs() -> re.Pattern[str]:
    """Runs of more marks than a text needs; the group is what is kept of one."""
    marks = "".join(chr(n) for n in range(_FIRST, _BEHIND) if unicodedata.combining(chr(n)))
    return re.compile(f"([{marks}{_LATER}]{{{MAX_MARKS}}})[{marks}{_LATER}]+")
