"""Years as other calendars count them, which workbooks of Japan, Taiwan and Thailand show."""

from datetime import datetime

JAPANESE, TAIWANESE, THAI = "japanese", "taiwanese", "thai"
# Where a code says neither, one with the name of an era is of Japan.
_LANGUAGES = {0x411: JAPANESE, 0x404: TAIWANESE, 0x41E: THAI}
_NAMES = {"ja": JAPANESE, "zh-tw": TAIWANESE, "th": THAI}
_CALENDARS = {3: JAPANESE, 4: TAIWANESE, 7: THAI}
# The first day of each era, its sign and its name.
_ERAS = (
    ((2019, 5, 1), "R", "令和"),
    ((1989, 1, 8), "H", "平成"),
    ((1926, 12, 25), "S", "昭和"),
    ((1912, 7, 30), "T", "大正"),
    ((1868, 1, 25), "M", "明治"),
)
_BEFORE_REPUBLIC, _BEFORE_CHRIST = 1911, 543


def find(locale: str) -> str:
    """Return the calendar of a code's locale, `411` or `1070411E` or `ja-JP`; "" if it has none."""
    locale = locale.partition(",")[0].lower()
    for name, calendar in _NAMES.items():
        if locale == name or locale.startswith(f"{name}-"):
            return calendar
    try:
        number = int(locale, 16)
    except ValueError:
        return ""
    return _CALENDARS.get(number >> 16 & 0xFF) or _LANGUAGES.get(number & 0xFFFF, "")


def is_buddhist(locale: str) -> bool:
    """Tell whether all years of a code are those of the Buddhist calendar."""
    try:
        return int(locale.partition(",")[0], 16) >> 16 & 0xFF == 7  # noqa: PLR2004
    except ValueError:
        return False


def show_year(moment: datetime, calendar: str, length: int) -> str:
    """Return the year of an era, in at least so many digits."""
    if calendar == TAIWANESE:
        year = moment.year - _BEFORE_REPUBLIC
    elif calendar == THAI:
        year = moment.year + _BEFORE_CHRIST
    else:
        first = _find_era(moment)[0] if calendar == JAPANESE else None
        year = moment.year - first[0] + 1 if first else moment.year
    return f"{year:0{min(length, 4)}}" if year > 0 else str(moment.year)


def show_era(moment: datetime, calendar: str, length: int) -> str:
    """Return the name of an era: its sign for g, a letter of it for gg, all of it for ggg."""
    if calendar == TAIWANESE:
        return "中華民國" if length > 2 else "民國"  # noqa: PLR2004
    _, sign, name = _find_era(moment)
    if length > 2:  # noqa: PLR2004
        return name
    return sign if length == 1 else name[:1]


def _find_era(moment: datetime) -> tuple[tuple[int, int, int] | None, str, str]:
    day = (moment.year, moment.month, moment.day)
    return next((era for era in _ERAS if day >= era[0]), (None, "", ""))
