"""A sentence and a passage: supported, weak or unsupported."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from chat.grounding.contrast import foreign_names, has_exchanged, is_contrary
from chat.grounding.sentences import split
from chat.grounding.terms import Terms, terms

# Set on one half of the labelled pairs, and measured on the other (`bench/bench_citations.py`).
SUPPORTED = 0.72
WEAK = 0.34
# A part of a sentence that is as foreign as this makes the whole of it weak.
FOREIGN_CLAUSE = 0.3
OWN_CLAUSE = 0.85
SHORTEST_CLAUSE = 3
# A second sentence of the passage counts only if it brings so much more.
GAIN = 0.1

YEAR = re.compile(r"1\d{3}|20\d{2}")
CLAUSE = re.compile(r"[,;:]\s+(?:and|but|or|while|which|whose)?\s*|\s+(?:and|but|while)\s+")


class Grade(StrEnum):
    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`coverage` is the share of the sentence's words that the best place of the passage has."""

    grade: Grade
    coverage: float
    place: str = ""


def judge(sentence: str, passage: str, title: str = "") -> Verdict:
    """Whether a passage says what a sentence says.

    The sentence is compared with the place of the passage, one sentence or two in a row, that has
    most of its words. Its numbers must be there, its names in the passage or in the document's
    title, and neither may deny the other.
    """
    said = terms(sentence)
    if not said.content and not said.numbers:
        return Verdict(Grade.UNSUPPORTED, 0.0)
    coverage, nearest, place = _best(said, passage)
    whole = terms(passage)
    if (
        coverage < WEAK
        or not _has_numbers(said, place, passage)
        or _is_of_another_row(said, place, passage)
        or foreign_names(said, terms(f"{passage}\n{title}"))
        or is_contrary(said, terms(nearest), terms(place))
    ):
        is_part = _is_partly_there(sentence, whole, title)
        return Verdict(Grade.WEAK if is_part else Grade.UNSUPPORTED, coverage, place)
    is_whole = (
        coverage >= SUPPORTED
        and not _has_foreign_clause(sentence, whole)
        and not has_exchanged(said, whole)
    )
    return Verdict(Grade.SUPPORTED if is_whole else Grade.WEAK, coverage, place)


def _best(said: Terms, passage: str) -> tuple[float, str, str]:
    """How much of a sentence the best place has; the one sentence nearest to it, and the place."""
    lines = split(passage) or [passage]
    one = max(lines, key=lambda line: _coverage(said, terms(line)))
    share = _coverage(said, terms(one))
    # The head of a table says what the numbers of each row are.
    two = [f"{a} {b}" for a, b in pairwise(lines)] + [f"{lines[0]} {line}" for line in lines[2:]]
    if two:
        best = max(two, key=lambda line: _coverage(said, terms(line)))
        wider = _coverage(said, terms(best))
        if wider >= share + GAIN:
            return wider, one, best
    return share, one, one


def _coverage(said: Terms, there: Terms) -> float:
    return there.share_of(said)


def _has_numbers(said: Terms, place: str, passage: str) -> bool:
    """Years may stand elsewhere in the passage: they are what its other sentences are about."""
    here, whole = terms(place), terms(passage)
    years = {value for value in whole.known if YEAR.fullmatch(value)}
    return all(here.has_number(number, said, years) for number in said.numbers)


def _is_of_another_row(said: Terms, place: str, passage: str) -> bool:
    """Whether a sentence names what one row of a table is about, and says what another row says."""
    names = {token.stem for token in said.tokens if token.is_capital and not token.is_function}
    rows = [terms(line).stems for line in passage.splitlines() if line.lstrip().startswith("|")]
    return any(names & row for row in rows) and not names & terms(place).stems


def _has_foreign_clause(sentence: str, whole: Terms) -> bool:
    return any(_coverage(clause, whole) < FOREIGN_CLAUSE for clause in _clauses(sentence))


def _is_partly_there(sentence: str, whole: Terms, title: str) -> bool:
    """Whether one part of a sentence is in the passage and another is about something else.

    What is wrong with the foreign part, such as its numbers, does not make the other one wrong.
    """
    clauses = _clauses(sentence)
    if not any(_coverage(clause, whole) < FOREIGN_CLAUSE for clause in clauses):
        return False
    return any(
        _coverage(clause, whole) >= OWN_CLAUSE
        and not foreign_names(clause, terms(f"{whole.text}\n{title}"))
        and not has_exchanged(clause, whole)
        for clause in clauses
    )


def _clauses(sentence: str) -> list[Terms]:
    clauses = [terms(part) for part in CLAUSE.split(sentence) if part]
    return [each for each in clauses if len(each.content) + len(each.numbers) >= SHORTEST_CLAUSE]
