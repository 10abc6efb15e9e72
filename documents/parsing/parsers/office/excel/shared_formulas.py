"""Formulas that cells share: only the first of them has it, as it is for that one."""

import re

_MAX_CHARS = 2_000
# A cell by its column and row, which do not move behind a dollar; what is quoted is none.
_CELL = re.compile(
    r"\"[^\"]*\"|(?<![A-Za-z0-9_.$])(\$?)([A-Z]{1,3})(\$?)([0-9]{1,7})(?![A-Za-z0-9_.(])"
)
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def move(formula: str, place: str, to: str) -> str:
    """Return the formula of a cell as it is for another: A1*2 is A2*2 one row below."""
    here, there = _PLACE.fullmatch(place), _PLACE.fullmatch(to)
    if here is None or there is None or len(formula) > _MAX_CHARS:
        return formula
    columns = _count(there[1]) - _count(here[1])
    rows = int(there[2]) - int(here[2])

    def shift(found: re.Match[str]) -> str:
        if found[2] is None:
            return found[0]
        column = found[2] if found[1] else _name(_count(found[2]) + columns)
        row = found[4] if found[3] else str(int(found[4]) + rows)
        return f"{found[1]}{column}{found[3]}{row}"

    return _CELL.sub(shift, formula)


def _count(name: str) -> int:
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _name(number: int) -> str:
    name = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
