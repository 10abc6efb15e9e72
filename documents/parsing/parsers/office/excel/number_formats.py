"""Numbers as a workbook shows them: 15.3 %, 2026-03-14, 007, €1,250.00.

A cell holds 0.153 and a code, "0.0%", that says how it is shown. What stands in the code beyond the
usual is shown as a plain number.
"""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from math import isfinite
from operator import eq, ge, gt, le, lt, ne
from typing import NamedTuple

from documents.parsing.parsers.office.excel import calendars, fractions

# Dates of these formats follow the reader's own settings; written so, all can read them.
_ISO, _ISO_TIME = "yyyy-mm-dd", "yyyy-mm-dd h:mm"
BUILT_IN = {
    0: "General",
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    9: "0%",
    10: "0.00%",
    5: "$#,##0",
    6: "$#,##0",
    7: "$#,##0.00",
    8: "$#,##0.00",
    11: "0.00E+00",
    14: _ISO,
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: _ISO_TIME,
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), _ISO),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm"),
}
MAX_CODE_CHARS = 255
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_.|\*.|\[(?P<bracket>[^][]{0,40})\]'
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<exponent>E[+-]0+)"
    r"|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+|g+|b+)|(?P<digits>[0#?]|\.|,)|(?P<percent>%)|(?P<at>@)"
    r"|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s{0,4}(-?\d{1,20}(?:\.\d{1,20})?)")
_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
_MAX_EXACT = 2**53
_MAX_SERIAL = 2_958_466  # the year 10000


class Token(NamedTuple):
    kind: str
    text: str


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[Token, ...], ...]:
    """A code's parts: for positive numbers, negative ones, zero and text."""
    sections: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(code[:MAX_CODE_CHARS]):
        kind = match.lastgroup or ""
        text = match[kind] if kind else ""
        if kind == "other" and text == ";":
            sections.append([])
        elif kind in {"quoted", "escaped", "other"}:
            sections[-1].append(Token("literal", text))
        elif kind == "bracket":
            sections[-1].append(_read_bracket(text))
        elif kind:
            sections[-1].append(Token(kind, text))
        else:
            sections[-1].append(Token("literal", " "))
    return tuple(map(tuple, sections))


def _read_bracket(text: str) -> Token:
    if text.startswith("$"):
        currency, _, locale = text[1:].partition("-")
        return Token("literal", currency) if currency else Token("locale", locale)
    if text.lower().strip("hms") == "" and text:
        return Token("elapsed", text.lower())
    return Token("condition" if text[:1] in "<>=" and text else "colour", text)


def is_date(code: str) -> bool:
    return any(token.kind in {"date", "elapsed"} for token in _sections(code)[0])


def show(value: float, code: str, *, from_1904: bool = False) -> str:
    """A number as its format code shows it."""
    if not isfinite(value):
        return general(value)
    sections = _sections(code)
    place = _choose_section(value, sections)
    if place is None:
        return general(value)
    tokens = sections[place]
    if any(token.kind in {"date", "elapsed"} for token in tokens):
        return _show_date(value, tokens, from_1904=from_1904)
    if not any(token.kind == "digits" and token.text != "," for token in tokens):
        # General, text, or a code that shows words instead of the number, or nothing at all.
        return _show_words(value, tokens)
    if any(token == Token("literal", "/") for token in tokens):
        code = "".join(token.text for token in tokens if token.kind in {"digits", "literal"})
        return fractions.show(value, code) or general(value)
    shown = _show_number(abs(value), tokens)
    is_marked = place > 0 or shown.startswith(("-", "("))
    return f"-{shown}" if value < 0 and not is_marked and re.search(r"[1-9]", shown) else shown


def _choose_section(value: float, sections: tuple[tuple[Token, ...], ...]) -> int | None:
    """Return the place of the part that a number is shown by; None if a code names none."""
    conditions = [_find_condition(section) for section in sections[:2]]
    if not any(conditions):
        if len(sections) > 1 and value < 0:
            return 1
        return 2 if len(sections) > 2 and value == 0 else 0  # noqa: PLR2004 - positive; negative; zero
    for place, told in enumerate(conditions):
        if told and _COMPARE[told[1]](value, float(told[2])):
            return place
    rest = 2 if all(conditions) else 1
    return rest if rest < len(sections) else None


