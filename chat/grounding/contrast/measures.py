"""Units, bounds and spans: the words around a number, and what they make of it.

"30 days" are not "30 hours", "at least 5" is not "at most 5", and what rose from 12 to 15 did not
rise from 15 to 12. Only what is said of one number in both texts is compared, and a text that says
nothing of it contradicts nothing.
"""

import re
from functools import lru_cache

from aiapp.text.stems import CJK_RUN
from chat.grounding.contrast import measure_words
from chat.grounding.numbers import Quantity, scan
from chat.grounding.terms import Terms, terms

# As they are written: 5 Mb are no 5 MB. Then in small letters, for "5 Days" and "5 KG".
_AS_WRITTEN = {
    name: line.split()[0]
    for line in measure_words.UNITS.strip().splitlines()
    for name in line.split()
}
_IN_SMALL = {name.lower(): unit for name, unit in reversed(_AS_WRITTEN.items())}
_UNIT = re.compile(
    r"[ \u00a0-]?(?:working |business |calendar |consecutive |full )?"
    r"(?P<unit>km/h|[°º]?[^\W\d_]{1,16}[²³23]?)"
    r"(?:(?: ?/ ?| (?:per|an?|each|every|pro|par|por|al) )(?P<per>[^\W\d_]{1,9}[²³23]?))?"
)
_HALF_OF_DAY = re.compile(r"[ ]?([AaPp])\.?[ ]?[Mm]\b")
_MAX_EASTERN_CHARS = 6
_SPAN_BEHIND = re.compile(
    r" ?(?:[-\u2010-\u2015~〜]|(?:to|bis|and|und|à|et|y|até|tot)(?= )"
    r"|に|から|부터|에서|到|至|와|과) ?\d[\d.,]{0,12}"
)


def _list_phrases(text: str) -> tuple[str, ...]:
    return tuple(part for line in text.strip().splitlines() for part in line.split(";"))


_LOWER_BEFORE = _list_phrases(measure_words.LOWER_BOUNDS_BEFORE)
_UPPER_BEFORE = _list_phrases(measure_words.UPPER_BOUNDS_BEFORE)
_LOWER_BEHIND = _list_phrases(measure_words.LOWER_BOUNDS_BEHIND)
_UPPER_BEHIND = _list_phrases(measure_words.UPPER_BOUNDS_BEHIND)
_FROM_BEFORE = tuple(measure_words.FROM_BEFORE.split())
_TO_BEFORE = tuple(measure_words.TO_BEFORE.split())
_FROM_BEHIND = re.compile(
    r" ?[^\s\d]{0,8} ?(?:에서|부터|から|(?:to |bis |[-\u2013\u2014~〜到至]) ?[$€£¥₩]?\d)"
)
# Words that are numbers and nothing else; "second" is a unit as well.
CARDINALS = {
    word: str(n)
    for line in measure_words.CARDINALS.strip().splitlines()
    for n, words in [line.split(maxsplit=1)]
    for word in words.split()
}
_CARDINAL = re.compile(rf"\b(?:{'|'.join(CARDINALS)})\b(?!-)", re.IGNORECASE)
_MONEY = "$€£¥₩₹ \u00a0(\"'“„«"
# Of a passage, what speaks of one thing.
_PARTS = re.compile(r"[;\n]\s*|(?<=[.!?])\s+(?=[^\W\d_])|,\s+(?:but|while|whereas)\s+")
# How much of a sentence such a part has to have, for a unit, a bound and a span to be of the same.
_MIN_SHARES = (0.3, 0.5, 0.3)
_BEFORE_CHARS, _BEHIND_CHARS = 24, 40
# A unit, a bound, and whether a span begins or ends with it.
Measures = tuple[set[str], set[str], set[str]]


def has_other_measure(sentence: Terms, passage: Terms) -> bool:
    """Return whether both texts measure one number, and in ways that exclude each other.

    Of a passage each part is compared by itself, as far as it is about the same: of economy class
    under six hours and business class for longer flights, only one part tells of either.
    """
    if not sentence.bare and not sentence.numbers:
        return False
    here, there = _read_measures(sentence.text), _read_measures(passage.text)
    differing = {
        value: shares
        for value in here.keys() & there.keys()
        if (shares := _list_differences(here[value], there[value]))
    }
    return any(
        _share_of(sentence, part) >= min(differing[value])
        for part in (_PARTS.split(passage.text) if differing else ())
        for value in differing.keys() & _read_measures(part).keys()
    )


