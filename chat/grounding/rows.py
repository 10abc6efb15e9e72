"""Sentences that list several rows of a table: each part is compared with the row that it names.

"Marlow has 48,300 residents, Tessin 17,950 and Orlo 9,120" stands in no one place of a passage.
A part names its row by words that few rows have, or by two of its numbers; what it says must be
there. A part without a name goes on about the row before.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from chat.grounding.terms import Terms, terms

MAX_ROWS, MAX_PARTS = 1_000, 60
_RULE = re.compile(r"[\s|:-]+")
# Blanks are looked at from their first one on: from each of many it would cost their square.
_PART = re.compile(
    r"[;、，]\s*|:\s+|,\s+(?:(?:and|und|et|y|e|och|og)\s+)?"
    r"|(?<!\s)\s+(?:(?:and|und|et|y|while|och|og|sowie|그리고|및)\s+"
    r"|(?:to|auf|zu)\s+(?=[$€£¥₩]?\d))"
    r"|(?<=[가-힣\d])(?:이고|이며|하고|,)\s+"
)


class Rows:
    """The rows of a passage's tables. The words that most of them have name none."""

    def __init__(self, passage: str) -> None:
        heads, self._texts = _read_rows(passage)
        # What stands above the columns is said of each row.
        self.names = " ".join(heads)
        self.head = terms(self.names)
        self.rows = [terms(text) for text in self._texts]
        self.places: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            for term in row.content:
                self.places.setdefault(term, []).append(at)
        common = self.head.content | {
            term for term, at in self.places.items() if 2 * len(at) > len(self.rows) > 1
        }
        for term in common:
            self.places.pop(term, None)

    def find(self, sentence: str, years: Collection[str]) -> str:
        """Return the head and the rows that a sentence lists; "" unless they say what it says."""
        if len(self.rows) < 2:  # noqa: PLR2004 - there is nothing to list
            return ""
        parts = [part for part in _PART.split(sentence)[: MAX_PARTS + 1] if part.strip()]
        by_parts, in_order = _Listing(self, years), _Listing(self, years)
        if len(parts) <= MAX_PARTS and by_parts.read(map(terms, parts)):
            found = list(dict.fromkeys(by_parts.found))
        else:
            found = in_order.found if in_order.read_in_order(terms(sentence)) else []
        if len(found) < 2:  # noqa: PLR2004 - one row is a place as any other
            return ""
        return " ".join([self.names, *(self._texts[at] for at in found)])

    def mixes(self, sentence: str, years: Collection[str]) -> bool:
        """Tell whether a part of a sentence names one row and says the number of another."""
        for part in map(terms, _PART.split(sentence)[:MAX_PARTS]):
            likely = self.find_likely(part)
            told = [
                {n for n, row in enumerate(self.rows) if row.has_number(number, part)}
                for number in part.numbers.difference(years)
            ]
            there = [rows for rows in told if rows]
            if len(likely) == 1:
                is_mixed = any(likely[0] not in rows for rows in there)
            else:
                # A number names its row, too, where all of them are in some row.
                is_mixed = len(told) == len(there) > 1 and not set.intersection(*there)
            if is_mixed:
                # Numbers may be listed behind all names.
                return not _Listing(self, years).read_in_order(terms(sentence))
        return False

    def find_likely(self, part: Terms) -> list[int]:
        """Return the rows that have most of the words of a part; nothing if it names none."""
        votes = Counter(at for term in part.content for at in self.places.get(term, ()))
        most = max(votes.values(), default=0)
        return sorted(at for at, count in votes.items() if count == most)


class _Listing:
    """A sentence, as it is read part by part. `found` are the rows that it has named."""

    def __init__(self, table: Rows, years: Collection[str]) -> None:
        self._table, self._years = table, years
        self._rows, self._places, self._head = table.rows, table.places, table.head
        self.found: list[int] = []
        # The words by which the last row was named.
        self._names: set[str] = set()
        self._counts: list[tuple[str, Terms]] = []

    def read(self, parts: Iterator[Terms]) -> bool:
        """Tell whether each part is in its row."""
        if not all(map(self._read_part, parts)):
            return False
        # A number that belongs to no row may say how many there are.
        count = str(len(set(self.found)))
        return all(count in part.readings.get(number, (number,)) for number, part in self._counts)

    def read_in_order(self, claim: Terms) -> bool:
        """Tell whether numbers that are listed behind the rows belong to these, one by one."""
        named: list[int] = []
        for term in claim.sequence:
            places = self._places.get(term, ())
            if len(places) == 1 and places[0] not in named[-1:]:
                named += places
        told = [term for term in claim.sequence if term in claim.numbers]
        told = [number for number in told if not self._is_of_head(number, claim)]
        self.found = named
        return len(told) == len(named) and all(
            self._rows[at].has_number(number, claim) for at, number in zip(named, told, strict=True)
        )

    def _read_part(self, part: Terms) -> bool:
        numbers = sorted(part.numbers)
        if likely := self._table.find_likely(part):
            self._names = {term for term in part.content if likely[0] in self._places.get(term, ())}
            if not numbers and len(likely) > 1:
                return True
            own = [number for number in numbers if number not in self._years]
            return self._take(likely, numbers, part) or self._take(likely, own, part)
        if not numbers or all(self._is_of_head(number, part) for number in numbers):
            return True
        if self.found and self._take(self.found[-1:], numbers, part):
            return True
        if len(numbers) > 1:
            return self._take(self._list_alike(), numbers, part)
        self._counts += [(number, part) for number in numbers]
        return True

    def _take(self, likely: Sequence[int], numbers: Sequence[str], part: Terms) -> bool:
        """Note the row among some that has numbers of a part; those of the head are of all rows."""
        wanted = [number for number in numbers if not self._head.has_number(number, part)]
        for at in likely:
            if all(self._rows[at].has_number(number, part) for number in wanted):
                self.found.append(at)
                return True
        return False

    def _list_alike(self) -> list[int]:
        """Return the rows that bear the name of the last one; all where none was named."""
        known = [set(self._places.get(term, ())) for term in self._names]
        return sorted(set.intersection(*known)) if known else list(range(len(self._rows)))

    def _is_of_head(self, number: str, part: Terms) -> bool:
        return number in self._years or self._head.has_number(number, part)


def _read_rows(passage: str) -> tuple[list[str], list[str]]:
    """Return the heads of a passage's tables, and their rows, without strokes."""
    heads: list[str] = []
    rows: list[str] = []
    lines = passage.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if not line.lstrip().startswith("|") or _RULE.fullmatch(line):
            continue
        is_head = below.lstrip().startswith("|") and _RULE.fullmatch(below) is not None
        (heads if is_head else rows).append(" ".join(line.replace("|", " ").split()))
        if len(rows) == MAX_ROWS:
            break
    return heads, rows
