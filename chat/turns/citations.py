"""The passages that an answer used, and whether they say what it says.

A model marks what it took with [n]; each sentence with a mark is judged against the passages that
it cites (`chat.grounding`). A citation is as good as the worst of the sentences that cite it: what
is called supported can be relied on wherever it is cited. Passages cited together by one sentence
may share what it says between them.

A model that marks nothing - the packaged one never does - gets the passages that its sentences
agree with, or, when there is none, all that it was given; those citations have no grade.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiapp.markdown.rewriting import rewrite
from aiapp.text.columns import complete_table
from chat.grounding.framing.asides import remove_opening, states_nothing
from chat.grounding.framing.references import names_its_source, remove_frames
from chat.grounding.grade import MIN_CLAUSE_TERMS, Grade, Source, Verdict, judge
from chat.grounding.sentences import Sentence, sentences
from chat.grounding.terms import terms
from chat.turns.results import CitedPassage
from documents.search import Passage

# Of an answer without end, what is judged; judging costs about half a millisecond a sentence.
MAX_SENTENCES = 200
# Of CPU time, for texts that were made to take it; a sentence that is not judged then is not relied
# on. No honest answer comes near.
MAX_CPU_SECONDS = 3.0
# Of a sentence without end.
MAX_SENTENCE_CHARS = 1_000
# A sentence that can be short enough to need its question, and what of that is taken.
MAX_SHORT_CHARS, MAX_QUESTION_CHARS = 100, 500
_ORDER = (Grade.UNSUPPORTED, Grade.WEAK, Grade.SUPPORTED)


@dataclass(slots=True)
class CitationCheck:
    """An answer's citations in the order of their numbers, and whether it rests on them at all.

    `grounded` is true if at least one sentence is supported, false if none is, and None for an
    answer that had no passages, or none in its language.
    """

    citations: list[CitedPassage] = field(default_factory=list)
    grounded: bool | None = None


def check(
    answer: str, passages: Sequence[Passage], question: str = "", *, must_rest: bool = True
) -> CitationCheck:
    """Judge each sentence of an answer by the passages that it cites, or else by all.

    One of a word or two says nothing alone, so it is judged as an answer to its question. An answer
    that cites nothing and need not rest on the passages cites those that support it, if any do.
    """
    if not passages:
        return CitationCheck()
    marked = rewrite(answer, len(passages))
    sources = _Sources(passages)
    statements = _list_statements(remove_frames(marked), passages, question)
    grades_by_passage = _grade_passages(statements, sources)
    if not grades_by_passage:
        # Nothing but frames has marks, or nothing has.
        everything = [_complete(each, question) for each in sentences(marked, MAX_SENTENCES)]
        grades_by_passage = _grade_listed(statements, everything, sources)
    if grades_by_passage:
        citations = [
            cite_passage(n, passages[n - 1], min(grades, key=_ORDER.index) if grades else None)
            for n, grades in sorted(_add_cited(grades_by_passage, marked, passages).items())
        ]
        best = (grade for grades in grades_by_passage.values() for grade in grades)
        return CitationCheck(citations, None if sources.are_foreign else Grade.SUPPORTED in best)
    numbers, grounded = _find_closest(statements, sources)
    if not (must_rest or grounded):
        return CitationCheck()
    citations = [cite_passage(n, passages[n - 1], None) for n in numbers]
    return CitationCheck(citations, None if sources.are_foreign else grounded)


def _list_statements(answer: str, passages: Sequence[Passage], question: str) -> list[Sentence]:
    """Return the sentences of an answer that state something."""
    return [
        _complete(sentence, question)
        for sentence in sentences(answer, MAX_SENTENCES, by_marks=True)
        if not (sentence.cites and states_nothing(sentence.text[:MAX_SENTENCE_CHARS]))
        and not _names_its_source(sentence, passages)
    ]


def _complete(sentence: Sentence, question: str) -> Sentence:
    text = remove_opening(sentence.text[:MAX_SENTENCE_CHARS])
    return Sentence(_add_question(text, question)[:MAX_SENTENCE_CHARS], sentence.cites)


def _names_its_source(sentence: Sentence, passages: Sequence[Passage]) -> bool:
    titles = [passages[n - 1].title for n in sentence.cites if 1 <= n <= len(passages)]
    return bool(titles) and names_its_source(sentence.text[:MAX_SENTENCE_CHARS], titles)


def _add_question(sentence: str, question: str) -> str:
    """Return what a sentence says; of a short one only with its question: "How many? Two"."""
    if len(sentence) > MAX_SHORT_CHARS:
        return sentence
    statement = terms(sentence)
    if len(statement.content) + len(statement.numbers) >= MIN_CLAUSE_TERMS:
        return sentence
    return f"{question[:MAX_QUESTION_CHARS]} {sentence}"


def rebuild(cached: Iterable[Mapping[str, Any]], passages: Sequence[Passage]) -> list[CitedPassage]:
    """Return citations that were judged before over the same passages, as `{n, support}`."""
    grades = {each["n"]: Grade(each["support"]) if each["support"] else None for each in cached}
    return [cite_passage(n, passages[n - 1], grade) for n, grade in grades.items()]


def renumber(citations: Sequence[CitedPassage]) -> list[CitedPassage]:
    """Number citations as they are shown: those that no mark leads to are counted from one."""
    if any(each.support for each in citations):
        return list(citations)
    return [replace(each, n=n) for n, each in enumerate(citations, 1)]


def cite(answer: str, passages: Sequence[Passage]) -> list[CitedPassage]:
    """The citations alone."""
    return check(answer, passages).citations


class _Sources:
    """The passages, each read when the first sentence is compared with it."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self.count = len(passages)
        self._passages = passages
        self._sources: dict[int, Source] = {}
        self._until = time.thread_time() + MAX_CPU_SECONDS
        # Of what was judged, whether the words could be compared.
        self._could_compare: set[bool] = set()

    @property
    def are_foreign(self) -> bool:
        """True if all that was judged is in another language than the passages."""
        return self._could_compare == {False}

    @property
    def is_over(self) -> bool:
        return time.thread_time() > self._until

    def judge(self, sentence: Sentence, n: int) -> Verdict:
        if self.is_over:
            return Verdict(Grade.UNSUPPORTED, 0.0)
        if n not in self._sources:
            passage = self._passages[n - 1]
            # Without a rule below, the names would be taken for one more row.
            text = complete_table(passage.columns, passage.text)
            self._sources[n] = Source(text, passage.title)
        verdict = self._sources[n].judge(sentence.text)
        self._could_compare.add(not verdict.is_foreign)
        return verdict


