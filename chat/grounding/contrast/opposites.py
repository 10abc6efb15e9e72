"""Words of opposite meaning: rose and fell, tenant and landlord, 증가 and 감소."""

import re
from functools import lru_cache

from aiapp.text.normal_form import normalize
from aiapp.text.stems import stem
from chat.grounding.contrast import vocabulary
from chat.grounding.contrast.denials import is_run_denied
from chat.grounding.contrast.measures import CARDINALS
from chat.grounding.contrast.negations import find_negated
from chat.grounding.terms import Terms

THAN_NUMBER = re.compile(
    rf"(?= than (?:about |around |approximately )?[$€£¥(]?(?:\d|{'|'.join(CARDINALS)}"
    r"|a (?:hundred|thousand)))",
    re.IGNORECASE,
)
OPPOSITES = [
    tuple(frozenset(stem(word) for word in side.split()) for side in line.split("/"))
    for line in vocabulary.OPPOSITES.strip().splitlines()
]
RUN_OPPOSITES = [each.split("/") for each in vocabulary.RUN_OPPOSITES.split()]
# 그렇지 않은 ("otherwise") negates nothing that is said.
KOREAN_IDIOM = re.compile("그렇지 않[가-힣]*")
KOREAN_NEGATED = re.compile(
    r"(\S{1,8})지(?:는|도)?\s?(?:않|못)|(\S{1,8})\s수(?:는|도)?\s?없|(?<!\S)안\s(\S{1,2})"
)
# Of a denial within a run, how far it stands from what it denies.
DENIED_BEFORE, DENIED_BEHIND = 6, 14


def has_opposite(sentence: Terms, passage: Terms) -> bool:
    """Return whether a word stands in one text, and one that says its opposite in the other."""
    here, there = sentence.stems - _find_bounds(sentence), passage.stems - _find_bounds(passage)
    for one, other in OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if here & mine and there & theirs and not here & theirs and not there & mine:
                # "Not allowed" is "forbidden".
                is_denied = not mine.isdisjoint(find_negated(sentence))
                if is_denied == (not theirs.isdisjoint(find_negated(passage))):
                    return True
    return False


def _find_bounds(text: Terms) -> set[str]:
    """Return the words that make a number a bound, which are compared as such: "shorter than 6"."""
    ends = {match.start() for match in THAN_NUMBER.finditer(text.text)}
    return {token.stem for token in text.tokens if token.start + len(token.word) in ends}


def is_run_contrary(sentence: str, passage: str) -> bool:
    """Compare what is written without blanks, by what stands within its runs."""
    if sentence.isascii() and passage.isascii():
        return False
    for one, other in RUN_OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if (
                mine in sentence
                and theirs in passage
                and theirs not in sentence
                and mine not in passage
                and _is_run_denied(sentence, mine) == _is_run_denied(passage, theirs)
            ):
                return True
    here, there = _find_korean_negated(sentence), _find_korean_negated(passage)
    return any(_says(passage, stem_) and stem_ not in there for stem_ in here) or any(
        _says(sentence, stem_) and stem_ not in here for stem_ in there
    )


def _is_run_denied(text: str, word: str) -> bool:
    """Return whether the part of a text that has a word is denied: 不允许 is 禁止."""
    at = text.find(word)
    around = text[max(0, at - DENIED_BEFORE) : at + len(word) + DENIED_BEHIND]
    return bool(_find_korean_negated(around)) or is_run_denied(around)


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
