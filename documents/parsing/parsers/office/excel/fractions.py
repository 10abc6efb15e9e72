"""Numbers that a workbook shows as fractions: 1 3/4 in an inch, 5/8 of a whole."""

import re
from fractions import Fraction

# A whole number, what is counted and by what, and what stands around them.
_CODE = re.compile(
    r"([^0#?]{0,80})([0#?]{1,9} )?([0#?]{1,9}) ?/ ?([0#?]{1,5}|[1-9]\d{0,4})([^/]{0,80})"
)


def show(value: float, code: str) -> str:
    """Return a number as a code without quotation marks shows it; "" if the code is no fraction."""
    found = _CODE.fullmatch(code)
    if found is None:
        return ""
    before, has_whole, _, told, behind = found.groups()
    exact = Fraction(abs(value))
    if told.isdigit() and int(told):
        parts = int(told)
        counted = round(exact * parts)
    else:
        near = exact.limit_denominator(10 ** len(told) - 1)
        counted, parts = near.numerator, near.denominator
    whole, rest = divmod(counted, parts) if has_whole else (0, counted)
    shown = f"{rest}/{parts}" if rest or not has_whole else ""
    number = " ".join(filter(None, [str(whole) if whole or not shown else "", shown]))
    sign = "-" if value < 0 and counted else ""
    return f"{before}{sign}{number}{behind}".strip()
