"""CSV for spreadsheet programs, in which nothing that people wrote is taken for a formula.

A program of another country splits at semicolons or tabs, heeds quotation marks only where a cell
begins by its own rules, and begins a row at any line break. So what could begin a cell for any of
them is a text: an apostrophe goes before it, which these programs read as the mark of one.
"""

import csv
import io
import re
from collections.abc import Iterable
from numbers import Number
from typing import Any

_SIGNS = "=+-@"
# With those that a program takes for the same, by NFKC: full-width, small, raised.
_FORMULAS = re.escape(_SIGNS + "⁺⁼₊₌⩵⩶﬩﹢﹣﹦﹫＋－＝＠")
# Where a cell may begin by somebody's rules; a comma stands inside of quotation marks.
_BREAKS = ";|\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029"
# What is passed over before a formula.
_BLANK = (
    " \"'`\xa0\u1680\u2000-\u200f\u202a-\u202f\u205f-\u206f\u3000\ufeff\xad\x00-\x08\x0e-\x1b\x1f"
)
_FORMULA = re.compile(f"(?:^|(?<=[{_BREAKS}]))(?=[{_BLANK}]*[{_FORMULAS}\u2212])")
_LEADING_BREAK = re.compile("^[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


def harmless(value: Any) -> str:
    """The text of a cell. Numbers stay numbers; None is nothing."""
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, Number):
        return text
    text = _FORMULA.sub("'", text)
    return f"'{text}" if _LEADING_BREAK.match(text) else text


def format_csv(rows: Iterable[Iterable[Any]]) -> str:
    file = io.StringIO()
    # All cells in quotation marks, so that a program that splits at commas splits nowhere else.
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    for row in rows:
        writer.writerow([harmless(each) for each in row])
    return file.getvalue()
