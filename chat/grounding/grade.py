"""A sentence and a passage: supported, weak or unsupported."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from chat.grounding.contrast.bindings import mixes_up
from chat.grounding.contrast.claims import claims_more
from chat.grounding.contrast.contrary import (
    find_strange_names,
    has_exchanged,
    has_strange_abbreviation,
    is_contrary,
    names_nobody,
)
from chat.grounding.languages import are_foreign
from chat.grounding.rows import Rows
from chat.grounding.sentences import split
from chat.grounding.terms import Terms, terms
from chat.grounding.wording import Wording

# Set on one half of the labelled pairs, and measured on the other
# (`bench/documents/bench_citations.py`).
SUPPORTED = 0.72
WEAK = 0.34
# Where the place has all numbers of a sentence, which words in common alone do not tell.
WEAK_WITH_NUMBERS = 0.24
# A part of a sentence that is as foreign as this makes the whole of it weak.
FOREIGN_CLAUSE = 0.3
OWN_CLAUSE = 0.85
MIN_CLAUSE_TERMS = 3
# A second sentence of the passage counts only if it brings so much more.
GAIN = 0.1

CLAUSE = re.compile(r"[,;:]\s+(?:and|but|or|while|which|whose)?\s*|(?<!\s)\s+(?:and|but|while)\s+")
YEAR = re.compile(r"1\d{3}|20\d{2}")
# Of a passage, the sentences that are places of their own, and what is one sentence at most.
MAX_PLACES = 1_000
MAX_PLACE_CHARS = 1_000
# Of a date, what is the same in every year.
DAY_CHARS = 6


class Grade(StrEnum):
    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A grade; `coverage` is the share of the sentence's words in the passage's best place.

    `is_foreign` says that the passage is in another language, of which only numbers are compared.
    """

    grade: Grade
    coverage: float
    place: str = ""
    is_foreign: bool = False


