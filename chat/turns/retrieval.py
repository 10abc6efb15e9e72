"""The search for an answer's passages, within what the question is limited to."""

from collections.abc import Iterable
from dataclasses import replace

from django.conf import settings

from aiapp.errors import NotFound
from aiapp.llm import registry
from aiapp.observability import tracing
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.prompts import answer
from chat.turns import bearing
from chat.turns.question import TurnQuestion
from chat.turns.results import describe_passages
from chat.turns.rewriting import Query
from documents import search
from documents.search import SearchResult

SCOPE_GONE = "What this chat is limited to is no longer available to you. Ask without that limit."


async def has_documents(question: TurnQuestion) -> bool:
    """Tell if there is anything to search."""
    # Documents that are named have been looked up when the question was accepted.
    return bool(question.documents) or await search.has_documents(
        question.owner, question.collections
    )


async def retrieve(question: TurnQuestion, query: Query) -> SearchResult:
    """Search within the question's scope for the passages that fit the model's window.

    There are none where nothing bears on the question.
    """
    with tracing.span("retrieve") as span:
        hits = await _search(question, query)
        span.note({"passages": len(hits.passages)})
    return hits


async def _search(question: TurnQuestion, query: Query) -> SearchResult:
    try:
        hits = await search.search(
            question.owner,
            query.text,
            settings.RETRIEVAL_PASSAGES,
            collections=question.collections,
            documents=question.documents,
            earlier=question.earlier,
        )
    except NotFound as error:
        raise NotFound(SCOPE_GONE, code="scope_gone") from error
    model = registry.info(question.turn.model)
    fitting = answer.select_fitting(hits.passages, model)
    return bearing.drop_foreign(question, model, replace(hits, passages=fitting))


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
