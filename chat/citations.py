"""Which passages an answer used, and whether they say what it says.

A model marks what it took with [n]; each sentence with a mark is judged against the passages that
it cites (`chat.grounding`). A citation is as good as the worst of the sentences that cite it: what
is called supported can be relied on wherever it is cited. Passages cited together by one sentence
may share what it says between them.

A model that marks nothing - the packaged one never does - gets the passages that its sentences
agree with, or, when there is none, all that it was given; those citations have no grade.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiapp.markdown.rewriting import rewrite
from chat.grounding.grade import Grade, Verdict, judge
from chat.grounding.sentences import Sentence, sentences
from chat.results import Cited
from documents.search import Passage

# Of an answer without end, what is judged; judging costs about half a millisecond a sentence.
MOST_SENTENCES = 200
# Of a sentence without end.
MOST_CHARS = 1_000
_ORDER = (Grade.UNSUPPORTED, Grade.WEAK, Grade.SUPPORTED)


@dataclass(slots=True)
class Checked:
    """An answer's citations in the order of their numbers, and whether it rests on them at all.

    `grounded` is true if at least one sentence is supported, false if none is, and None for an
    answer that had no passages.
    """

    citations: list[Cited] = field(default_factory=list)
    grounded: bool | None = None


def check(answer: str, passages: Sequence[Passage]) -> Checked:
    if not passages:
        return Checked()
    said = [
        Sentence(sentence.text[:MOST_CHARS], sentence.cites)
        for sentence in sentences(rewrite(answer, len(passages)))[:MOST_SENTENCES]
    ]
    graded = _graded(said, passages)
    if graded:
        cited = [
            _cited(n, passages[n - 1], min(grades, key=_ORDER.index))
            for n, grades in sorted(graded.items())
        ]
        best = (grade for grades in graded.values() for grade in grades)
        return Checked(cited, Grade.SUPPORTED in best)
    numbers, grounded = _closest(said, passages)
    return Checked([_cited(n, passages[n - 1], None) for n in numbers], grounded)


def again(kept: Iterable[Mapping[str, Any]], passages: Sequence[Passage]) -> list[Cited]:
    """Citations that were judged before over the same passages, as `{n, support}`."""
    grades = {each["n"]: Grade(each["support"]) if each["support"] else None for each in kept}
    return [_cited(n, passages[n - 1], grade) for n, grade in grades.items()]


def numbered(citations: Sequence[Cited]) -> list[Cited]:
    """Citations as they are shown: those that no mark leads to are counted from one."""
    if any(each.support for each in citations):
        return list(citations)
    return [replace(each, n=n) for n, each in enumerate(citations, 1)]


def cite(answer: str, passages: Sequence[Passage]) -> list[Cited]:
    """The citations alone."""
    return check(answer, passages).citations


def _graded(said: Iterable[Sentence], passages: Sequence[Passage]) -> dict[int, list[Grade]]:
    """For each passage that the answer cites, the grades of the sentences that do."""
    graded: dict[int, list[Grade]] = {}
    for sentence in said:
        numbers = [n for n in dict.fromkeys(sentence.cites) if 1 <= n <= len(passages)]
        verdicts = [_judged(sentence, passages[n - 1]) for n in numbers]
        together = len(numbers) > 1 and _is_shared(sentence, verdicts)
        for n, verdict in zip(numbers, verdicts, strict=True):
            shares = together and verdict.grade == Grade.WEAK
            graded.setdefault(n, []).append(Grade.SUPPORTED if shares else verdict.grade)
    return graded


def _is_shared(sentence: Sentence, verdicts: Sequence[Verdict]) -> bool:
    """Whether passages that each hold a part of a sentence hold all of it together."""
    places = " ".join(verdict.place.rstrip(".!?") for verdict in verdicts)
    return judge(sentence.text, places).grade == Grade.SUPPORTED


def _closest(said: Sequence[Sentence], passages: Sequence[Passage]) -> tuple[list[int], bool]:
    """The passages that an answer without marks agrees with, and whether one supports it."""
    grades = {
        n: [_judged(sentence, passage).grade for sentence in said]
        for n, passage in enumerate(passages, 1)
    }
    close = [n for n, given in grades.items() if any(g != Grade.UNSUPPORTED for g in given)]
    grounded = any(Grade.SUPPORTED in given for given in grades.values())
    return close or list(grades), grounded


def _judged(sentence: Sentence, passage: Passage) -> Verdict:
    return judge(sentence.text, passage.text, passage.title)


def _cited(n: int, passage: Passage, grade: Grade | None) -> Cited:
    return Cited(
        n=n,
        document=passage.document_id,
        version=passage.version_id,
        title=passage.title,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        quote=passage.text,
        similarity=passage.similarity,
        supported=None if grade is None else grade == Grade.SUPPORTED,
        support="" if grade is None else grade.value,
    )
