"""A text as terms that can be compared: stems of words, pairs of CJK characters, numbers."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from aiapp.text.stems import CJK_RUN, HANGUL, stem
from aiapp.text.vocabulary import FUNCTION
from chat.grounding import words
from chat.grounding.figures import (
    LETTER_SCALES,
    MONEY_BEFORE,
    MONEY_BEHIND,
    PER_MILLE,
    POINTS,
    SCALES,
    find_kind,
    unify_spelling,
)
from chat.grounding.letters import WORD, cut_word, is_run
from chat.grounding.manner import unify_manner
from chat.grounding.numbers import (
    MONTH_NAMES,
    MONTH_OF,
    Quantity,
    is_known,
    plain_number,
    scan,
)
from documents.text.words import plain, without_grouping, without_points

WORD_BEHIND = re.compile(rf"[\s(-]{{0,2}}({WORD.pattern})")
SPAN_OF_SCALED = re.compile(
    r" ?(?:[-\u2013\u2014~]|to|bis|à|a) ?[$€£¥]?\d[\d.,]{0,12}[ ]?(?P<scale>[^\W\d_]{4,12})"
)
YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
COUNTED = re.compile(r" [^\W\d_]{2}")
MINUS = re.compile(r"(?:\A|[^\w\s.,)%]|(?<![\d%])\s)[-\u2212\u2013][$€£¥₩₹]?\Z")
YEAR_BEHIND = re.compile(r"[.,]{0,2} (?:of |de )?[12]\d{3}(?!\d)")
CURRENCIES = {
    name: line.split()[0] for line in words.CURRENCIES.strip().splitlines() for name in line.split()
}
UNIT_WORDS = {
    name: line.split()[0] for line in words.UNIT_WORDS.strip().splitlines() for name in line.split()
}
PERCENT = frozenset(words.PERCENT.split())
NUMBER_WORDS = {
    word: float(n) for n, same in enumerate(words.NUMBERS.split(";"), 2) for word in same.split()
} | {
    "zero": 0.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "seventy": 70.0,
    "eighty": 80.0,
}
ORDINAL_ENDINGS = frozenset({"st", "nd", "rd", "th"})
FUNCTION_WORDS = frozenset(FUNCTION.split())
# Of a longer text the terms are not kept for when it comes again.
MAX_KEPT_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it stands, its stem, and whether it begins with a capital."""

    word: str
    stem: str
    start: int

    @property
    def is_function(self) -> bool:
        word = self.word.lower().replace("’", "'")
        return word in FUNCTION_WORDS or word.endswith("n't")

    @property
    def is_capital(self) -> bool:
        return self.word[:1].isupper()


@dataclass(slots=True)
class Terms:
    """The terms of a text: `content` the stems and pairs with meaning, `numbers` values in full.

    `sequence` holds words and numbers in the order of the text, in the same form. `known` are all
    values that a number of the text may have, and the parts of its dates; `bare` are those of
    numbers that belong to no date. `stems` are those of all words and of the months of its dates,
    `months` the latter alone and what signs stand for, as € for "euro". `currencies` are those of
    its amounts. A number of `negative` has a minus before it, one of `positive` has none; one of
    `percents` is a share, one of `points` the difference between two, and one of `counts` says how
    many there are of what the word behind it names.
    """

    text: str
    tokens: list[Token] = field(default_factory=list)
    content: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    sequence: list[str] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    bare: set[str] = field(default_factory=set)
    months: set[str] = field(default_factory=set)
    readings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)
    currencies: set[str] = field(default_factory=set)
    negative: set[str] = field(default_factory=set)
    positive: set[str] = field(default_factory=set)
    percents: set[str] = field(default_factory=set)
    points: set[str] = field(default_factory=set)
    counts: set[str] = field(default_factory=set)

    def has_number(self, number: str, of: "Terms", years: Collection[str] = ()) -> bool:
        """Return whether a number or date of another text is one of this, or of `years`."""
        readings = of.readings.get(number, (number,))
        if not years:
            return is_known(readings, self.known, self.bare)
        return is_known(readings, self.known.union(years), self.bare.union(years))

    def share_of(self, other: "Terms") -> float:
        """Return how much of another text's words and numbers this one has, from 0 to 1."""
        hits = len(other.content & (self.content | self.months))
        hits += sum(self.has_number(number, other) for number in other.numbers)
        return hits / len(other.content | other.numbers)

    def means(self, term: str) -> bool:
        """Check whether a term of this text's sequence carries meaning."""
        return term in self.content or term in self.numbers or is_run(term)

    def knows(self, term: str, of: "Terms") -> bool:
        """Return whether a term of another text occurs here; of a CJK word a part does."""
        if HANGUL.match(term):
            # Particles stand at the end.
            return len(term) == 1 or term[:2] in self.content
        if is_run(term):
            return bool(cut_word(term) & self.content)
        return term in self.content or (term in of.numbers and self.has_number(term, of))


