"""Numbers and dates by value, however they are written.

    scan        the numbers and dates of a text, in its order

1,500 and 1'500 and 1 500 are 1500, and so is 1.500, which may be 1.5 as well: where two readings
are possible, either may be meant. A date is a value of its own, `2024-03-03`, or `--03-03` where
its year is not said.
"""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from aiapp.text.vocabulary import MONTHS

MONTH_OF = {
    name: n for n, names in enumerate(MONTHS.strip().splitlines(), 1) for name in names.split()
}
MONTH_NAMES = [names.split()[0] for names in MONTHS.strip().splitlines()]
# A look at the first letter spares all the names where none of them can stand.
_INITIALS = "".join(sorted({name[0] for name in MONTH_OF}))
_NAME = rf"(?=[{_INITIALS}])(?P<month>{'|'.join(sorted(MONTH_OF, key=len, reverse=True))})(?!\w)\.?"
_ORDINAL = r"(?:st|nd|rd|th|er|\.|º|ª)?"
_DAY = rf"(?P<day>\d{{1,2}}){_ORDINAL}"
# Of "3 to 5 March" the first day is a date as well.
_TO = r" ?(?:[-\u2013\u2014]|\b(?:to|until|and|or|bis|und|au|et|al|y)\b) ?"
_OF = r"(?:of |de |di )?"
# The year of a date in Russian is said to be one: 5 марта 2024 г.
_YEAR = (
    r"(?:,? (?:of |de )?(?P<year>[12]\d{3})(?!\d)(?: (?:года|року)\b| [гр]\.(?!\w)| г(?![\w/]))?)?"
)
_NOT_IN_NUMBER = r"(?<![\d.,:/-])"
_IN_FIGURES = [
    re.compile(pattern)
    for pattern in (
        rf"{_NOT_IN_NUMBER}(?P<year>[12]\d{{3}})(?P<sign>[-/.])(?P<month>\d\d?)(?P=sign)"
        r"(?P<day>\d\d?)(?![\d/]|-\d|\.\d)",
        rf"{_NOT_IN_NUMBER}(?P<year>[12]\d{{3}})\. (?P<month>\d\d?)\. (?P<day>\d\d?)(?!\d)",
        rf"{_NOT_IN_NUMBER}(?P<one>\d\d?)(?P<sign>[-/.])(?P<two>\d\d?)(?P=sign)"
        r"(?P<year>[12]\d{3})(?![\d/-]|\.\d)",
        # With a year of two digits: 3/5/24, and what can be no version and no clause: 03.05.24.
        rf"{_NOT_IN_NUMBER}(?P<one>\d\d?)(?P<sign>/)(?P<two>\d\d?)/(?P<year>\d\d)"
        r"(?![\d/-]|\.\d)",
        rf"{_NOT_IN_NUMBER}(?P<one>\d\d)(?P<sign>[-.])(?P<two>\d\d)(?P=sign)(?P<year>\d\d)"
        r"(?![\d/-]|\.\d)",
    )
]
_IN_EASTERN = [
    re.compile(pattern)
    for pattern in (
        r"(?P<year>[12]\d{3}) ?[년年],? ?(?P<month>\d\d?) ?[월月] ?(?P<day>\d\d?) ?[일日号號]",
        r"(?<!\d)(?P<month>\d\d?) ?[월月] ?(?P<day>\d\d?) ?[일日号號]",
    )
]
_IN_VIETNAMESE = re.compile(
    r"ngày (?P<day>\d\d?) tháng (?P<month>\d\d?)(?: năm (?P<year>[12]\d{3}))?(?!\d)", re.IGNORECASE
)
_IN_WORDS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NOT_IN_NUMBER}(?:(?P<other>\d\d?){_ORDINAL}{_TO})?{_DAY} {_OF}{_NAME}{_YEAR}",
        rf"{_NOT_IN_NUMBER}(?P<day>\d\d?)-{_NAME}-(?P<year>[12]\d{{3}}|\d\d)(?!\d)",
        rf"{_NOT_IN_NUMBER}(?P<year>[12]\d{{3}})\. {_NAME} {_DAY}(?!\d|\.\d)",
        rf"(?<!\w){_NAME} {_DAY}(?:{_TO}(?P<other>\d\d?){_ORDINAL})?(?![\d.]\d|\d){_YEAR}",
    )
]
_MONTH_OF_YEAR = re.compile(
    rf"{_NOT_IN_NUMBER}(?:(?P<a>[12]\d{{3}})-(?P<m>0\d|1[0-2])(?![\d/-]|\.\d)"
    r"|(?P<n>0?\d|1[0-2])/(?P<b>[12]\d{3})(?![\d/-])"
    r"|(?P<c>[12]\d{3}) ?[년年] ?(?P<o>\d\d?) ?[월月](?! ?\d))"
)
_FIGURES = re.compile(r"\d[-/.] ?\d\d?[-/.] ?\d")
_BETWEEN_WORDS = re.compile(r"[-\s.,;:()]+")
MAX_MONTH, MAX_DAY = 12, 31
FIRST_OF_LAST_CENTURY = 70
_NUMBER = r"(?<![\w.,])\.\d+|\d+(?:[.,:]\d+)*"
# 1 500 000: groups of three digits, the first of them of no year.
_SPACED = r"(?<![\d.,:/-])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d{1,2})?(?![\d:/-]|[.,]\d| \d)"
_POWER = r"\d+(?:[.,]\d+)?(?:[eE]| ?[x×*·] ?10 ?\^ ?)[-+\u2212\u2013]?\d{1,3}(?!\w)"
# World War II, chapter IV; other letters are as often something else.
_ROMAN = r"(?<![\w.-])(?=[IVX]{2})X{0,3}(?:IX|IV|V?I{0,3})(?![A-Za-z0-9_-])"
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10}
# 2019-20 and 2019/20 end in 2020.
_SHORT_END = re.compile(r"(?<!\d)([12]\d)\d\d[-\u2013/]\Z")
_SHORT_YEAR = re.compile(r"(?:\bFY ?|(?<![\w\d])['’])\Z", re.IGNORECASE)
_VERSION = re.compile(r"(?:\bv\.? ?|\bversion |\brelease |버전 ?|版本 ?)\Z", re.IGNORECASE)
_LARGE = {"만": 4, "萬": 4, "万": 4, "억": 8, "億": 8, "亿": 8, "조": 12, "兆": 12}
_SMALL = {"": 0, "십": 1, "백": 2, "천": 3, "千": 3, "百": 2}
_PART = rf"(\d+(?:[.,]\d+)*) ?([십백천千百]?)([{''.join(_LARGE)}]?)"
_EAST = re.compile(
    rf"(?<![\d.,제第])(?:\d+(?:[.,]\d+)* ?[십백천千百]?[{''.join(_LARGE)}] ?){{1,4}}"
    r"(?:\d+(?:[.,]\d+)* ?[십백천千百]?(?![\d년월일년항호조年月日.]))?"
)
_EAST_PART = re.compile(_PART)
_TOKEN = re.compile(
    rf"(?=[\d.IVX])(?:(?P<power>{_POWER})|(?P<spaced>{_SPACED})|(?P<roman>{_ROMAN})|{_NUMBER})"
)