def _list_differences(here: Measures, there: Measures) -> list[float]:
    """Return how much alike two texts have to be for each kind of measure that differs."""
    return [
        least
        for mine, theirs, least in zip(here, there, _MIN_SHARES, strict=True)
        if mine and theirs and not any(_agree(one, other) for one in mine for other in theirs)
    ]


def _share_of(sentence: Terms, part: str) -> float:
    """Return how much of a sentence a part of the passage has; all of one that is but numbers."""
    if not sentence.content:
        return 1.0
    return len(sentence.content & terms(part).content) / len(sentence.content)


def _agree(one: str, other: str) -> bool:
    """Return whether two units are the same, as far as both tell what they are counted by.

    "2.08 days per month" are "2.08 days of vacation for each month".
    """
    (unit, _, per), (another, _, by) = one.partition("/"), other.partition("/")
    return unit == another and (not per or not by or per == by)


@lru_cache(maxsize=512)
def _read_measures(text: str) -> dict[str, Measures]:
    found: dict[str, Measures] = {}
    text = _CARDINAL.sub(lambda match: CARDINALS[match[0].lower()], text)
    for quantity in scan(text):
        before = text[max(0, quantity.start - _BEFORE_CHARS) : quantity.start]
        before = before.rstrip(_MONEY).lower()
        behind = text[quantity.end : quantity.end + _BEHIND_CHARS]
        told = (
            "" if quantity.month else _find_unit(behind),
            _find_bound(before, behind, quantity),
            _find_role(before, behind),
        )
        for value in quantity.values:
            known = found.setdefault(value, (set(), set(), set()))
            for each, new in zip(known, told, strict=True):
                each.update({new} - {""})
    return found


def _find_unit(behind: str) -> str:
    """Return the unit of a number; of "2 to 8 °C" both have it."""
    if half := _HALF_OF_DAY.match(behind):
        return half[1].lower()
    for start in (0, span.end() if (span := _SPAN_BEHIND.match(behind)) else 0):
        match = _UNIT.match(behind, start)
        name = _name_unit(match["unit"]) if match else ""
        if match and name:
            return f"{name}/{_name_period(match['per'])}" if match["per"] else name
    return ""


def _name_period(word: str) -> str:
    return "year" if word.lower() == "annum" else _name_unit(word) or word.lower()


def _name_unit(word: str) -> str:
    if CJK_RUN.match(word):
        starts = (word[:length] for length in range(_MAX_EASTERN_CHARS, 0, -1))
        return next((_AS_WRITTEN[start] for start in starts if start in _AS_WRITTEN), "")
    return _AS_WRITTEN.get(word) or _IN_SMALL.get(word.lower(), "")


def _find_bound(before: str, behind: str, quantity: Quantity) -> str:
    """Return on which side of it an amount lies that is not the number itself."""
    lower, upper = _ends(before, _LOWER_BEFORE), _ends(before, _UPPER_BEFORE)
    if lower or upper:
        # "No more than" ends as "more than" does.
        return "lower" if len(lower) > len(upper) else "upper"
    if quantity.is_date:
        return ""
    following = behind.lstrip().lower()
    for each in (following, following.partition(" ")[2]):
        if each.startswith(_LOWER_BEHIND):
            return "lower"
        if each.startswith(_UPPER_BEHIND):
            return "upper"
    word = CJK_RUN.match(following)
    run = word[0] if word else ""
    if any(each in run for each in _LOWER_BEHIND):
        return "lower"
    return "upper" if any(each in run for each in _UPPER_BEHIND) else ""


def _find_role(before: str, behind: str) -> str:
    if _ends(before, _FROM_BEFORE) or _FROM_BEHIND.match(behind):
        return "from"
    return "to" if _ends(before, _TO_BEFORE) else ""


def _ends(text: str, phrases: tuple[str, ...]) -> str:
    """Return the longest of some phrases that a text ends with, as words of its own."""
    if not text.endswith(phrases):
        return ""
    ends = [
        each
        for each in phrases
        if text.endswith(each)
        and not (
            each[0].isalpha()
            and (text[: -len(each)][-1:].isalpha() or text[: -len(each)].endswith("-"))
            and not CJK_RUN.match(each)
        )
    ]
    return max(ends, key=len, default="")