def _grade_passages(statements: Iterable[Sentence], sources: _Sources) -> dict[int, list[Grade]]:
    """Return, for each passage that the answer cites, the grades of the sentences that do."""
    grades: dict[int, list[Grade]] = {}
    for sentence in statements:
        numbers = [n for n in dict.fromkeys(sentence.cites) if 1 <= n <= sources.count]
        verdicts = [sources.judge(sentence, n) for n in numbers]
        together = len(numbers) > 1 and not sources.is_over and _is_shared(sentence, verdicts)
        for n, verdict in zip(numbers, verdicts, strict=True):
            shares = together and verdict.grade == Grade.WEAK
            grades.setdefault(n, []).append(Grade.SUPPORTED if shares else verdict.grade)
    return grades


def _grade_listed(
    statements: Sequence[Sentence], everything: Sequence[Sentence], sources: _Sources
) -> dict[int, list[Grade]]:
    """Grade the passages that only a list of sources cites by the best of what the answer states.

    Where it states nothing, by what cites them.
    """
    listed = {n for each in everything for n in each.cites if 1 <= n <= sources.count}
    if not statements:
        return _grade_passages(everything, sources)
    return {
        n: [max((sources.judge(each, n).grade for each in statements), key=_ORDER.index)]
        for n in sorted(listed)
    }


def _add_cited(
    grades: dict[int, list[Grade]], marked: str, passages: Sequence[Passage]
) -> dict[int, list[Grade]]:
    """Add the passages that frames alone cite, which nothing rests on and nobody graded."""
    cited = {n for each in sentences(marked, MAX_SENTENCES) for n in each.cites}
    return grades | {n: [] for n in cited if 1 <= n <= len(passages) and n not in grades}


def _is_shared(sentence: Sentence, verdicts: Sequence[Verdict]) -> bool:
    """Check whether passages that each hold a part of a sentence hold all of it together."""
    places = " ".join(verdict.place.rstrip(".!?") for verdict in verdicts)
    return judge(sentence.text, places).grade == Grade.SUPPORTED


def _find_closest(statements: Sequence[Sentence], sources: _Sources) -> tuple[list[int], bool]:
    """The passages that an answer without marks agrees with, and whether one supports it."""
    grades = {
        n: [sources.judge(sentence, n).grade for sentence in statements]
        for n in range(1, sources.count + 1)
    }
    close = [n for n, found in grades.items() if any(g != Grade.UNSUPPORTED for g in found)]
    grounded = any(Grade.SUPPORTED in found for found in grades.values())
    return close or list(grades), grounded


def cite_passage(n: int, passage: Passage, grade: Grade | None) -> CitedPassage:
    """Return a passage as an answer cites it."""
    return CitedPassage(
        n=n,
        document=None if passage.address else passage.document_id,
        version=None if passage.address else passage.version_id,
        title=passage.title,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        quote=passage.text,
        similarity=passage.similarity,
        supported=None if grade is None else grade == Grade.SUPPORTED,
        support="" if grade is None else grade.value,
        address=passage.address,
        other_documents=passage.other_documents,
        columns=passage.columns,
    )
