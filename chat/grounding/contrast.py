"""Differences in meaning between two sentences of nearly the same words."""

import re
from collections.abc import Iterator
from functools import lru_cache

from aiapp.text.normal_form import normalize
from aiapp.text.stems import stem
from chat.grounding import words
from chat.grounding.denials import denies_otherwise, is_run_denied
from chat.grounding.measures import has_other_measure
from chat.grounding.terms import Terms, Token
from chat.grounding.wording import Wording

NEGATORS = frozenset(words.NEGATORS.split())
# What "no" and "without" negate ends with the noun; "not" reaches the verb behind an auxiliary.
OF_A_NOUN = frozenset(
    "no without none lack lacks lacked lacking except excluding exclude excludes".split()
)
# "Failed to sign" is "did not sign".
UNDONE = frozenset("fail fails failed failing refuse refuses refused refusing".split())
AUXILIARIES = frozenset(words.AUXILIARIES.split())
# So many words that say something are in reach, within so many of all.
REACH, REACH_WORDS = 3, 40
DOWNWARD = frozenset(words.DOWNWARD.split())
DOWNWARD_CJK = tuple(words.DOWNWARD_CJK.split())
# Those within a number part nothing: "not 1,500 employees".
STOP = re.compile(r"[;:!?()]|[,.](?!\d)")
# "Not 1,500 but 1,600": what is denied is the number alone.
NOT_ONLY = re.compile(r"\s{1,3}(?:only|just|merely|solely)\b", re.IGNORECASE)
# Behind "and" or "but" a verb of its own, which the "not" before does not reach.
NEW_CLAUSE = re.compile(
    r"(?:it|they|he|she|we|you|the|its|their|is|are|was|were|has|have|will|can|may|must|[a-z]{3,20}s)\b"
)
OF_A_NUMBER = re.compile(
    r"\W{1,3}\d[\d.,]{0,30}\S{0,3}\s(?:[^\W\d]{1,20}\s){0,2}(?:but|sondern|mais|sino)\b"
)
OPPOSITES = [
    tuple(frozenset(stem(word) for word in side.split()) for side in line.split("/"))
    for line in words.OPPOSITES.strip().splitlines()
]
RUN_OPPOSITES = [each.split("/") for each in words.RUN_OPPOSITES.split()]
NEGATABLE = frozenset(words.NEGATABLE.split())
NEGATED = re.compile(r"(?P<prefix>un|non|in|im|ir|il|dis)(?P<base>[^\W\d_]{4,})")
NOT_NEGATED = frozenset({"unless", "until", "under", "united", "university"})
# 그렇지 않은 ("otherwise") negates nothing that is said.
KOREAN_IDIOM = re.compile("그렇지 않[가-힣]*")
KOREAN_NEGATED = re.compile(
    r"(\S{1,8})지(?:는|도)?\s?(?:않|못)|(\S{1,8})\s수(?:는|도)?\s?없|(?<!\S)안\s(\S{1,2})"
)
SHARES = re.compile(r"(?<![\d ])[ (]*(?:%|[Pp]er ?cent|[Pp]rozent|비율|割合|比例)")
# Of a denial within a run, how far it stands from what it denies.
DENIED_BEFORE, DENIED_BEHIND = 6, 14
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
        or has_opposite(sentence, nearest)
        or _negates_a_word(sentence, nearest)
        or _has_other_sign(sentence, place)
        or _is_of_other_currency(sentence, place)
        or _is_of_other_share(sentence, place)
        or _is_run_contrary(sentence.text, place.text)
        or denies_otherwise(sentence, nearest)
        or has_other_measure(sentence, place)
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
    """Return whether a number is a percentage in one text, and of points or things in the other.

    The head of a column may say that all below it are percentages.
    """
    pairs = (sentence, passage), (passage, sentence)
    return any(
        (one.points - one.percents) & (other.percents - other.points)
        or ((one.percents - one.counts) & (other.counts - other.percents) - other.points)
        and not SHARES.search(other.text)
        for one, other in pairs
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


def _find_negated(terms: Terms) -> set[str]:
    return set().union(*_find_negations(terms))


def _find_negations(terms: Terms) -> Iterator[set[str]]:
    """Yield, for each negation, the stems of the words that stand in its reach."""
    for at, token in enumerate(terms.tokens):
        word = token.word.lower().replace("’", "'")
        end = token.start + len(token.word)
        is_negator = word in NEGATORS or word.endswith("n't") or word in OF_A_NOUN
        if not is_negator and not (word in UNDONE and terms.text.startswith(" to ", end)):
            continue
        if NOT_ONLY.match(terms.text, end):
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
        lower = after.word.lower()
        if stops_early and lower in AUXILIARIES:
            break
        if lower in {"and", "but"} and NEW_CLAUSE.match(terms.text, after.start + 4):
            break
        if not after.is_function:
            reached.append(after.stem)
    return set(reached)


def has_opposite(sentence: Terms, passage: Terms) -> bool:
    """Return whether a word stands in one text, and one that says its opposite in the other."""
    here, there = sentence.stems, passage.stems
    for one, other in OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            if here & mine and there & theirs and not here & theirs and not there & mine:
                # "Not allowed" is "forbidden".
                is_denied = not mine.isdisjoint(_find_negated(sentence))
                if is_denied == (not theirs.isdisjoint(_find_negated(passage))):
                    return True
    return False


def _negates_a_word(sentence: Terms, passage: Terms) -> bool:
    """Return whether one text says "unsafe" where the other says "safe"."""
    for one, other in ((sentence, passage), (passage, sentence)):
        for at, token in enumerate(one.tokens):
            word = token.word.lower()
            if word == "non" and one.text[token.start + 3 : token.start + 4] == "-":
                word += one.tokens[at + 1].word.lower() if at + 1 < len(one.tokens) else ""
            match = NEGATED.fullmatch(word)
            if match is None or word in NOT_NEGATED or stem(word) in other.stems:
                continue
            if match["prefix"] == "non" and "non" in other.stems:
                continue
            base = match["base"]
            if match["prefix"] not in {"un", "non"} and base not in NEGATABLE:
                continue
            if stem(base) in other.stems - one.stems or (
                word.startswith("non") and stem(base) in other.stems and "non" not in other.stems
            ):
                return True
    return False


def _is_run_contrary(sentence: str, passage: str) -> bool:
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