_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_LAKHS = re.compile(r"\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d+)?")
_POINTS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?")
_ONE_POINT = re.compile(r"[1-9]\d{0,2}\.\d{3}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a date at its place. `values` are its readings, the likeliest first.

    `parts` are the numbers that a date consists of, or that digits parted by spaces may be;
    `month` is the number of its month, 0 for none. A year with a month, 2024-03, is no date: its
    value is the year.
    """

    start: int
    end: int
    values: tuple[str, ...]
    parts: frozenset[str] = frozenset()
    month: int = 0

    @property
    def is_date(self) -> bool:
        return bool(self.month) and "-" in self.values[0]


def scan(text: str) -> Iterator[Quantity]:
    """The numbers and dates of a text as it looks (`documents.text.words.plain`)."""
    candidates = sorted(_find_dates(text), key=lambda each: (each.start, -each.end))
    end = 0
    dates: list[Quantity] = []
    for each in candidates:
        if each.start >= end:
            dates.append(each)
            end = each.end
    yield from sorted([*dates, *_find_numbers(text, dates)], key=lambda each: each.start)


def is_known(values: Iterable[str], known: Set[str], bare: Set[str]) -> bool:
    """Return whether one of the readings is among those of another text.

    A date is also known by its day and month where its year stands by itself, and without its
    year if any date is of that day. `bare` are the other text's numbers without its dates.
    """
    return any(
        value in known or ("-" in value and _is_known_date(value, known, bare)) for value in values
    )


def _is_known_date(date: str, known: Set[str], bare: Set[str]) -> bool:
    year, _, day = date.partition("-") if date[0] != "-" else ("", "", date[2:])
    if not year:
        return any(each.endswith(f"-{day}") for each in known)
    return f"--{day}" in known and year in bare


def _find_dates(text: str) -> Iterator[Quantity]:
    """Yield dates by each pattern for which the text has the signs; most texts have none."""
    yield from _find_months_of_years(text)
    patterns = [*_IN_FIGURES] if _FIGURES.search(text) else []
    if "월" in text or "月" in text:
        patterns += _IN_EASTERN
    if "tháng" in text:
        patterns.append(_IN_VIETNAMESE)
    if not MONTH_OF.keys().isdisjoint(_BETWEEN_WORDS.split(text.casefold())):
        patterns += _IN_WORDS
    for pattern in patterns:
        for found in pattern.finditer(text):
            if quantity := _read_date(found):
                yield quantity


def _find_months_of_years(text: str) -> Iterator[Quantity]:
    for found in _MONTH_OF_YEAR.finditer(text):
        year = found["a"] or found["b"] or found["c"]
        month = int(found["m"] or found["n"] or found["o"])
        # 2010-11 is a season as well.
        if 1 <= month <= MAX_MONTH and not (found["m"] and month == (int(year) + 1) % 100):
            parts = frozenset({str(month)})
            yield Quantity(found.start(), found.end(), (year,), parts, month)


def _read_date(match: re.Match[str]) -> Quantity | None:
    groups = match.groupdict()
    year = _complete_year(groups.get("year") or "")
    if one := groups.get("one"):
        orders = [(int(groups["two"]), int(one)), (int(one), int(groups["two"]))]
        if groups["sign"] == "." and orders[0][0] <= MAX_MONTH:
            # Where dates have full stops the day comes first.
            orders = orders[:1]
    else:
        name = groups["month"]
        month = int(name) if name.isdecimal() else MONTH_OF[name.casefold()]
        orders = [(month, int(groups["day"]))]
    orders = [(m, d) for m, d in orders if 1 <= m <= MAX_MONTH and 1 <= d <= MAX_DAY]
    if not orders:
        return None
    values = tuple(dict.fromkeys(_format_date(year, m, d) for m, d in orders))
    parts = {str(n) for order in orders for n in order} | ({year} if year else set())
    if other := groups.get("other"):
        parts |= {other, _format_date(year, orders[0][0], int(other))}
    return Quantity(match.start(), match.end(), values, frozenset(parts), orders[0][0])


def _complete_year(year: str) -> str:
    """Return a year of two digits as one of this century, or of the last from 1970 on."""
    if len(year) != 2:  # noqa: PLR2004 - of two digits
        return year
    return f"{20 if int(year) < FIRST_OF_LAST_CENTURY else 19}{year}"


def _format_date(year: str, month: int, day: int) -> str:
    return f"{year or '-'}-{month:02}-{day:02}"


def _find_numbers(text: str, dates: list[Quantity]) -> Iterator[Quantity]:
    """Yield the numbers between the dates."""
    at = 0
    for start, end in [*((each.start, each.end) for each in dates), (len(text), len(text))]:
        for found in _EAST.finditer(text, at, start) if not text.isascii() else ():
            yield from _find_western(text, at, found.start())
            total = sum(_read_eastern(part) for part in _EAST_PART.finditer(found[0]))
            at = found.start() + len(found[0].rstrip())
            yield Quantity(found.start(), at, (plain_number(total),))
        yield from _find_western(text, at, start)
        at = end


def _find_western(text: str, start: int, end: int) -> Iterator[Quantity]:
    for found in _TOKEN.finditer(text, start, end):
        yield Quantity(found.start(), found.end(), *_read_values(text, found))


def _read_values(text: str, match: re.Match[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """The readings of a number at its place, and the numbers that it may be put together from."""
    number, before = match[0], text[max(0, match.start() - 12) : match.start()]
    if match["power"]:
        base, exponent = re.split(r"[eE]|\^", re.sub(r" ?[x×*·] ?10 ?\^ ?", "e", number))
        exponent = exponent.replace("\u2212", "-").replace("\u2013", "-")
        value = float(f"{base.replace(',', '.')}e{exponent.strip()}")
        return (_format_scientific(value),), frozenset()
    if match["spaced"]:
        groups = number.split(" ")
        # Digits in columns are rarely three noughts.
        parts = () if "000" in groups[1:] else re.findall(r"\d+", number)
        return readings(number.replace(" ", "")), frozenset(parts)
    if match["roman"]:
        return (str(_read_roman(number)),), frozenset()
    # 2.10 is 2.1, but as a version it is another.
    as_written = (number,) if number.endswith("0") and "." in number else ()
    if _VERSION.search(before):
        return (number, *(each.removesuffix(".0") for each in as_written)), frozenset()
    return (*readings(number), *as_written, *_read_year(number, before)), frozenset()


def _read_year(number: str, before: str) -> Iterator[str]:
    """The whole year that a number of two digits stands for behind what is before it."""
    if len(number) != 2 or not number.isdecimal():  # noqa: PLR2004 - of two digits
        return
    start = _SHORT_END.search(before)
    if start and number > start[0][2:4]:
        yield f"{start[1]}{number}"
    elif _SHORT_YEAR.search(before):
        yield _complete_year(number)


def _read_roman(number: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in number]
    after = [*values[1:], 0]
    return sum(-n if n < following else n for n, following in zip(values, after, strict=True))


def _format_scientific(value: float) -> str:
    return plain_number(value) if 1e-3 <= abs(value) < 1e15 else f"{value:.6e}"  # noqa: PLR2004


def _read_eastern(part: re.Match[str]) -> float:
    """Multiply out a part: 5천만 is 5 times a thousand times ten thousand."""
    value = readings(part[1])[0]
    number = float(value) if value.replace(".", "", 1).isdecimal() else 0.0
    return number * 10.0 ** (_SMALL[part[2]] + (_LARGE[part[3]] if part[3] else 0))


def readings(number: str) -> tuple[str, ...]:
    """The values that a number may have, as `plain_number` writes them.

    Times, versions and addresses (10:30, 3.1.4) are compared as they are written.
    """
    if _COMMAS.fullmatch(number) or _LAKHS.fullmatch(number):
        return (plain_number(float(number.replace(",", ""))),)
    if _POINTS.fullmatch(number):
        whole = plain_number(float(number.replace(".", "").replace(",", ".")))
        if _ONE_POINT.fullmatch(number):
            return (plain_number(float(number)), whole)
        return (whole,)
    bare = number.replace(",", ".")
    if ":" in bare or bare.count(".") > 1:
        return (bare,)
    return (plain_number(float(bare)),)


def plain_number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
