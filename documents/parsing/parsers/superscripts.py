"""Superscripts in plain text: 10^6 is not 106, and a mark behind a word is no part of it."""

import re
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

# What follows a number as a word, such as 1st, is written beside it.
_ORDINAL = re.compile(r"[A-Za-zªº]{2,4}|[ªº]")
_MARK = re.compile(r"[+\-−–]?[0-9.,]{1,12}|[*†‡§]{1,4}|[0-9]{0,3}[+\-−–]|[a-z]|n|[ivx]{1,4}")


class Piece(NamedTuple):
    """A part of a line: its height is above 0 for a superscript, below for a subscript."""

    height: int
    text: str


def join(pieces: Iterable[Piece]) -> str:
    """Return a line. Neighbours at one height are one superscript, however they are stored."""
    written, before = [], ""
    for height, group in groupby((each for each in pieces if each.text), key=itemgetter(0)):
        text = "".join(each.text for each in group)
        if height > 0:
            text = show(before, text)
        elif height < 0:
            text = show_lowered(before, text)
        written.append(text)
        before = text[-1:] or before
    return "".join(written)


def show(before: str, text: str) -> str:
    """Return a superscript as it is written behind a text."""
    shown = text.strip()
    behind = before[-1:]
    if not shown or not behind or behind.isspace() or _ORDINAL.fullmatch(shown):
        return text
    # In French and Spanish, 1er is written so, and 2e as well.
    if behind.isdigit() and shown in {"e", "o", "a", "d"}:
        return text
    return f"^{shown}{text[len(text.rstrip()) :]}" if _MARK.fullmatch(shown) else text


def show_lowered(before: str, text: str) -> str:
    """Return a subscript as it is written behind a text: H2O, but 101_2."""
    return f"_{text.lstrip()}" if before[-1:].isdigit() and text.strip()[:1].isdigit() else text
