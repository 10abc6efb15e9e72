"""Differences in meaning between two sentences of nearly the same words."""

import re
from collections.abc import Iterator
from functools import lru_cache

from aiapp.text.normal_form import normalize
from aiapp.text.stems import stem
from chat.grounding import words
from chat.grounding.terms import Terms, Token
from chat.grounding.wording import Wording

NEGATORS = frozenset(words.NEGATORS.split())
# What "no" and "without" negate ends with the noun; "not" reaches the verb behind an auxiliary.
OF_A_NOUN = frozenset({"no", "without", "none"})
AUXILIARIES = frozenset(words.AUXILIARIES.split())
# So many words that say something are in reach, within so many of all.
REACH, REACH_WORDS = 3, 40
DOWNWARD = frozenset(words.DOWNWARD.split())
DOWNWARD_CJK = tuple(words.DOWNWARD_CJK.split())
# Those within a number part nothing: "not 1,500 employees".
STOP = re.compile(r"[;:!?()]|[,.](?!\d)")
# "Not 1,500 but 1,600": what is denied is the number alone.
OF_A_NUMBER = re.compile(
    r"\W{1,3}\d[\d.,]{0,30}\S{0,3}\s(?:[^\W\d]{1,20}\s){0,2}(?:but|sondern|mais|sino)\b"
)
OPPOSITES = [
    tuple(frozenset(stem(word) for word in side.split()) for side in line.split("/"))
    for line in words.OPPOSITES.strip().splitlines()
]
# 그렇지 않은 ("otherwise") negates nothing that is said.
KOREAN_IDIOM = re.compile("그렇지 않[가-힣]*")
KOREAN_NEGATED = re.compile(
    r"(\S{1,8})지(?:는|도)?\s?(?:않|못)|(\S{1,8})\s수(?:는|도)?\s?없|(?<!\S)안\s(\S{1,2})"
)
KOREAN_OPPOSITES = [
    ("증가", "감소"), ("상승", "하락"), ("늘었", "줄었"), ("높", "낮"), ("이상", "이하"),
    ("가능", "불가능"), ("있다", "없다"), ("허용", "금지"), ("찬성", "반대"), ("최대", "최소"),
]  # fmt: skip
# Where so many words are written with capitals, as German nouns are, a capital names nobody.
MAX_CAPITALS_SHARE = 0.25
FEWEST_WORDS = 6
AFTER_A_WORD = re.compile(r"[^\W\d_],?\s$")
# Words that were put in another's place: at most so many, where so much else is the same.
MAX_EXCHANGED_WORDS = 3
MIN_SAME_SHARE = 0.65


def is_contrary(sentence: Terms, nearest: Terms, place: Terms) -> bool:
    """Check whether a sentence denies what the passage says, or says its opposite.

    `nearest` is the sentence of the passage that is most like it, `place` that and its neighbour.
    """
    return (
        _negates_otherwise(sentence, nearest)
        or _has_opposite(sentence, nearest)
        or _has_other_sign(sentence, place)
        or _is_of_other_currency(sentence, place)
        or _is_of_other_share(sentence, place)
        or _is_korean_contrary(sentence.text, place.text)
    )


def has_exchanged(sentence: Terms, passage: Wording) -> bool:
    """Check whether a sentence is the passage's own except for a few replaced words.

    What differs in a sentence that was taken over word by word is what it is about: who, what,
    how much. A sentence in other words has no long segment in common with the passage.
    """
    for mine, theirs in passage.gaps(sentence, MIN_SAME_SHARE):
        if len(mine) > MAX_EXCHANGED_WORDS or not any(map(passage.terms.means, theirs)):
            continue
        if any(sentence.means(term) and not passage.terms.knows(term, sentence) for term in mine):
            return True
    return False


def find_strange_names(sentence: Terms, known: Terms) -> set[str]:
    """The names in a sentence that a text does not know."""
    return {token.stem for token in _find_names(sentence) if token.stem not in known.stems}


def _find_names(sentence: Terms) -> list[Token]:
    """Return words with a capital; the first has one anyhow and counts only if the second does."""
    tokens = sentence.tokens
    two = len(tokens) > 1 and tokens[0].is_capital and tokens[1].is_capital
    return [
        token
        for at, token in enumerate(tokens)
        if token.is_capital and not token.is_function and (at > 0 or two)
    ]


