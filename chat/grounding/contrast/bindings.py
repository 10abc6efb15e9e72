"""Numbers bound to what they are said of: "A has 5, B has 7" says nothing of A and 7.

A text is cut into segments, each with a number that others have not. What a segment does not
repeat it shares with its neighbour: "revenue was 5 in 2021 and 7 in 2022" says "revenue" twice. A
part of a sentence that has the number of one segment and the words of another mixes them up.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise, zip_longest

from aiapp.text.stems import CJK_RUN
from chat.grounding.contrast import vocabulary
from chat.grounding.contrast.measures import has_other_measure
from chat.grounding.contrast.opposites import has_opposite
from chat.grounding.letters import cut_word
from chat.grounding.terms import Terms, terms

MAX_SEGMENTS = 24
_CUT = re.compile(
    r"[;:]\s+|\n|[.!?…]\s+(?=[^\W\da-z_])|[。；！？।۔]|[、，](?=.{0,60}\d)"
    r"|(?<=[^\x00-\xff]),(?=[^\x00-\xff])"
    r"|,\s+(?:(?:and|but|while|whereas|or|und|et|y|e|en|och|og|a|i|и)\s+)?"
    r"|(?<!\s)\s+(?:and|but|while|whereas|although|though|despite|as opposed to"
    r"|compared (?:with|to)|versus|vs\.?|und|aber|während|sowie|et|mais|tandis que|alors que|y|pero"
    r"|mientras que|e|ma|mentre|en|maar|terwijl|och|medan|og|mens|и|а|ve|và|còn|dan|sedangkan"
    r"|और|जबकि|그리고|및|반면)\s+"
    r"|(?<!\s)\s+(?:و(?=[\u0621-\u064a]{3})|ו(?=[א-ת]{3})|(?:และ|ส่วน|แต่)(?=\S))"
    r"|(?<=[가-힣\d])(?:이고|이며|하고|했고|했으며|하며|고|며),?\s+(?=\S)"
    # "From 5 in 2021 to 7 in 2022" are two, "from 9 to 5" is one.
    r"|(?<=[ (][12]\d{3})\s+(?:to|auf|à|a)\s+(?=[$€£¥₩]?\d)(?![12]\d{3}\b)"
)
_YEAR = re.compile(r"1[6-9]\d\d|20\d\d")
# The number in a name is part of it: X200, GPT-4.
_NAMED = re.compile(r"(?<!\w)[A-Za-z]{1,12}-?\d{1,6}[A-Za-z]{0,3}(?!\w)")
# Room A, vitamin C; "a" alone is an article.
_LETTER = re.compile(r"(?<=[a-z] )[A-HJ-Z](?=[\s,;)]|\.?\Z)")
_AS_LETTERS = str.maketrans("0123456789", "qwxzjkvbpf", "-")
# Before a number they name nothing.
_LIGHT = frozenset(vocabulary.LIGHT.split())
# Of "a.m." and "p.m."
_MARKERS = frozenset("amp")
_MAX_COUNTER = 4


@dataclass(slots=True)
class _Segment:
    """A segment. `gaps` are its words before its first number, between two, and behind the last."""

    terms: Terms
    gaps: list[list[str]]
    # What its neighbours say for it.
    shared: set[str] = field(default_factory=set)
    subject: set[str] = field(default_factory=set)
    all: set[str] = field(default_factory=set)

    @property
    def has_verb_alone(self) -> bool:
        """Return whether it goes on about the same: "and fell 3 % in 2022"."""
        first = next((each for each in self.terms.tokens if each.stem in self.gaps[0]), None)
        return len(self.gaps[0]) == 1 and first is not None and not first.is_capital

    def knows(self, word: str, part: Terms) -> bool:
        return word in self.all or (word in part.numbers and self.terms.has_number(word, part))


def mixes_up(sentence: Terms, passage: Terms, elsewhere: Collection[str] = ()) -> bool:
    """Return whether a part of a sentence has the number of one segment and the words of another.

    `passage` is the place that has most of the sentence. Where it has one segment, or the sentence
    names the numbers of several together, nothing is mixed up. Nor is a number that stands in
    other places of the passage, `elsewhere`, which may say it of what the sentence says.
    """
    there = _read_segments(passage.text)
    if len(there) < 2 or not sentence.numbers:  # noqa: PLR2004 - nothing to mix up
        return False
    common = _find_common(there)
    mine = _read_segments(sentence.text)
    return any(_is_mixed(part, there, common, elsewhere) for part in mine) or _is_in_other_order(
        sentence, there, common
    )


def _find_common(there: Sequence[_Segment]) -> set[str]:
    """Return the words that tell no segment from the others: those of all, or of most."""
    words = set().union(*(each.all for each in there))
    least = len(there) if len(there) == 2 else len(there) // 2 + 1  # noqa: PLR2004 - one other
    return {word for word in words if sum(word in each.all for each in there) >= least}


def _is_mixed(
    segment: _Segment, there: Sequence[_Segment], common: set[str], elsewhere: Collection[str]
) -> bool:
    part = segment.terms
    told = part.content | part.numbers | part.months | segment.subject
    told -= common | _find_counters(part) | _MARKERS
    told = {each for each in told if not (len(each) == 1 and CJK_RUN.match(each))}
    numbers = part.numbers.difference(elsewhere)
    return any(_is_foreign(number, part, told, there) for number in numbers)


def _is_foreign(number: str, part: Terms, told: set[str], there: Sequence[_Segment]) -> bool:
    """Return whether what is told with a number belongs to another segment than the number."""
    having = [each for each in there if each.terms.has_number(number, part)]
    own = [each for each in having if not has_other_measure(part, each.terms)]
    if not having or (not own and len(having) == 1):
        return bool(having)
    own = own or having
    if len(own) == 1 and has_opposite(part, own[0].terms):
        return True
    rivals = [
        each
        for each in there
        if each not in own and (each in having or _rivals(each, number, part))
    ]
    rest = told - part.numbers
    share = max(sum(each.knows(word, part) for word in rest) for each in own)
    for rival in rivals:
        votes = sum(rival.knows(word, part) for word in rest)
        if votes > share or (votes and all(_replaces(rest, rival, each, part) for each in own)):
            return True
    # A number, a year or a month of another segment, whatever the words are.
    values = (told & (part.numbers | part.months)) - {number}
    return any(
        any(rival.knows(value, part) for rival in rivals)
        and not any(each.knows(value, part) for each in own)
        for value in values
    )


def _replaces(rest: set[str], rival: _Segment, own: _Segment, part: Terms) -> bool:
    """Return whether a word of the rival stands where its own segment has another word."""
    has_opposites = has_opposite(part, rival.terms)
    for theirs, mine in zip(rival.gaps, own.gaps, strict=False):
        for one, other in ((theirs, mine), (theirs[::-1], mine[::-1])):
            word, instead = next(
                (pair for pair in zip_longest(one, other) if pair[0] != pair[1]), (None, None)
            )
            if not word or not instead or rival.knows(instead, part):
                continue
            taken = cut_word(word) & rest
            is_foreign = taken and not any(own.knows(each, part) for each in taken)
            if is_foreign and cut_word(instead).isdisjoint(rest):
                return True
    missing = own.all - rival.all - part.content - part.numbers - part.months
    return has_opposites and any(each.isalpha() for each in missing)


def _rivals(segment: _Segment, number: str, part: Terms) -> bool:
    """Return whether a segment has a number of the same kind, which the part does not have."""
    kind = _find_kind(number, part)
    return any(
        _find_kind(each, segment.terms) == kind and not part.has_number(each, segment.terms)
        for each in segment.terms.numbers
    )


def _find_kind(number: str, there: Terms) -> str:
    if "-" in number.removeprefix("-") or _YEAR.fullmatch(number):
        return "date"
    return "share" if number in there.percents or number in there.points else "amount"


def _find_counters(part: Terms) -> set[str]:
    """Return the terms of what is written behind numbers without a blank: 명이다, 円です."""
    return {
        each
        for before, word in pairwise(part.sequence)
        if (before in part.numbers or len(before) == 1)
        and CJK_RUN.match(word)
        and len(word) <= _MAX_COUNTER
        for each in cut_word(word)
    }


def _is_in_other_order(sentence: Terms, there: Sequence[_Segment], common: set[str]) -> bool:
    """Return whether names come first, then numbers, and these in another order than theirs."""
    named: list[int] = []
    told: list[int] = []
    for term in sentence.sequence:
        is_amount = _is_amount(term, sentence)
        places = [at for at, each in enumerate(there) if each.knows(term, sentence)]
        if len(places) != 1 or term in common:
            continue
        if told and not is_amount:
            return False
        into = told if is_amount else named
        into += [at for at in places if at not in into[-1:]]
    return len(named) > 1 and len(named) == len(told) and named != told and set(named) == set(told)


@lru_cache(maxsize=256)
def _read_segments(text: str) -> tuple[_Segment, ...]:
    text = _NAMED.sub(lambda match: match[0].translate(_AS_LETTERS), text)
    text = _LETTER.sub(r"\g<0>zq", text)
    segments = [_read(part) for part in _join(_CUT.split(text)[:MAX_SEGMENTS])]
    subject: list[str] = []
    for at, segment in enumerate(segments):
        previous = segments[at - 1] if at else None
        if segment.has_verb_alone:
            # Without the verb that stands in its place.
            segment.subject = _spread(subject[:-1])
            subject = [*subject[:-1], *segment.gaps[0]]
        elif segment.gaps[0]:
            subject = segment.gaps[0]
        else:
            subject = _find_head(previous, segment, subject) if previous else subject
            segment.subject = _spread(subject)
        segment.shared = segment.subject | _find_left_out(segments, at)
        if not _find_dates(segment.terms):
            nearest = (
                _find_dates(each.terms) for each in (*reversed(segments[:at]), *segments[at:])
            )
            segment.shared |= next(filter(None, nearest), set())
        found = segment.terms
        segment.all = found.content | found.numbers | found.months | segment.shared
    return tuple(segments)


def _find_head(previous: _Segment, segment: _Segment, subject: list[str]) -> list[str]:
    """Return what a segment without words of its own before its numbers shares with the previous.

    Where that has more numbers the first ones are part of it: "line 7 runs every 8 minutes by day
    and every 15 by night".
    """
    more = len(previous.gaps) - len(segment.gaps)
    if more < 1:
        return subject
    own = previous.terms
    amounts = [at for at, term in enumerate(own.sequence) if _is_amount(term, own)]
    head = own.sequence[: amounts[more]] if more < len(amounts) else []
    return [*subject, *(term for term in head if own.means(term) and term not in subject)]


def _find_left_out(segments: Sequence[_Segment], at: int) -> set[str]:
    """Return what a neighbour says behind its numbers, where a segment says nothing of its own."""
    gaps = segments[at].gaps
    found: set[str] = set()
    for beside in (*segments[max(at - 1, 0) : at], *segments[at + 1 : at + 2]):
        pairs = zip(reversed(gaps[1:]), reversed(beside.gaps[1:]), strict=False)
        said = (theirs for mine, theirs in pairs if not mine[1:] and set(mine) <= set(theirs))
        found.update(*map(_spread, said))
        if found:
            break
    return found


def _is_amount(term: str, found: Terms) -> bool:
    return term in found.numbers and _find_kind(term, found) != "date"


def _find_dates(found: Terms) -> set[str]:
    return {each for each in found.numbers if _find_kind(each, found) == "date"} | found.months


def _join(parts: Sequence[str]) -> Iterator[str]:
    """Join what has no number of its own, or nothing but a date, to what stands behind it."""
    waiting = ""
    for part in parts:
        if not part.strip():
            continue
        found = terms(part)
        waiting = f"{waiting}, {part}" if waiting else part
        is_date = not found.content and not any(_is_amount(each, found) for each in found.numbers)
        if found.numbers and not is_date:
            yield waiting
            waiting = ""
    if waiting:
        yield waiting


def _read(text: str) -> _Segment:
    found = terms(text)
    gaps: list[list[str]] = [[]]
    for term in found.sequence:
        if _is_amount(term, found):
            gaps.append([])
        elif (
            term not in found.numbers
            and found.means(term)
            and not (len(gaps) == 1 and term in _LIGHT)
        ):
            gaps[-1].append(term)
    return _Segment(found, gaps)


def _spread(words: Sequence[str]) -> set[str]:
    """Return words as terms: a run of Korean or Japanese as its pairs."""
    return {part for word in words for part in cut_word(word)}
