"""The kind of answer that a question asks for: a person, a time, a place, an amount, a reason."""

import re
from collections.abc import Callable, Set

from aiapp.llm.providers.quotes.terms import terms
from aiapp.text.stems import stem
from aiapp.text.vocabulary import FUNCTION

_NUMBER = re.compile(r"\d")
_AMOUNT = re.compile(
    r"[$€£¥₩]\s?\d|\d\s?(?:%|percent|million|billion|thousand|dollars|원|억|만|조|달러|円|元|万|億|亿)"
)
_TIME = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}:\d\d\b|\b(?:january|february|march|april|may|june|july|august"
    r"|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|today|tomorrow|daily|days?|weeks?|months?|years?|hours?|minutes?|a\.?m\.?|p\.?m\.?|noon)\b"
    r"|\d\s?[년월일시분초年月日時时]",
    re.IGNORECASE,
)
_NAMES = re.compile(
    r"(?<![\w.'’-])[^\W\d_a-z][\w.'’-]{0,30}"
    r"(?: (?:(?:de|van|von|der|la|le|bin|al) )?[^\W\d_a-z][\w.'’-]{0,30}){1,5}"
    r"|[가-힣]{2,4}\s?(?:대표|회장|사장|장관|위원|교수|박사|씨|님|이사)"
)
# Written with a capital, and no part of anybody's name.
_TITLES = """
president chief executive officer chairman chairwoman chair board vice senior director directors
manager committee company corporation inc corp ltd llc group section act item note table figure
principal financial accounting general counsel secretary treasurer age position name title the
january february march april may june july august september october november december of and
united states annual report form exchange securities department ministry office member partner
"""
_NO_NAMES = frozenset(map(stem, _TITLES.split()))
_PLACE = re.compile(
    r"\b(?:in|at|near|from|to|of) (?:the )?[A-Z]|\b(?:street|avenue|road|city|located|headquarters"
    r"|headquartered|address|building|room|floor)\b|[가-힣](?:시|구|동|도|로|길|층|역)(?=[\s,.에의])"
)
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|as a result|in order to|so that|caused?|reasons?|therefore"
    r"|driven by|resulted|attributable|led to)\b|때문|위해|이유|원인|따라서|ため|ので|因为|由于",
    re.IGNORECASE,
)

# What asks for each, and what answers it, the best sign first.
_PERSON = re.compile(r"\bwho(?:se|m)?\b|누구|누가|誰|谁", re.IGNORECASE)
_WHEN = (
    r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)\b|\bhow (?:long|old)\b"
    r"|언제|몇 ?(?:년|월|일|시|분)|기간|いつ|何時|何年|何时|什么时候|几点"
)
_WHERE = (
    r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|address)\b"
    r"|어디|どこ|哪里|何处"
)
_HOW_MUCH = (
    r"\bhow (?:many|much|large|big|high|far|often)\b"
    r"|\bwhat (?:is|was|were|are) the (?:number|amount|rate|price|cost|value|ratio)\b"
    r"|\b(?:percentage|number of|total)\b|얼마|몇|비율|금액|규모|수치|いくら|何人|何%|多少|几个"
)
_WHY = r"\bwhy\b|\b(?:reasons?|causes?) (?:for|of|that)\b|왜|이유|원인|なぜ|为什么"
_KINDS = tuple(
    (re.compile(asks, re.IGNORECASE), signs)
    for asks, signs in (
        (_WHEN, (_TIME,)),
        (_WHERE, (_PLACE,)),
        (_HOW_MUCH, (_AMOUNT, _NUMBER)),
        (_WHY, (_REASON,)),
    )
)


# Things, and their number: "50,110 full- and part-time employees", "Employees: 50,110".
_COUNTED = re.compile(r"\b(?:how many|number of) ((?:[^\W\d_][\w-]{0,30} ?){1,4})", re.IGNORECASE)
_WORDS = re.compile(r"\d[\d,.]*|[^\W\d_][\w-]*")
_YEAR = re.compile(r"(?:19|20)\d\d\.?")
_FUNCTION = frozenset(FUNCTION.split())
NUMBER_BEFORE, NUMBER_AFTER = 6, 1
# A number of the very things that are asked for, and any number.
COUNT, ANY_NUMBER = 3.0, 0.6


def read_expectation(question: str) -> Callable[[str], float]:
    """Return how far a sentence has what the question asks for.

    That is from 0 to 1, and `COUNT` for a number of what the question wants counted.
    """
    wanted = [signs for asks, signs in _KINDS if asks.search(question)]
    if _PERSON.search(question):
        asked = terms(question)
        return lambda sentence: float(_has_name(sentence, asked))
    if not wanted:
        return lambda _: 0.0
    counted = _list_counted(question)

    def rate(sentence: str) -> float:
        if counted and _counts(sentence, counted):
            return COUNT
        return max(_rate(sentence, signs) for signs in wanted)

    return rate


def _list_counted(question: str) -> Set[str]:
    """Return the words after "how many", up to one that belongs to the rest of the sentence."""
    found: set[str] = set()
    for asked in _COUNTED.finditer(question):
        for word in asked[1].casefold().split():
            if word in _FUNCTION or word in {"do", "does", "did"}:
                break
            found.add(stem(word))
    return found


def _counts(sentence: str, counted: Set[str]) -> bool:
    """Return whether a number stands with the name of what it counts."""
    number, thing = -NUMBER_BEFORE - 1, -NUMBER_AFTER - 1
    for n, word in enumerate(_WORDS.findall(sentence)):
        if word[0].isdigit():
            if _YEAR.fullmatch(word):
                continue
            if n - thing <= NUMBER_AFTER:
                return True
            number = n
        elif stem(word.casefold()) in counted:
            if n - number <= NUMBER_BEFORE:
                return True
            thing = n
    return False


def _has_name(sentence: str, asked: Set[str]) -> bool:
    """Return whether two words in a row may be a name that the question does not hold."""
    for found in _NAMES.finditer(sentence):
        telling = [stem(word.strip(".,").lower()) for word in found[0].split()]
        if sum(word not in _NO_NAMES and word not in asked for word in telling) > 1:
            return True
        if not found[0].isascii():
            return True
    return False


def _rate(sentence: str, signs: tuple[re.Pattern[str], ...]) -> float:
    """1 for the best sign, less for a weaker one."""
    for n, sign in enumerate(signs):
        if sign.search(sentence):
            return 1.0 - 0.4 * n
    return 0.0