def names_nobody(known: Terms) -> bool:
    """Return whether so many words of a text have a capital that one says nothing."""
    inner = [
        token
        for token in known.tokens
        if AFTER_A_WORD.search(known.text[max(token.start - 3, 0) : token.start])
    ]
    if len(inner) < FEWEST_WORDS:
        return False
    return sum(token.is_capital for token in inner) > MAX_CAPITALS_SHARE * len(inner)


def _has_other_sign(sentence: Terms, passage: Terms) -> bool:
    """Return whether a number is negative in one text alone, and no word of the other says so."""
    for one, other in ((sentence, passage), (passage, sentence)):
        lone = (one.negative - one.positive) & (other.positive - other.negative)
        if lone and not _says_less(other):
            return True
    return False


def _says_less(terms: Terms) -> bool:
    if any(token.word.lower() in DOWNWARD for token in terms.tokens):
        return True
    return not terms.text.isascii() and any(word in terms.text for word in DOWNWARD_CJK)


def _is_of_other_currency(sentence: Terms, passage: Terms) -> bool:
    here, there = sentence.currencies, passage.currencies
    return bool(here and there) and here.isdisjoint(there)


def _is_of_other_share(sentence: Terms, passage: Terms) -> bool:
    """Return whether a number is a percentage in one text, and of points in the other."""
    pairs = (sentence, passage), (passage, sentence)
    return any(
        (one.points - one.percents) & (other.percents - other.points) for one, other in pairs
    )


def _negates_otherwise(sentence: Terms, passage: Terms) -> bool:
    both = sentence.stems & passage.stems
    here = [reach & both for reach in _find_negations(sentence)]
    there = [found for reach in _find_negations(passage) if (found := reach & both)]
    mine, theirs = set().union(*here), set().union(*there)
    if mine == theirs:
        return False
    # With some words negated in both, it is the number of negations that tells.
    return not mine & theirs or len(here) % 2 != len(there) % 2


def _find_negations(terms: Terms) -> Iterator[set[str]]:
    """Yield, for each negation, the stems of the words that stand in its reach."""
    for at, token in enumerate(terms.tokens):
        word = token.word.lower().replace("’", "'")
        if word not in NEGATORS and not word.endswith("n't"):
            continue
        yield _find_reach(terms, at, stops_early=word in OF_A_NOUN)


def _find_reach(terms: Terms, at: int, *, stops_early: bool) -> set[str]:
    near = terms.tokens[at + 1 : at + 1 + REACH_WORDS]
    end = terms.tokens[at].start + len(terms.tokens[at].word)
    if not near or OF_A_NUMBER.match(terms.text, end):
        return set()
    stop = STOP.search(terms.text, terms.tokens[at].start, near[-1].start)
    reached: list[str] = []
    for after in near:
        is_cut = stop is not None and after.start > stop.start()
        if is_cut or len(reached) == REACH:
            break
        if stops_early and after.word.lower() in AUXILIARIES:
            break
        if not after.is_function:
            reached.append(after.stem)
    return set(reached)


def _has_opposite(sentence: Terms, passage: Terms) -> bool:
    here, there = sentence.stems, passage.stems
    for one, other in OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if here & mine and there & theirs and not here & theirs and not there & mine:
                return True
    return False


def _is_korean_contrary(sentence: str, passage: str) -> bool:
    for one, other in KOREAN_OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if (
                mine in sentence
                and theirs in passage
                and theirs not in sentence
                and mine not in passage
            ):
                return True
    here, there = _find_korean_negated(sentence), _find_korean_negated(passage)
    return any(_says(passage, stem_) and stem_ not in there for stem_ in here) or any(
        _says(sentence, stem_) and stem_ not in here for stem_ in there
    )


@lru_cache(maxsize=512)
def _find_korean_negated(text: str) -> frozenset[str]:
    return frozenset(
        next(part for part in found if part)
        for found in KOREAN_NEGATED.findall(KOREAN_IDIOM.sub("", text))
    )


def _says(text: str, verb: str) -> bool:
    """Compare by letters, not syllables: 쉬 is the beginning of 쉰다."""
    return _split_letters(verb) in _split_letters(text)


@lru_cache(maxsize=512)
def _split_letters(text: str) -> str:
    return normalize("NFD", text)