class Source:
    """A passage, read once for all the sentences that are compared with it.

    Reading takes a time that grows with the passage, and comparing a sentence one that grows with
    the places that have a word of it.
    """

    def __init__(self, passage: str, title: str = "") -> None:
        self._lines = list(_split_pieces(passage)) or [passage[:MAX_PLACE_CHARS]]
        self.whole = terms(passage)
        self.known = terms(f"{passage}\n{title}")
        self.wording = Wording(self.whole)
        self._names_nobody: bool | None = None
        self._passage = passage
        # Read when a sentence first seems to list them.
        self._rows: Rows | None = None
        rows = [line for line in passage.splitlines() if line.lstrip().startswith("|")][:MAX_PLACES]
        self._in_rows = set().union(*(terms(row).stems for row in rows))
        self._years = {value for value in self.whole.known if YEAR.fullmatch(value)}
        self._read = [terms(line) for line in self._lines]
        # The places by their words and values, and by the days of their dates, `-03-03`.
        self._places: dict[str, list[int]] = {}
        for at, there in enumerate(self._read):
            days = {value[-DAY_CHARS:] for value in there.known if "-" in value}
            for term in there.content | there.months | there.known | days:
                self._places.setdefault(term, []).append(at)

    def judge(self, sentence: str) -> "Verdict":
        claim = terms(sentence)
        if not claim.content and not claim.numbers:
            return Verdict(Grade.UNSUPPORTED, 0.0)
        verdict = self._judge_by_place(sentence, claim)
        if verdict.grade is not Grade.SUPPORTED and are_foreign(sentence, self._passage):
            has_numbers = all(self.whole.has_number(number, claim) for number in claim.numbers)
            grade = Grade.WEAK if has_numbers else Grade.UNSUPPORTED
            return Verdict(grade, verdict.coverage, verdict.place, is_foreign=True)
        if not self._in_rows or not claim.numbers:
            return verdict
        self._rows = self._rows or Rows(self._passage)
        if verdict.grade is not Grade.SUPPORTED:
            listed = self._judge_by_rows(sentence, claim, self._rows)
            if listed or verdict.grade is Grade.UNSUPPORTED or verdict.coverage < SUPPORTED:
                return listed or verdict
        there = terms(f"{self._rows.names} {verdict.place}")
        if self._rows.mixes(sentence, self._years) or is_contrary(claim, there, there):
            # Two rows beside each other are one place, which has the numbers of both.
            return Verdict(Grade.UNSUPPORTED, verdict.coverage, verdict.place)
        return verdict

    def _judge_by_rows(self, sentence: str, claim: Terms, rows: Rows) -> "Verdict | None":
        """Return that a sentence is supported by several rows of a table, if it is."""
        place = rows.find(sentence, self._years)
        there = terms(place)
        if not place or self._foreign_names(claim) or is_contrary(claim, there, there):
            return None
        coverage = there.share_of(claim)
        return Verdict(Grade.SUPPORTED, coverage, place) if coverage >= SUPPORTED else None

    def _judge_by_place(self, sentence: str, claim: Terms) -> "Verdict":
        coverage, nearest, place = self._best(claim)
        if (
            coverage < (WEAK_WITH_NUMBERS if claim.numbers else WEAK)
            or not self._has_numbers(claim, place)
            or self._is_of_another_row(claim, place)
            or self._foreign_names(claim)
            or is_contrary(claim, terms(nearest), terms(place))
        ):
            is_part = self._is_partly_there(sentence)
            return Verdict(Grade.WEAK if is_part else Grade.UNSUPPORTED, coverage, place)
        is_whole = (
            coverage >= SUPPORTED
            and not self._has_foreign_clause(sentence)
            and not has_exchanged(claim, self.wording)
            and not mixes_up(claim, terms(place), self._numbers_elsewhere(claim, place))
            and not claims_more(claim, terms(place))
            and not has_strange_abbreviation(claim, self.known)
        )
        return Verdict(Grade.SUPPORTED if is_whole else Grade.WEAK, coverage, place)

    def _best(self, claim: Terms) -> tuple[float, str, str]:
        """Return how much of a sentence the best place has, the nearest sentence, and the place.

        A place is a sentence, two in a row, or the first and another: the head of a table says what
        the numbers of each row are.
        """
        parts = claim.content | claim.numbers
        matches: dict[int, set[str]] = {}
        for term in claim.content:
            for at in self._places.get(term, ()):
                matches.setdefault(at, set()).add(term)
        for number in claim.numbers:
            for at in self._places_of(number, claim):
                matches.setdefault(at, set()).add(number)
        lines = self._lines
        one = max(sorted(matches), key=lambda at: len(matches[at]), default=0)
        share = len(matches.get(one, ())) / len(parts)
        a, b = max(
            self._pairs(matches), key=lambda pair: len(_unite(matches, pair)), default=(one, one)
        )
        wider = len(_unite(matches, (a, b))) / len(parts)
        if wider >= share + GAIN:
            return wider, lines[one], f"{lines[a]}\n{lines[b]}"
        return share, lines[one], lines[one]

    def _places_of(self, number: str, claim: Terms) -> Iterator[int]:
        """The places that have a number of a sentence, or a date, in one of its readings."""
        likely: set[int] = set()
        for value in claim.readings.get(number, (number,)):
            likely.update(self._places.get(value, ()))
            if "-" in value:
                likely.update(self._places.get(value[-DAY_CHARS:], ()))
        return (at for at in likely if self._read[at].has_number(number, claim, self._years))

    def _numbers_elsewhere(self, claim: Terms, place: str) -> set[str]:
        """Return the numbers of a sentence that stand outside of its place, too."""
        lines = place.split("\n")
        return {
            number
            for number in claim.numbers
            if any(self._lines[at] not in lines for at in self._places_of(number, claim))
        }

    def _pairs(self, matches: Iterable[int]) -> list[tuple[int, int]]:
        """Return places that may have more of a sentence than one alone, those in a row first."""
        last = len(self._lines) - 1
        rows = {first for at in matches for first in (at - 1, at) if 0 <= first < last}
        heads = [(0, at) for at in sorted(matches) if at > 1]
        return [(first, first + 1) for first in sorted(rows)] + heads

    def _has_numbers(self, claim: Terms, place: str) -> bool:
        """Check the numbers; years may stand elsewhere in the passage, as what it is about."""
        here = terms(place)
        return all(here.has_number(number, claim, self._years) for number in claim.numbers)

    def _is_of_another_row(self, claim: Terms, place: str) -> bool:
        """Return whether a sentence names one row of a table and says what another says."""
        names = {token.stem for token in claim.tokens if token.is_capital and not token.is_function}
        return not names.isdisjoint(self._in_rows) and names.isdisjoint(terms(place).stems)

    def _foreign_names(self, claim: Terms) -> set[str]:
        strange = find_strange_names(claim, self.known)
        if strange and self._names_nobody is None:
            self._names_nobody = names_nobody(self.known)
        return set() if self._names_nobody else strange

    def _has_foreign_clause(self, sentence: str) -> bool:
        return any(
            _compute_coverage(each, self.whole) < FOREIGN_CLAUSE
            for each in _split_clauses(sentence)
        )

    def _is_partly_there(self, sentence: str) -> bool:
        """Return whether one part of a sentence is in the passage, and another is foreign to it.

        What is wrong with the foreign part, such as its numbers, does not make the other one wrong.
        """
        clauses = _split_clauses(sentence)
        if not any(_compute_coverage(clause, self.whole) < FOREIGN_CLAUSE for clause in clauses):
            return False
        return any(
            _compute_coverage(clause, self.whole) >= OWN_CLAUSE
            and not self._foreign_names(clause)
            and not has_exchanged(clause, self.wording)
            for clause in clauses
        )


def judge(sentence: str, passage: str, title: str = "") -> Verdict:
    """Return whether a passage says what a sentence says.

    The sentence is compared with the place of the passage, one sentence or two in a row, that has
    most of its words. Its numbers must be there, its names in the passage or in the document's
    title, and neither may deny the other. Who has several sentences reads the `Source` once.
    """
    return Source(passage, title).judge(sentence)


def _split_pieces(passage: str) -> Iterator[str]:
    """The sentences of a passage; one without an end in pieces."""
    for line in split(passage, MAX_PLACES):
        for start in range(0, len(line), MAX_PLACE_CHARS):
            yield line[start : start + MAX_PLACE_CHARS]


def _unite(matches: Mapping[int, set[str]], pair: tuple[int, int]) -> set[str]:
    return matches.get(pair[0], set()) | matches.get(pair[1], set())


def _compute_coverage(claim: Terms, there: Terms) -> float:
    return there.share_of(claim)


def _split_clauses(sentence: str) -> list[Terms]:
    clauses = [terms(part) for part in CLAUSE.split(sentence) if part]
    return [each for each in clauses if len(each.content) + len(each.numbers) >= MIN_CLAUSE_TERMS]