def terms(text: str) -> Terms:
    """Read a text. Equal short texts are read once; what comes back is not to be changed."""
    return _read_cached(text) if len(text) <= MAX_KEPT_CHARS else _read(text)


@lru_cache(maxsize=512)
def _read_cached(text: str) -> Terms:
    return _read(text)


def _read(text: str) -> Terms:
    # One character may stand for a sentence of eighteen (U+FDFA); a text of those is no text.
    looks = unify_manner(without_points(plain(without_grouping(unify_spelling(text)))))
    result = Terms(looks[: 2 * len(text) + MAX_KEPT_CHARS])
    at, before = 0, None
    for quantity in scan(result.text):
        for match in WORD.finditer(result.text, at, quantity.start):
            _add_word(result, match, before if match.start() - at <= 1 else None)
        at, before = _add_quantity(result, quantity), quantity
    for match in WORD.finditer(result.text, at):
        _add_word(result, match, before if match.start() - at <= 1 else None)
    result.stems = {token.stem for token in result.tokens} | result.months
    return result


def _add_quantity(result: Terms, quantity: Quantity) -> int:
    """Return where it ends, with the word that multiplies it."""
    values, end = quantity.values, quantity.end
    if not quantity.is_date:
        scale, end = _find_scale(result.text, quantity)
        values = tuple(_multiply(value, scale) for value in values)
        _add_signs(result, quantity, values[0])
    result.sequence.append(values[0])
    result.numbers.add(values[0])
    result.readings[values[0]] = values
    result.known.update(values, () if _is_amount(result.text, quantity) else quantity.parts)
    month = stem(MONTH_NAMES[quantity.month - 1]) if quantity.month else ""
    if month:
        result.months.add(month)
    if not quantity.is_date:
        result.bare.update(values)
        result.content.update({month} - {""})
    return end


def _add_signs(result: Terms, quantity: Quantity, value: str) -> None:
    """The signs beside a number: a minus, brackets that may stand for one, a currency's, %."""
    if kind := find_kind(result.text, quantity.end):
        (result.points if kind == "points" else result.percents).add(value)
    elif COUNTED.match(result.text, quantity.end):
        result.counts.add(value)
    before = result.text[max(0, quantity.start - 4) : quantity.start]
    if MINUS.search(before):
        result.negative.add(value)
    elif not (before.endswith("(") and result.text.startswith(")", quantity.end)):
        result.positive.add(value)
    sign = MONEY_BEFORE.search(before) or MONEY_BEHIND.match(result.text, quantity.end)
    if sign and (sign[0].strip() == "¥"):
        result.months |= {stem("yen"), stem("yuan")}
    elif sign:
        name = CURRENCIES[sign[0].strip()]
        result.currencies.add(name)
        result.months.add(stem(name))


def _is_amount(text: str, quantity: Quantity) -> bool:
    """Return whether it is one amount of money, however its digits are parted: 1 234 euros."""
    if quantity.is_date or quantity.month:
        return False
    behind = WORD_BEHIND.match(text, quantity.end, quantity.end + 40)
    return bool(
        (behind and behind[1].lower() in CURRENCIES)
        or MONEY_BEHIND.match(text, quantity.end)
        or MONEY_BEFORE.search(text[max(0, quantity.start - 2) : quantity.start])
    )


