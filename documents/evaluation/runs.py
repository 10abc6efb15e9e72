"""Run an evaluation: ask every question of a set, and see at which place its answer comes."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import AppError, Conflict
from aiapp.llm.registry import close_clients
from documents import search
from documents.evaluation import metrics
from documents.evaluation.evaluations import EVALUATION
from documents.evaluation.fingerprint import fingerprint
from documents.models import Evaluation, ExpectedPassage, Question
from documents.models.tuning import Tuning
from documents.search import Passage, SearchResult
from documents.text.similarity import look

logger = logging.getLogger(__name__)

# Side by side, so that the embedding of one waits while the other is ranked.
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class LoadedQuestion:
    """A question with its expected passages, read before the first search."""

    pk: int
    text: str
    expected: list[ExpectedPassage]


def run(evaluation_id: int) -> None:
    """Does nothing if another worker runs it, or if it has ended."""
    evaluation = EVALUATION.claim(evaluation_id, state=Evaluation.State.RUNNING, done=0)
    if evaluation is None:
        return
    try:
        _finish(evaluation, _measure(evaluation))
    except AppError as error:
        _end(evaluation, state=Evaluation.State.FAILED, failure_message=error.message[:500])
        logger.warning(
            "evaluation_failed", extra={"evaluation": evaluation_id, "code": error.reason}
        )


def _measure(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The result of every question, on a state that did not change meanwhile."""
    owner = evaluation.question_set.collection.owner
    if not owner.is_active:
        # Measured as the owner, who alone reads all documents of the collection.
        raise Conflict("The collection's owner is deactivated and finds nothing.")
    before = fingerprint(evaluation.question_set)
    questions = [
        LoadedQuestion(question.pk, question.text, list(question.expected.all()))
        for question in Question.objects.filter(
            question_set=evaluation.question_set
        ).prefetch_related("expected")
    ]
    Evaluation.objects.filter(pk=evaluation.pk).update(total=len(questions), fingerprint=before)
    results = asyncio.run(_ask_all(evaluation, owner, questions))
    if fingerprint(evaluation.question_set) != before:
        raise Conflict("Documents or questions changed during the evaluation. Run it again.")
    return results


async def _ask_all(
    evaluation: Evaluation, owner: User, questions: Sequence[LoadedQuestion]
) -> list[dict[str, Any]]:
    tuning = Tuning.read(evaluation.tuning)
    free = asyncio.Semaphore(AT_ONCE)

    async def ask(question: LoadedQuestion) -> dict[str, Any]:
        async with free:
            result = await search.search(
                owner,
                question.text,
                evaluation.k,
                collections=[evaluation.question_set.collection_id],
                tuning=tuning,
            )
            if result.notice == search.NOT_EMBEDDED:
                raise Conflict("The embedding service is not responding. Run it again later.")
            # Questions end side by side, and their writes in any order.
            await in_db(EVALUATION.renew, evaluation.pk, done=F("done") + 1)
        return score_question(question.pk, question.expected, result, evaluation.k)

    refusals: list[Exception] = []
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(question)) for question in questions]
    except* AppError as errors:
        # Raised here it would come in a group of its own; Python 3.11.2 makes one, 3.11.7 none.
        refusals += errors.exceptions
    finally:
        await close_clients()
    if refusals:
        raise refusals[0]
    return [each.result() for each in tasks]


def score_question(
    question: int, expected: Sequence[ExpectedPassage], result: SearchResult, k: int
) -> dict[str, Any]:
    """Score the search for a question, in the form that `Evaluation.details` keeps."""
    scores: dict[str, Any] = {
        "question": question,
        "answerable": result.answerable,
        "recall": None,
        "ndcg": None,
        "found": [_describe_passage(passage, expected) for passage in result.passages[:k]],
    }
    if expected:
        places = _find_places(expected, result.passages[:k])
        reached = {place for ranked in places for place in ranked}
        scores["recall"] = len(reached) / len(expected)
        scores["ndcg"] = _compute_ndcg(expected, places, k)
    return scores


def matches(passage: Passage, expected: ExpectedPassage) -> bool:
    """Check a passage against the place of an answer: document, and page and words if given."""
    if passage.document_id != expected.document_id:
        return False
    if expected.page is not None and passage.page not in {None, expected.page}:
        return False
    # Line breaks and letters' case are the parser's and the writer's, not the answer's.
    return look(expected.quote).casefold() in look(passage.text).casefold()


def _find_places(
    expected: Sequence[ExpectedPassage], passages: Sequence[Passage]
) -> list[list[int]]:
    """By rank, which of the expected passages are reached there for the first time."""
    remaining = dict(enumerate(expected))
    places = []
    for passage in passages:
        here = [n for n, each in remaining.items() if matches(passage, each)]
        places.append(here)
        for n in here:
            del remaining[n]
    return places


def _compute_ndcg(expected: Sequence[ExpectedPassage], places: list[list[int]], k: int) -> float:
    # Two that stand in one passage count as one, since no order could part them.
    first = [here[0] if here else -1 for here in places]
    reached = {n for here in places for n in here}
    wanted = {n for n in first if n >= 0} | (set(range(len(expected))) - reached)
    return metrics.ndcg(first, dict.fromkeys(wanted, 1.0), k)


def _describe_passage(passage: Passage, expected: Sequence[ExpectedPassage]) -> dict[str, Any]:
    return {
        "document": str(passage.document_id),
        "chunk": str(passage.chunk_id),
        "title": passage.title,
        "page": passage.page,
        "score": round(passage.score, 4),
        "right": any(matches(passage, each) for each in expected),
    }


def _finish(evaluation: Evaluation, results: list[dict[str, Any]]) -> None:
    with_answer = [each for each in results if each["recall"] is not None]
    without = [each for each in results if each["recall"] is None]
    _end(
        evaluation,
        state=Evaluation.State.DONE,
        details=results,
        recall=_mean([each["recall"] for each in with_answer]),
        ndcg=_mean([each["ndcg"] for each in with_answer]),
        unanswerable=_compute_refusal_share(without),
        false_unanswerable=_compute_refusal_share(with_answer),
    )


def _compute_refusal_share(results: Sequence[dict[str, Any]]) -> float | None:
    """The share taken for unanswerable, where search could tell."""
    return _mean([1.0 - each["answerable"] for each in results if each["answerable"] is not None])


def _mean(values: Sequence[float]) -> float | None:
    return metrics.mean(values) if values else None


def _end(evaluation: Evaluation, **changes: Any) -> None:
    running = Evaluation.objects.filter(pk=evaluation.pk, state=Evaluation.State.RUNNING)
    running.update(finished=Now(), **changes)
