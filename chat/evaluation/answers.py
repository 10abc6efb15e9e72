"""Ask a model a data set's questions, and measure its answers and what they cite."""

import asyncio
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm.registry import close_clients
from chat import asking
from chat.evaluation import strings
from chat.models import Turn
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from chat.turns.quoting import locate_quotes
from chat.turns.results import Result
from documents.evaluation import metrics
from documents.evaluation.dataset import Dataset, Query
from documents.models import Document

# Side by side, so that one is searched for while another is written.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it cites, and the seconds that it took."""

    query: Query
    result: Result
    seconds: float

    @property
    def is_refusal(self) -> bool:
        """Return whether it rests on nothing: it says so, or its check found so."""
        return self.result.grounded is not True


@dataclass(slots=True)
class AnswerFigures:
    """Means over the questions that have what a measure needs, by the measure's name."""

    questions: int = 0
    failed: int = 0
    values: dict[str, float] = field(default_factory=dict)


def measure(
    user: User, dataset: Dataset, documents: Mapping[str, Document], model: str, limit: int = 0
) -> AnswerFigures:
    """Ask the questions, each about its own document where the set has files."""
    queries = dataset.queries[:limit] if limit else dataset.queries
    answers = asyncio.run(_ask_all(user, queries, documents, model, has_files=bool(dataset.files)))
    return score(answers, dataset, documents)


def score(
    answers: Sequence[Answer], dataset: Dataset, documents: Mapping[str, Document]
) -> AnswerFigures:
    done = [each for each in answers if each.result.state == Turn.State.DONE]
    figures = AnswerFigures(len(answers), len(answers) - len(done))
    names = {str(document.pk): name for name, document in documents.items()}
    ids = {(passage.document, passage.page): passage.id for passage in dataset.passages}
    rows: dict[str, list[float]] = {}
    for answer in done:
        for name, value in _score(answer, ids, names, by_characters=dataset.by_characters):
            rows.setdefault(name, []).append(value)
    figures.values = {name: metrics.mean(values) for name, values in rows.items()}
    if done:
        figures.values["seconds p50"] = statistics.median(each.seconds for each in done)
    return figures


def _score(
    answer: Answer,
    ids: Mapping[tuple[str, int], str],
    names: Mapping[str, str],
    *,
    by_characters: bool,
) -> Iterable[tuple[str, float]]:
    query, result = answer.query, answer.result
    if not query.answerable:
        yield "recognised", float(answer.is_refusal)
        return
    yield "falsely", float(answer.is_refusal)
    if by_characters:
        yield from _score_spans(query, result, names)
    elif query.gains:
        cited = {
            ids.get((names.get(str(each["document"]), ""), each["page"] or 1), "")
            for each in result.citations
        }
        yield "right page", float(not cited.isdisjoint(query.gains))
        yield "passages", float(len(result.citations))
    if query.answers:
        yield "contains", strings.contains(result.content, query.answers)
        yield "F1", strings.compute_overlap(result.content, query.answers)
        numbers = strings.has_numbers(result.content, query.answers)
        if numbers is not None:
            yield "numbers", numbers


def _score_spans(
    query: Query, result: Result, names: Mapping[str, str]
) -> Iterable[tuple[str, float]]:
    """Characters of what is quoted, or of whole passages where nothing is."""
    quotes = locate_quotes(result.content, result.citations)
    quotes = quotes or [(each, each["start"], each["end"]) for each in result.citations]
    spans = [
        (start, end)
        for cited, start, end in quotes
        if names.get(str(cited["document"])) == query.document
    ]
    got = metrics.count_covered(query.spans, spans)
    characters = sum(end - start for _, start, end in quotes)
    yield "span recall", got / metrics.length(query.spans)
    yield "precision", got / characters if characters else 0.0
    yield "characters", float(characters)


async def _ask_all(
    user: User,
    queries: Sequence[Query],
    documents: Mapping[str, Document],
    model: str,
    *,
    has_files: bool,
) -> list[Answer]:
    places = asyncio.Semaphore(AT_ONCE)
    collection = next(iter(documents.values())).collection_id

    async def ask(query: Query) -> Answer:
        document = documents.get(query.document) if has_files else None
        scope: dict[str, Any] = {"documents": [document.pk]} if document else {}
        async with places:
            return await _ask(user, query, model, {"collections": [collection]} | scope)

    try:
        return await asyncio.gather(*map(ask, queries))
    finally:
        await close_clients()


async def _ask(user: User, query: Query, model: str, scope: Mapping[str, Any]) -> Answer:
    choices = await asking.choices(model, tools=[], fresh=True, **scope)
    begun = time.perf_counter()
    accepted = await asking.ask(
        user, Question(query.text), choices, follows=NewConversation(temporary=True)
    )
    result = await asking.outcome(accepted.turn)
    seconds = time.perf_counter() - begun
    await in_db(accepted.conversation.delete)
    return Answer(query, result, seconds)