def _find_condition(section: tuple[Token, ...]) -> re.Match[str] | None:
    told = next((token.text for token in section if token.kind == "condition"), "")
    return _CONDITION.fullmatch(told)


def general(value: float) -> str:
    """A number without a format, without what binary fractions add to it."""
    if not isfinite(value):
        return "#NUM!"
    # Numbers of accounts and cards have up to sixteen digits, and all of them matter.
    if value == int(value) and abs(value) < _MAX_EXACT:
        return str(int(value))
    return f"{value:.15g}"


def _show_words(value: float, tokens: tuple[Token, ...]) -> str:
    words = "".join(
        general(value) if token.kind in {"general", "at"} else token.text
        for token in tokens
        if token.kind in {"general", "at", "literal"}
    ).strip()
    return words or general(value)


def _show_number(value: float, tokens: tuple[Token, ...]) -> str:
    texts = "".join(token.text for token in tokens if token.kind == "digits")
    whole, _, decimals = texts.partition(".")
    # Commas at the end of the places stand for thousands that are left out.
    scale = len(texts) - len(texts.rstrip(","))
    if "." in texts:
        scale += len(whole) - len(whole.rstrip(","))
    percents = sum(token.kind == "percent" for token in tokens)
    places = sum(sign in "0#?" for sign in decimals)
    exponent = next((token.text for token in tokens if token.kind == "exponent"), "")
    if exponent:
        number = f"{value:.{places}E}"
    else:
        exact = Decimal(repr(value)) * 100**percents / Decimal(1000) ** scale
        try:
            number = str(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
        except InvalidOperation:
            # It has more digits than anybody would count.
            return general(value)
    return _fill(tokens, number, is_grouped="," in whole.rstrip(",").strip("0#?") and not exponent)


def _fill(tokens: tuple[Token, ...], number: str, *, is_grouped: bool) -> str:
    """Put a number's digits where the code has places for them, the rest around them."""
    whole, _, decimals = number.partition(".")
    texts = "".join(token.text for token in tokens if token.kind == "digits")
    before, _, behind = texts.partition(".")
    whole = whole.lstrip("0").rjust(before.count("0"), "0")
    shortest = len(behind.rstrip("#?,")) if behind else 0
    kept = decimals
    while "E" not in kept and len(kept) > shortest and kept.endswith("0"):
        kept = kept[:-1]
    left = [sign for sign in before if sign in "0#?"]
    pieces: list[str] = []
    places = len(left)
    for token in tokens:
        if token.kind == "digits" and token.text in "0#?" and places > 0:
            # The first place takes all digits that there are no places for.
            length = len(whole) - places + 1 if places == len(left) else 1
            start = len(whole) - places - (length - 1 if places == len(left) else 0)
            digits = whole[max(start, 0) : max(start + length, 0)]
            pieces.append(_group(digits, len(whole) - max(start, 0), is_grouped=is_grouped))
            places -= 1
        elif token == Token("digits", "."):
            pieces.append(f".{kept}" if kept else "")
        elif token.kind == "literal":
            pieces.append(token.text)
        elif token.kind == "percent":
            pieces.append("%")
    if "E" in number and not behind:
        pieces.append(f"E{number.partition('E')[2]}")
    return "".join(pieces).strip()


def _group(digits: str, to_end: int, *, is_grouped: bool) -> str:
    """Digits with a comma before each that has a multiple of three behind and with it."""
    if not is_grouped:
        return digits
    shown = ""
    for n, digit in enumerate(digits):
        rest = to_end - n
        shown += digit + ("," if rest > 1 and rest % 3 == 1 else "")
    return shown


def _show_date(value: float, tokens: tuple[Token, ...], *, from_1904: bool) -> str:
    if not 0 <= value < _MAX_SERIAL:
        return general(value)
    digits = max((len(t.text.partition(".")[2]) for t in tokens if t.kind == "date"), default=0)
    seconds = round(value * 86400, digits)
    is_elapsed = any(token.kind == "elapsed" for token in tokens)
    moment = _find_moment(seconds % 86400 if is_elapsed else seconds, from_1904=from_1904)
    has_half = any(token.kind == "half" for token in tokens)
    pieces = []
    for n, token in enumerate(tokens):
        if token.kind == "date":
            shown = _show_year_of_era(moment, token.text.lower(), tokens)
            shown = shown or _show_part(
                moment, token.text, _is_minutes(tokens, n), has_half=has_half
            )
            pieces.append(shown)
        elif token.kind == "elapsed":
            unit = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            pieces.append(str(int(seconds // unit)).zfill(len(token.text)))
        elif token.kind == "half":
            pieces.append("AM" if moment.hour < 12 else "PM")  # noqa: PLR2004 - noon
        elif token.kind in {"literal", "digits"}:
            pieces.append(token.text)
    return "".join(pieces).strip()


def _show_year_of_era(moment: datetime, text: str, tokens: tuple[Token, ...]) -> str:
    """Return a year or era as another calendar has it; "" for other parts of a date."""
    locale = next((token.text for token in tokens if token.kind == "locale"), "")
    if text[0] == "b" or (text[0] == "y" and calendars.is_buddhist(locale)):
        return calendars.show_year(moment, calendars.THAI, len(text))
    if text[0] not in "eg":
        return ""
    calendar = calendars.find(locale)
    if any(t.kind == "date" and t.text[0] in "gG" for t in tokens):
        calendar = calendar or calendars.JAPANESE
    if text[0] == "g":
        return calendars.show_era(moment, calendar, len(text))
    return calendars.show_year(moment, calendar, len(text) if calendar else 4)


def _find_moment(seconds: float, *, from_1904: bool) -> datetime:
    """The moment so long after the day that a workbook counts from; no zone is known."""
    if from_1904:
        return datetime(1904, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001
    # In 1900 there was no 29th of February, except in the program that others followed.
    first = 30 if seconds >= 60 * 86400 else 31
    return datetime(1899, 12, first) + timedelta(seconds=seconds)  # noqa: DTZ001


def _is_minutes(tokens: tuple[Token, ...], at: int) -> bool:
    """Tell whether an m is of minutes: behind hours, or before seconds."""
    times = [t for t in tokens[:at] if t.kind in {"date", "elapsed"}]
    if times and times[-1].text[0].lower() == "h":
        return True
    later = [t for t in tokens[at + 1 :] if t.kind in {"date", "elapsed"}]
    return bool(later) and later[0].text[0].lower() == "s"


def _show_part(moment: datetime, text: str, is_minutes: bool, *, has_half: bool) -> str:
    sign, length = text[0].lower(), len(text)
    if sign == "y":
        return f"{moment.year % 100:02}" if length <= 2 else f"{moment.year:04}"  # noqa: PLR2004
    if sign == "s":
        whole, _, part = text.partition(".")
        fraction = f".{moment.microsecond:06}"[: len(part) + 1] if part else ""
        return f"{moment.second:0{len(whole)}}{fraction}"
    if sign == "h":
        hour = (moment.hour % 12 or 12) if has_half else moment.hour
        return f"{hour:0{min(length, 2)}}"
    if sign == "m" and is_minutes:
        return f"{moment.minute:0{min(length, 2)}}"
    if sign in "md":
        return _show_day(moment, sign, length)
    return ""


def _show_day(moment: datetime, sign: str, length: int) -> str:
    """A month or a day: as a number, or its name, short or whole."""
    number = moment.month if sign == "m" else moment.day
    if length <= 2:  # noqa: PLR2004 - m or mm
        return f"{number:0{length}}"
    name = _MONTHS[moment.month - 1] if sign == "m" else _DAYS[moment.weekday()]
    return name[:3] if length == 3 else name  # noqa: PLR2004 - mmm
