"""The search for an answer's passages, within what the question is limited to."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest
from uuid import UUID

from django.conf import settings

from aiapp.errors import NotFound
from aiapp.llm import registry
from aiapp.llm.base import Inquiry, Source
from aiapp.observability import tracing
from aiapp.text.questions import needs_context, split_questions
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.prompts import answer
from chat.turns.passages import bearing
from chat.turns.passages.rewriting import Query
from chat.turns.question import TurnQuestion
from chat.turns.results import describe_passages
from documents import search
from documents.search import Bearing, Passage, SearchResult
from documents.search.scope import Scope
from documents.search.sentences import complete_sentences
from documents.tables import listing

SCOPE_GONE = "What this chat is limited to is no longer available to you. Ask without that limit."


@dataclass(slots=True)
class Findings(SearchResult):
    """The passages, and for which of the things that the question asks each was found."""

    inquiries: list[Inquiry] = field(default_factory=list)


async def has_documents(question: TurnQuestion) -> bool:
    """Tell if there is anything to search."""
    # Documents that are named have been looked up when the question was accepted.
    return bool(question.documents) or await search.has_documents(
        question.owner, question.collections, question.filters
    )


async def has_tables(question: TurnQuestion) -> bool:
    """Tell if there are tables in the question's scope."""
    return await listing.has_tables(
        Scope(question.owner, question.collections, question.documents, question.filters)
    )


async def retrieve(question: TurnQuestion, query: Query) -> Findings:
    """Search within the question's scope for the passages that fit the model's window.

    There are none where nothing bears on the question.
    """
    with tracing.span("retrieve") as span:
        model = registry.info(question.turn.model)
        found = await _search_each(question, query) if model.verbatim else None
        findings = found or await _search_once(question, query)
        span.note({"passages": len(findings.passages)})
    return findings


def list_sources(passages: Sequence[Passage]) -> list[Source]:
    """Return passages as prompts hold them, by the numbers that they are cited by."""
    return [
        Source(
            number=n,
            title=passage.title,
            text=passage.text,
            document=str(passage.version_id),
            start=passage.start,
            page=passage.page,
            heading=passage.heading,
            columns=passage.columns,
            score=passage.score,
            remarks=passage.remarks,
        )
        for n, passage in enumerate(passages, 1)
    ]


async def _search_once(question: TurnQuestion, query: Query) -> Findings:
    hits = await _search(question, query.text, question.earlier)
    earlier = question.earlier[-1] if question.earlier else ""
    found = range(1, len(hits.passages) + 1)
    inquiry = Inquiry(query.text, found, hits.answerable, earlier)
    return Findings(hits.passages, hits.notice, hits.answerable, hits.bearing, [inquiry])


async def _search_each(question: TurnQuestion, query: Query) -> Findings | None:
    """Search for each of several questions by itself; None if it is one."""
    parts = split_questions(query.text)
    if len(parts) == 1:
        return None
    contexts = [query.text if needs_context(part) else "" for part in parts]
    results = await asyncio.gather(
        *(
            _search(question, part, [*question.earlier, context] if context else question.earlier)
            for part, context in zip(parts, contexts, strict=True)
        )
    )
    # The best of each first, so that none is left out for the others.
    ranked = chain.from_iterable(zip_longest(*(hits.passages for hits in results)))
    passages = {each.chunk_id: each for each in ranked if each is not None}
    numbers: dict[UUID, int] = {chunk: n for n, chunk in enumerate(passages, 1)}
    inquiries = [
        Inquiry(part, [numbers[each.chunk_id] for each in hits.passages], hits.answerable, context)
        for part, hits, context in zip(parts, results, contexts, strict=True)
    ]
    answerable = (
        None
        if all(each.answerable is None for each in results)
        else any(each.answerable is not False for each in results)
    )
    found, notice = list(passages.values()), results[0].notice
    return Findings(found, notice, answerable, Bearing.SURE, inquiries)


async def _search(question: TurnQuestion, text: str, earlier: Sequence[str]) -> SearchResult:
    model = registry.info(question.turn.model)
    try:
        hits = await search.search(
            question.owner,
            text,
            # Of many passages the best sentences are quoted, and none costs anything.
            model.passage_count if model.verbatim else settings.RETRIEVAL_PASSAGES,
            collections=question.collections,
            documents=question.documents,
            earlier=earlier,
            filters=question.filters,
        )
    except NotFound as error:
        raise NotFound(SCOPE_GONE, code="scope_gone") from error
    passages = answer.select_fitting(hits.passages, model)
    if model.verbatim:
        passages = await complete_sentences(passages)
    return bearing.drop_foreign(question, model, replace(hits, passages=passages))


def describe_outcome(hits: SearchResult) -> Iterable[Event]:
    """Yield the outcome of the search, and for the line above the answer what is done next.

    That line stays while the model thinks.
    """
    if hits.passages:
        yield Event(Kind.PASSAGES, describe_passages(hits.passages))
    if hits.answerable is False:
        yield status(statuses.NOT_FOUND)
    if hits.passages and hits.answerable is not False:
        yield status(hits.notice or statuses.READING, passages=len(hits.passages))
    else:
        yield status(statuses.THINKING)
