"""Numbers that are spelled out in Chinese characters, Hangul or Thai, as figures: 三百 as 300.

A character of these is as often part of another word, so that only what is a number by its form
or by what it counts is read as one.
"""

import re
from collections.abc import Sequence

DIGITS = {
    **dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)),
    "两": 2,
    "兩": 2,
}
UNITS = {"十": 10, "百": 100, "千": 1000}
SCALES = {"万": 10**4, "萬": 10**4, "億": 10**8, "亿": 10**8, "兆": 10**12}
_HAN = "".join((*DIGITS, *UNITS, *SCALES))
MAX_CHARS = 24
_NUMBER = rf"[{_HAN}]{{1,{MAX_CHARS}}}"
# 一 before these is as often "once" or "a whole".
_COUNTING = "二三四五六七八九十两兩"
_COUNTERS = "个月|個月|[かヶカケ]月|小时|小時|時間|分钟|分鐘|分間|週間|星期|[天周週次倍岁歳元円名]"
# Of what is not spelled out further a sign that it counts: a day, a chapter.
_SURE = re.compile(
    rf"(?<![{_HAN}\d])(?:百分之(?P<share>{_NUMBER}|\d+(?:\.\d+)?)"
    rf"|(?P<of>{_NUMBER})分之(?P<part>{_NUMBER})"
    rf"|(?P<counted>(?<=第){_NUMBER}|{_NUMBER}(?=[年月日号號])|[{_COUNTING}]{{1,3}}(?={_COUNTERS}))"
    rf"|(?P<plain>{_NUMBER}))(?![{_HAN}])"
)
_YEAR = re.compile("[〇零一二三四五六七八九]{4}")
# 千万 is "by all means" as well.
_IDIOMS = {"千万", "千萬", "百千", "百千万", "百千萬"}

_SINO = dict(zip("일이삼사오육칠팔구", range(1, 10), strict=True)) | {"륙": 6, "영": 0}
_SINO_UNITS = {"십": 10, "백": 100, "천": 1000}
_SINO_SCALES = {"만": 10**4, "억": 10**8}
_TENS = {
    "열": 10, "스무": 20, "스물": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70,
    "여든": 80, "아흔": 90,
}  # fmt: skip
_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "넷": 4, "네": 4, "다섯": 5,
    "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_COUNTED = (
    "(?= ?(?:원|명|개|년|퍼센트|%|프로|달러|유로|엔|세|살|배|번|권|대|마리|회|건|점|사람|층|호"
    "|시간|분|초|일간|주|달|킬로|미터|그램|톤|평|가지|곳|장|팀|쪽|페이지))"
)
_SINO_RUN = re.compile(
    rf"(?<![\w])[{''.join((*_SINO, *_SINO_UNITS, *_SINO_SCALES))}]{{2,{MAX_CHARS}}}{_COUNTED}"
)
_SINO_DAY = re.compile(
    r"(?<!\w)([일이삼사오유육칠팔구시십]{1,2})월 ?([일이삼사오육칠팔구십]{1,3})일"
)
# 세대 is a generation, and 열대 the tropics, so that what is short stands before a space.
_NATIVE_RUN = re.compile(
    rf"(?<!\w)(?:(?P<tens>{'|'.join(_TENS)})(?P<ones>{'|'.join(_ONES)}){_COUNTED}"
    rf"|(?P<short>{'|'.join((*_TENS, *_ONES))})(?=[ 명개]){_COUNTED})"
)
_THAI = {
    "หนึ่ง": 1, "เอ็ด": 1, "สอง": 2, "ยี่": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7, "แปด": 8,
    "เก้า": 9,
}  # fmt: skip
_THAI_UNITS = {"สิบ": 10, "ร้อย": 100, "พัน": 1000, "หมื่น": 10**4, "แสน": 10**5}
_THAI_SCALES = {"ล้าน": 10**6}
_THAI_WORD = re.compile("|".join((*_THAI, *_THAI_UNITS, *_THAI_SCALES)))
# Of a single unit nothing is counted: ร้อยละ is per cent.
_THAI_RUN = re.compile(
    rf"(?:(?:{'|'.join(_THAI)})(?:{'|'.join((*_THAI_UNITS, *_THAI_SCALES))}){{1,2}}){{1,8}}"
    rf"(?:{'|'.join(_THAI)})?"
)
_MONTHS = {"유": "육", "시": "십"}


def write_eastern_figures(text: str) -> str:
    """The text with numbers in Chinese characters, Hangul and Thai as figures."""
    text = _SURE.sub(_write_han, text)
    text = _THAI_RUN.sub(_write_thai, text)
    text = _SINO_DAY.sub(_write_day, text)
    return _NATIVE_RUN.sub(_write_native, _SINO_RUN.sub(_write_sino, text))


def _write_han(found: re.Match[str]) -> str:
    if share := found["share"]:
        value = share if share[0].isascii() else _read(share)
        return found[0] if value is None else f"{value}%"
    if found["of"]:
        of, part = _read(found["of"]), _read(found["part"])
        return found[0] if of is None or part is None else f"{part}/{of}"
    counted = found["counted"]
    if counted and _YEAR.fullmatch(counted):
        return "".join(str(DIGITS[char]) for char in counted)
    number = counted or found["plain"]
    is_spelled_out = len(number) > 1 and number not in _IDIOMS
    value = _read(number) if counted or is_spelled_out else None
    return found[0] if value is None else str(value)


def _write_day(found: re.Match[str]) -> str:
    month, day = (_read_sino(_MONTHS.get(each, each)) for each in found.groups())
    return found[0] if month is None or day is None else f"{month}월 {day}일"


def _write_sino(found: re.Match[str]) -> str:
    value = _read_sino(found[0])
    return found[0] if value is None else str(value)


def _write_thai(found: re.Match[str]) -> str:
    value = _compute(_THAI_WORD.findall(found[0]), _THAI, _THAI_UNITS, _THAI_SCALES)
    return found[0] if value is None else str(value)


def _write_native(found: re.Match[str]) -> str:
    short = found["short"] or ""
    value = _TENS.get(found["tens"] or short, 0) + _ONES.get(found["ones"] or short, 0)
    # "One" is as often an article.
    return str(value) if value > 1 else found[0]


def _read_sino(number: str) -> int | None:
    return _compute(number, _SINO, _SINO_UNITS, _SINO_SCALES)


def _read(number: str) -> int | None:
    return _compute(number, DIGITS, UNITS, SCALES)


def _compute(
    number: Sequence[str], digits: dict[str, int], units: dict[str, int], scales: dict[str, int]
) -> int | None:
    """Return the value of a number with its units, None for what is none or may be two.

    三百五 is 350 to some and 305 to others.
    """
    total, part, digit, last = 0, 0, -1, 10**16
    unit = 10**6
    for char in number:
        if char in digits:
            if digit > 0:
                return None
            digit = digits[char]
        elif char in units:
            if units[char] >= unit or digit == 0:
                return None
            unit = units[char]
            part, digit = part + max(digit, 1) * unit, -1
        else:
            part += max(digit, 0)
            if not part or scales[char] >= last:
                return None
            total, last = total + part * scales[char], scales[char]
            part, digit, unit = 0, -1, 10**6
    is_short = digit > 0 and len(number) > 1 and number[-2] in {*units, *scales}
    if is_short and units.get(number[-2]) != 10:  # noqa: PLR2004 - 二十五 is plain
        return None
    return total + part + max(digit, 0)
