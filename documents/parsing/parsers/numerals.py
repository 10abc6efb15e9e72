"""Numbers of lists as they are shown: in letters, in Roman numbers, in those of East Asia.

Kinds of numbers have the names that Word gives them; what has none here is written in digits.
"""

from collections.abc import Callable

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_MAX_ROMAN = 3999
# Kinds that count through letters, and go on in digits behind the last.
_LETTERS = {
    "ganada": "가나다라마바사아자차카타파하",
    "chosung": "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
    "aiueo": (
        "アイウエオカキクケコサシスセソタチツテトナニヌ"
        "ネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    ),
    "iroha": (
        "イロハニホヘトチリヌルヲワカヨタレソツネナラム"
        "ウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
    ),
    "hiragana": (
        "あいうえおかきくけこさしすせそたちつてとなにぬ"
        "ねのはひふへほまみむめもやゆよらりるれろわをん"
    ),
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
    "ideographEnclosedCircle": "㊀㊁㊂㊃㊄㊅㊆㊇㊈㊉",
    "decimalEnclosedCircle": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    "russianLower": "абвгдежзиклмнопрстуфхцчшщыэюя",
    "russianUpper": "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
    "lowerGreek": "αβγδεζηθικλμνξοπρστυφχψω",
    "upperGreek": "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
    "arabicAlpha": "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "arabicAbjad": "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
    "thaiLetters": "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
}
_SAME = {
    "aiueoFullWidth": "aiueo",
    "irohaFullWidth": "iroha",
    "decimalEnclosedCircleChinese": "decimalEnclosedCircle",
    "taiwaneseCounting": "chineseCounting",
    "taiwaneseCountingThousand": "chineseCountingThousand",
    "taiwaneseDigital": "ideographDigital",
    "japaneseDigitalTenThousand": "ideographDigital",
}
_DIGITS = {
    "ideographDigital": "〇一二三四五六七八九",
    "koreanDigital": "영일이삼사오육칠팔구",
    "koreanDigital2": "零一二三四五六七八九",
    "thaiNumbers": "๐๑๒๓๔๕๖๗๘๙",
    "hindiNumbers": "०१२३४५६७८९",
}
# Digits, the words for ten, a hundred and a thousand, whether a one is written before them, and
# what stands for places that are left out.
_COUNTED = {
    "chineseCountingThousand": ("一二三四五六七八九", "十百千", True, "零"),
    "chineseLegalSimplified": ("壹贰叁肆伍陆柒捌玖", "拾佰仟", True, "零"),
    "ideographLegalTraditional": ("壹貳參肆伍陸柒捌玖", "拾佰仟", True, "零"),
    "japaneseCounting": ("一二三四五六七八九", "十百千", False, ""),
    "japaneseLegal": ("壱弐参四伍六七八九", "拾百阡", True, ""),
    "koreanCounting": ("일이삼사오육칠팔구", "십백천", False, ""),
}
_MAX_COUNTED = 9_999
_KOREAN_ONES = ("", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉")
_KOREAN_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_HEBREW = (
    *((400, "ת"), (300, "ש"), (200, "ר"), (100, "ק"), (90, "צ"), (80, "פ"), (70, "ע"), (60, "ס")),
    *((50, "נ"), (40, "מ"), (30, "ל"), (20, "כ"), (16, "טז"), (15, "טו"), (10, "י"), (9, "ט")),
    *((8, "ח"), (7, "ז"), (6, "ו"), (5, "ה"), (4, "ד"), (3, "ג"), (2, "ב"), (1, "א")),
)
_MAX_HEBREW, _MAX_KOREAN = 999, 99


def write(number: int, kind: str) -> str:
    """Return a number as lists of a kind show it, by the name that the kind has in Word."""
    if number < 1:
        return f"{number:02}" if kind == "decimalZero" else str(number)
    kind = _SAME.get(kind, kind)
    if kind in _LETTERS:
        letters = _LETTERS[kind]
        return letters[number - 1] if number <= len(letters) else str(number)
    if kind in _DIGITS:
        return "".join(_DIGITS[kind][int(digit)] for digit in str(number))
    if kind in _COUNTED:
        return _count(number, kind) if number <= _MAX_COUNTED else str(number)
    return _WRITTEN[kind](number) if kind in _WRITTEN else str(number)


def _write_letter(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 10)


def _write_roman(number: int) -> str:
    return _add_up(number, _ROMAN) if number <= _MAX_ROMAN else str(number)


def _write_hebrew(number: int) -> str:
    return _add_up(number, _HEBREW) if number <= _MAX_HEBREW else str(number)


def _add_up(number: int, values: tuple[tuple[int, str], ...]) -> str:
    written = ""
    for value, letters in values:
        written += letters * (number // value)
        number %= value
    return written


def _write_korean(number: int) -> str:
    tens, ones = divmod(number, 10)
    return _KOREAN_TENS[tens] + _KOREAN_ONES[ones] if number <= _MAX_KOREAN else str(number)


def _write_chinese(number: int) -> str:
    """Write a number of two places in words, a longer one by its digits."""
    kind = "chineseCountingThousand" if number < 100 else "ideographDigital"  # noqa: PLR2004
    return write(number, kind)


def _count(number: int, kind: str) -> str:
    digits, tens, has_one, gap = _COUNTED[kind]
    written, is_gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if not digit:
            is_gap = bool(written)
            continue
        # Of what is less than twenty, Chinese tells the ten alone.
        is_ten = kind == "chineseCountingThousand" and place == 1 and not written
        named = digits[digit - 1] if digit > 1 or not place or (has_one and not is_ten) else ""
        written += (gap if is_gap else "") + named + (tens[place - 1] if place else "")
        is_gap = False
    return written


_WRITTEN: dict[str, Callable[[int], str]] = {
    "lowerLetter": _write_letter,
    "upperLetter": lambda number: _write_letter(number).upper(),
    "lowerRoman": _write_roman,
    "upperRoman": lambda number: _write_roman(number).upper(),
    "chineseCounting": _write_chinese,
    "koreanLegal": _write_korean,
    "hebrew1": _write_hebrew,
    "decimalZero": lambda number: f"{number:02}",
    "decimalEnclosedFullstop": lambda number: f"{number}.",
    "decimalEnclosedParen": lambda number: f"({number})",
    "numberInDash": lambda number: f"- {number} -",
    "hex": lambda number: f"{number:X}",
}
