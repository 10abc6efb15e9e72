"""The words and signs beside a figure that say how much it is, and of what kind.

unify_spelling  the text with numbers of several words, fractions and powers in figures
find_kind       whether a number is a share, or the difference between two
"""

import re
import unicodedata

from chat.grounding.eastern_numbers import write_eastern_figures
from chat.grounding.european_numbers import write_european_figures
from chat.grounding.number_words import write_figures
from chat.grounding.numbers import plain_number

SCALES = {
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "bn": 1e9, "hundred": 1e2,
    "tn": 1e12, "thousands": 1e3, "millions": 1e6, "billions": 1e9, "mn": 1e6, "mio": 1e6,
    "mrd": 1e9,
    "tausend": 1e3, "millionen": 1e6, "milliarde": 1e9, "milliarden": 1e9, "milliard": 1e9,
    "milliards": 1e9, "millón": 1e6, "millones": 1e6, "milioni": 1e6, "miliardi": 1e9,
    "milione": 1e6, "miliardo": 1e9, "mila": 1e3, "milhões": 1e6, "milhão": 1e6, "bilhões": 1e9,
    "bilhão": 1e9, "miljoen": 1e6, "miljard": 1e9, "mln": 1e6, "mld": 1e9, "milyon": 1e6,
    "milyar": 1e9, "miljon": 1e6, "miljoner": 1e6, "miljarder": 1e9, "milion": 1e6,
    "miliony": 1e6, "milionów": 1e6, "miliard": 1e9, "miliardy": 1e9, "miliardów": 1e9,
    "млн": 1e6, "миллион": 1e6, "млрд": 1e9, "миллиард": 1e9, "тысяч": 1e3, "тыс": 1e3,
    "lakh": 1e5, "lakhs": 1e5, "crore": 1e7, "crores": 1e7,
    "dozen": 12, "dozens": 12, "dutzend": 12, "douzaine": 12, "douzaines": 12, "docena": 12,
    "docenas": 12, "dozzina": 12, "dozzine": 12, "dúzia": 12, "dúzias": 12, "dozijn": 12,
    "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12,
}  # fmt: skip
# Behind an amount of money; elsewhere they are units: 5 m are metres.
LETTER_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9}
MONEY_BEFORE = re.compile(r"[$€£¥₩₹]\s?\Z")
MONEY_BEHIND = re.compile(r" ?([$€£¥₩₹])")
PER_MILLE = re.compile(r" ?(?:‰|per mille?\b|promille\b|permille\b|퍼밀)", re.IGNORECASE)
PER_CENT = re.compile(r"(?<=\d) ?per cent\b", re.IGNORECASE)
_SHARE = (
    r"(?:%|percent(?:age)?\b|prozent|procent|por ciento|per cento|por cento|pour cent|퍼센트|프로"
    r"|パーセント)"
)
# A rate that rises from 20 % by five of these is 25 %, and one that rises by 5 % is 21 %.
POINTS = re.compile(
    r"[ -]?(?:(?P<basis>basis[ -]points?\b|bps?\b|basispunkte?n?\b|points? de base\b"
    r"|puntos? básicos?\b|베이시스포인트|ベーシスポイント)"
    rf"|{_SHARE}[ -]?(?:points?\b|punkte?n?\b|punten\b|enheter\b|포인트|ポイント|p\b)"
    r"|points? de pourcentage\b|puntos? porcentual(?:es)?\b|punt[oi] percentual[ei]\b"
    r"|pontos? percentua(?:l|is)\b|pp\b|p\.p\.|п\.?п\.|процентных? пункт\w{0,2}"
    r"|punkt\w{0,3} procentow\w{1,3}|yüzde puan|个百分点|個百分點|百分点)",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf" ?{_SHARE}", re.IGNORECASE)
FRACTION = re.compile("(\\d{0,9}) ?([¼½¾⅐-⅞])")
# 1/2 cup, 2 1/2 cups; neither a date nor a page of so many.
_SLASHED = re.compile(
    r"(?<![\w/.,:-])(?:(?P<whole>\d{1,3})[ ])?(?P<part>[1-7])/(?P<of>[234568])(?![\w/-]|[.,:]\d)"
)
# Two thirds of them; a quarter by itself is a part of a year.
_SPOKEN = re.compile(
    r"\b(?P<part>one|two|three|four|five|six|seven)[ -]"
    r"(?P<of>third|quarter|fourth|fifth|sixth|seventh|eighth)s?(?= of\b)",
    re.IGNORECASE,
)
_PARTS = {
    name: n for n, name in enumerate(["one", "two", "three", "four", "five", "six", "seven"], 1)
}
_WHOLES = {"third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8}
RAISED_DIGITS = re.compile("(?<=\\d)[⁰¹²³⁴-⁹⁻⁺]+")
# 80 m² are 80 square metres, where no second number is seen.
_LENGTHS = {"m": "metres", "km": "kilometres", "cm": "centimetres", "mm": "millimetres"}
_POWER_OF_UNIT = re.compile(r"(?<=\d)[ \u00a0]?(?P<length>[kcm]?m)(?P<power>[²³23])(?!\w)")
# The year before the first of each.
_ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_YEAR_OF_ERA = re.compile(rf"({'|'.join(_ERAS)}) ?(元|\d{{1,2}}) ?年")


def unify_spelling(text: str) -> str:
    """The text with numbers of several words, fractions and powers of ten in figures."""
    text = _POWER_OF_UNIT.sub(_write_power_of_unit, text)
    text = _SPOKEN.sub(_write_spoken, write_european_figures(PER_CENT.sub(" percent", text)))
    text = _SLASHED.sub(_write_fraction, write_figures(text))
    if text.isascii():
        return text
    text = write_eastern_figures(text)
    text = _YEAR_OF_ERA.sub(_write_year, FRACTION.sub(_write_decimal, text))
    return RAISED_DIGITS.sub(_write_power, text)


def find_kind(text: str, end: int) -> str:
    """Return "points" or "percent" for a number that ends there, "" for what is no share."""
    if POINTS.match(text, end):
        return "points"
    return "percent" if _PERCENT.match(text, end) or PER_MILLE.match(text, end) else ""


def _write_power_of_unit(match: re.Match[str]) -> str:
    power = "square" if match["power"] in "2²" else "cubic"
    return f" {power} {_LENGTHS[match['length']]}"


def _write_fraction(match: re.Match[str]) -> str:
    part, of = int(match["part"]), int(match["of"])
    return plain_number(int(match["whole"] or 0) + part / of) if part < of else match[0]


def _write_spoken(match: re.Match[str]) -> str:
    part, of = _PARTS.get(match["part"].lower(), 0), _WHOLES.get(match["of"].lower(), 0)
    return plain_number(part / of) if 0 < part < of else match[0]


def _write_decimal(match: re.Match[str]) -> str:
    return plain_number(int(match[1] or 0) + unicodedata.numeric(match[2]))


def _write_year(match: re.Match[str]) -> str:
    return f"{_ERAS[match[1]] + (1 if match[2] == '元' else int(match[2]))}年"


def _write_power(match: re.Match[str]) -> str:
    """Write 10⁶ as 10^6; behind other numbers it is a note, or a power that nobody writes so."""
    before = match.string[max(0, match.start() - 3) : match.start()]
    is_of_ten = before.endswith("10") and not before[:-2].isdecimal()
    return f"^{unicodedata.normalize('NFKC', match[0])}" if is_of_ten else " "