def _find_scale(text: str, quantity: Quantity) -> tuple[float, int]:
    """Return what the word behind a number multiplies it by, and where that ends."""
    if share := PER_MILLE.match(text, quantity.end):
        return 0.1, share.end()
    if points := POINTS.match(text, quantity.end):
        return 0.01 if points["basis"] else 1.0, points.end()
    if scale := _find_scale_of_span(text, quantity):
        return scale, quantity.end
    return _find_scale_behind(text, quantity)


def _find_scale_of_span(text: str, quantity: Quantity) -> float:
    """Return the scale of "5 to 10 million" and "$52–55 million", of the first number too; or 0."""
    span = SPAN_OF_SCALED.match(text, quantity.end)
    is_year = YEAR.fullmatch(text[quantity.start : quantity.end])
    if span is None or quantity.month or is_year:
        return 0.0
    return SCALES.get(span["scale"].lower(), 0.0)


def _find_scale_behind(text: str, quantity: Quantity) -> tuple[float, int]:
    match = None if quantity.month else WORD_BEHIND.match(text, quantity.end, quantity.end + 40)
    if match is None:
        return 1.0, quantity.end
    following = match[1].lower()
    is_money = MONEY_BEFORE.search(text[max(0, quantity.start - 2) : quantity.start])
    if is_money and match.start(1) <= quantity.end + 1 and following in LETTER_SCALES:
        return LETTER_SCALES[following], match.end()
    if following in SCALES:
        return SCALES[following], quantity.end if CJK_RUN.match(following) else match.end()
    begun = (SCALES[name] for name in SCALES if _is_scaled(following, name))
    return next(begun, 1.0), quantity.end


def _multiply(value: str, scale: float) -> str:
    is_number = scale != 1 and value.replace(".", "", 1).isdecimal()
    return plain_number(float(value) * scale) if is_number else value


def _add_word(result: Terms, match: re.Match[str], before: Quantity | None) -> None:
    """Add a word; `before` is the number that stands right before it."""
    word = match[0]
    if is_run(word):
        if not (before and word in PERCENT):
            result.tokens.append(Token(word, word, match.start()))
            result.sequence.append(word)
            result.content |= cut_word(word)
        return
    lower = word.lower()
    token = Token(word, _find_stem(result, match, before), match.start())
    result.tokens.append(token)
    result.sequence.append(token.stem)
    if lower == "one":
        # As often a pronoun as a number, so that nothing has to have it.
        result.known.add("1")
        result.bare.add("1")
    if lower in NUMBER_WORDS:
        number = plain_number(NUMBER_WORDS[lower])
        result.sequence[-1] = number
        for values in (result.numbers, result.known, result.bare):
            values.add(number)
    elif not (token.is_function or (before and lower in PERCENT) or _is_ending(result, match)):
        result.content.add(token.stem)


def _is_ending(result: Terms, match: re.Match[str]) -> bool:
    """Return whether a word is what makes a number an ordinal, as in 21st."""
    return match[0].lower() in ORDINAL_ENDINGS and result.text[match.start() - 1].isdecimal()


def _find_stem(result: Terms, match: re.Match[str], before: Quantity | None) -> str:
    """The stem of a word, or of what it is short for beside a number: Mar 2024, EUR 5, Q3, FY24."""
    # Capitals of a dotless ı are those of an i.
    word, lower = match[0], match[0].lower().replace("ı", "i").replace("ß", "ss")
    if lower in MONTH_OF and YEAR_BEHIND.match(result.text, match.end()):
        return stem(MONTH_NAMES[MONTH_OF[lower] - 1])
    name = CURRENCIES.get(lower)
    if name and (
        before or (word.isupper() and result.text[match.end() :][:2].strip()[:1].isdigit())
    ):
        result.currencies.add(name)
        return stem(name)
    if before and lower in UNIT_WORDS:
        return stem(UNIT_WORDS[lower])
    behind = result.text[match.end() : match.end() + 1]
    if word == "Q" and behind.isdecimal():
        return stem("quarter")
    if word == "FY":
        result.months.add(stem("year"))
        return stem("fiscal")
    return stem(lower)


def _is_scaled(following: str, name: str) -> bool:
    return following == name or (not name.isascii() and following.startswith(name))
