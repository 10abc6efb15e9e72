"""Superscripts in plain text: 10^6 is not 106, and a mark behind a word is no part of it."""

import re

# What follows a number as a word, such as 1st, is written beside it.
_ORDINAL = re.compile(r"[A-Za-zªº]{2,4}|[ªº]")
_MARK = re.compile(r"[+\-−–]?[0-9.,]{1,12}|[*†‡§]{1,4}|[0-9]{0,3}[+\-−–]|[a-z]|n|[ivx]{1,4}")


def show(before: str, text: str) -> str:
    """Return a superscript as it is written behind a text."""
    shown = text.strip()
    behind = before[-1:]
    if not shown or not (behind.isalnum() or behind in ")]") or _ORDINAL.fullmatch(shown):
        return text
    # In French and Spanish, 1er is written so, and 2e as well.
    if behind.isdigit() and shown in {"e", "o", "a", "d"}:
        return text
    return f"^{shown}" if _MARK.fullmatch(shown) else text
