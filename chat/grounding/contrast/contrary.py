"""Contradictions between a sentence and a passage, and names and words put in place of others."""

import re

from chat.grounding import words
from chat.grounding.contrast.denials import denies_otherwise
from chat.grounding.contrast.measures import has_other_measure
from chat.grounding.contrast.negations import negates_a_word, negates_otherwise
from chat.grounding.contrast.opposites import has_opposite, is_run_contrary
from chat.grounding.terms import Terms, Token
from chat.grounding.wording import Wording

DOWNWARD = frozenset(words.DOWNWARD.split())
DOWNWARD_CJK = tuple(words.DOWNWARD_CJK.split())
SHARES = re.compile(r"(?<![\d ])[ (]{0,3}(?:%|[Pp]er ?cent|[Pp]rozent|비율|割合|比例)")
# Where so many words are written with capitals, as German nouns are, a capital names nobody.
MAX_CAPITALS_SHARE = 0.25
FEWEST_WORDS = 6
# "HR" stands for Human Resources; what has more letters is a word in capitals.
MAX_INITIALS = 5
NO_NAMES = ("OK", "FAQ", "PDF")
JOINED_INITIALS = re.compile(r"\b[A-Z]&[A-Z]\b")
I_MYSELF = ("I", "I'm", "I'd", "I'll", "I've", "I’m", "I’d", "I’ll", "I’ve")
AFTER_A_WORD = re.compile(r"[^\W\d_],?\s$")
# Words that were put in another's place: at most so many, where so much else is the same.
MAX_EXCHANGED_WORDS = 3
MIN_SAME_SHARE = 0.65


def is_contrary(sentence: Terms, nearest: Terms, place: Terms) -> bool:
    """Check whether a sentence denies what the passage says, or says its opposite.

    `nearest` is the sentence of the passage that is most like it, `place` that and its neighbour.
    """
    return (
        negates_otherwise(sentence, nearest)
        or has_opposite(sentence, nearest)
        or negates_a_word(sentence, nearest)
        or _has_other_sign(sentence, place)
        or _is_of_other_currency(sentence, place)
        or _is_of_other_share(sentence, place)
        or is_run_contrary(sentence.text, place.text)
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
    strange = _list_strange(sentence, known)
    return {token.stem for token in strange if not _is_abbreviation(token)}


def has_strange_abbreviation(sentence: Terms, known: Terms) -> bool:
    """Return whether a sentence has one of which a text has not even the words, as EPS.

    It may stand for other words of the same meaning, so it makes nothing wrong by itself.
    """
    found = [token for token in _list_strange(sentence, known) if _is_abbreviation(token)]
    if not found:
        return False
    words = [token for token in known.tokens if not token.is_function]
    initials = "".join(token.word[0].upper() for token in words)
    return any(_bare(token) not in initials and _bare(token) not in NO_NAMES for token in found)


def _list_strange(sentence: Terms, known: Terms) -> list[Token]:
    """Return the names that a text does not know; R&D is one."""
    joined = "".join(JOINED_INITIALS.findall(sentence.text))
    return [
        token
        for token in _find_names(sentence)
        if token.stem not in known.stems
        and token.word not in I_MYSELF
        and not (len(token.word) == 1 and token.word in joined)
    ]


def _is_abbreviation(token: Token) -> bool:
    return _bare(token).isupper() and 1 < len(_bare(token)) <= MAX_INITIALS


def _bare(token: Token) -> str:
    return token.word.replace("’", "'").removesuffix("'s")


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
        or (
            ((one.percents - one.counts) & (other.counts - other.percents) - other.points)
            and not SHARES.search(other.text)
        )
        for one, other in pairs
    )
