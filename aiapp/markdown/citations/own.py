"""Our own marks, `[1]` or `[1, 2]`, in a text that is finished."""

import re
from collections.abc import Iterator

MARK = re.compile(r"\[([0-9]{1,3}(?:\s{0,2},\s{0,2}[0-9]{1,3}){0,19})\]")
# `items[1]`, `a[1] = 2`, `rows[2].name`: what is indexed is a name of a program.
INDEXED = re.compile(r"(?:(?<![^\W_])[a-z]|[a-z0-9]_\w{0,40}|_[a-z]\w{0,40}|[a-z][A-Z]\w{0,40})\Z")
_USE_OF_INDEX = re.compile(r"\s?(?:[-+*/]?=(?!=)|==)\s?\S|\.[a-z_]\w*(?:[(\s.]|$)|\(")


def marks(text: str) -> Iterator[re.Match[str]]:
    """Our own marks in a text without code; `arr[1] = 5` has none."""
    for found in MARK.finditer(text):
        if not is_index(text, found):
            yield found


def numbers_of(mark: re.Match[str]) -> list[int]:
    return [int(number) for number in mark[1].split(",")]


def remove_marks(text: str) -> str:
    parts, at = [], 0
    for found in marks(text):
        parts.append(text[at : found.start()])
        at = found.end()
    return "".join([*parts, text[at:]])


def is_index(text: str, found: re.Match[str]) -> bool:
    """Return whether brackets take a place of a list in a program: `a[1]`, `rows[2].name`."""
    start = found.start()
    if not start or not (text[start - 1].isalnum() or text[start - 1] in "_])"):
        return False
    if _USE_OF_INDEX.match(text, found.end()):
        return True
    return INDEXED.search(text[max(0, start - 50) : start]) is not None
