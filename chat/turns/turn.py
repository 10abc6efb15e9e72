"""A turn on one screen: how a question becomes an answer."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial

from django.conf import settings
from django.utils.translation import get_language

from aiapp.db import LOST, is_outage, retry_in_outage
from aiapp.errors import AppError, Unavailable
from aiapp.llm import registry
from aiapp.llm.base import Prompt
from aiapp.llm.errors import ModelUnavailable
from aiapp.llm.tokens import estimate
from chat.endpoints.access import allow_fallbacks
from chat.guardrails.flagging import find_flags
from chat.guardrails.moderating import moderate
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.memory.window import select_history
from chat.models import Turn
from chat.prompts import answer
from chat.tools import registry as registry_of_tools
from chat.tools.base import Tool
from chat.turns import citations, prompt_snapshot, quoting, response_cache, utterance
from chat.turns.admission import Beginning
from chat.turns.passages import bearing, retrieval
from chat.turns.passages.retrieval import Findings
from chat.turns.passages.rewriting import build_query
from chat.turns.question import TurnQuestion
from chat.turns.results import Result, as_event, describe_start
from chat.turns.stopping import Stop
from chat.turns.thinking import Thinking
from chat.turns.tools import loop
from documents.search import Bearing, Passage

NOT_IN_DOCUMENTS = (
    "I could not find this in your documents. Ask in other words, or add a document that holds it."
)

# An accepted question outlives a database that is started anew, or whose place another takes.
OUTAGE_SECONDS = 60.0

logger = logging.getLogger(__name__)
_bridge = partial(retry_in_outage, OUTAGE_SECONDS)


async def run(
    question: TurnQuestion, stop: Stop, result: Result, *, gather: Callable[[], float] = float
) -> AsyncGenerator[Event, None]:
    """Yield what happens while the answer is made, and leave the outcome in `result`.

    Saving it, and the final `done`, are the runner's: an attempt that lost its turn must not
    speak the last word. A cancelled task (a shutdown) leaves through CancelledError, so that
    another process can take the turn over; a Stop ends in a result that keeps what was said.
    `gather` says how long tokens may wait for each other at the moment, in seconds.
    """
    yield Event(Kind.STARTED, describe_start(question.turn))
    thinking = Thinking(result)
    try:
        async with (
            stop,
            asyncio.timeout(settings.TURN_SECONDS),
            Beginning(str(question.owner.pk)) as beginning,
            aclosing(_answer(question, result, gather, beginning)) as events,
        ):
            if await beginning.is_long():
                yield status(statuses.QUEUED)
            await beginning.wait()
            async for event in events:
                yield thinking.hear(event)
    except TimeoutError:
        _fail(result, ModelUnavailable("The answer took too long.", code="turn_timeout"))
    except (AppError, *LOST) as error:
        _fail(result, _explain(error))
    if stop.stopped:
        result.state, result.finish_reason, result.error = Turn.State.STOPPED, "stop", {}
    if not (result.completion_tokens or result.cached) and result.content:
        result.completion_tokens = estimate(result.content)
    result.prompt_tokens += result.search_tokens[0]
    result.completion_tokens += result.search_tokens[1]
    if result.error:
        yield Event(Kind.ERROR, result.error)


async def _answer(
    question: TurnQuestion, result: Result, gather: Callable[[], float], beginning: Beginning
) -> AsyncGenerator[Event, None]:
    hits = Findings()
    result.flags += await moderate(question.content)
    is_searched = question.searches and await _bridge(partial(retrieval.has_documents, question))
    if is_searched and bearing.is_worth_searching(question):
        yield status(statuses.SEARCHING)
        hits = await _search(question, result)
        for outcome in retrieval.describe_outcome(hits):
            yield outcome
    passages = hits.passages
    if hits.answerable is False and registry.info(question.turn.model).demo:
        # It would make something up; nobody could tell that from an answer.
        result.content, result.finish_reason, result.grounded = NOT_IN_DOCUMENTS, "stop", False
        yield Event(Kind.DELTA, {"text": NOT_IN_DOCUMENTS})
        return
    nonce = answer.new_nonce()
    tools = await _bridge(partial(_select_tools, question, is_searched))
    built = _build_prompt(question, hits, nonce, gather)
    built = await _bridge(partial(allow_fallbacks, question.owner, built))
    prompt = loop.offer(built, tools, nonce)
    result.prompt = prompt_snapshot.list_parts(question, prompt, passages)
    work = loop.Work(
        question, prompt, tools, list(passages), nonce, result, must_rest=bearing.must_rest(hits)
    )
    beginning.end_soon()
    async with response_cache.Place(question, prompt, passages, nonce) as place:
        if place.busy:
            yield status(statuses.WAITING)
            await place.wait()
        if place.answer:
            yield _repeat(place.answer, passages, result)
        else:
            async with aclosing(_make_answer(work)) as events:
                async for event in events:
                    yield event
            await place.keep(result)
    for citation in result.citations:
        yield Event(Kind.CITATION, citation)


async def _select_tools(question: TurnQuestion, is_searched: bool) -> dict[str, Tool]:
    has_tables = partial(retrieval.has_tables, question)
    tools = await registry_of_tools.select_tools(question.turn, has_tables, searches=is_searched)
    if tools:
        await registry_of_tools.prepare()
    return tools


async def _search(question: TurnQuestion, result: Result) -> Findings:
    query = await build_query(question)
    result.search_tokens = (query.prompt_tokens, query.completion_tokens)
    hits = await _bridge(partial(retrieval.retrieve, question, query))
    result.flags += await asyncio.to_thread(find_flags, hits.passages)
    return hits


def _repeat(cached: response_cache.CachedAnswer, passages: list[Passage], result: Result) -> Event:
    """A kept answer, whose quotes are the passages of this moment."""
    result.content, result.grounded, result.cached = cached.content, cached.grounded, True
    result.finish_reason = "stop"
    result.citations = [
        as_event(each) for each in citations.renumber(citations.rebuild(cached.citations, passages))
    ]
    return Event(Kind.DELTA, {"text": cached.content})


async def _make_answer(work: loop.Work) -> AsyncGenerator[Event, None]:
    result = work.result
    say = partial(utterance.speak, fence=work.nonce, passages=work.passages)
    making = loop.run(work, say) if work.tools else _speak_once(work, say)
    async with aclosing(making) as events:
        async for event in events:
            yield event
    if work.passages:
        # On a thread, since a long answer takes as long to check as many tokens to pass on.
        check = await asyncio.to_thread(_check, work)
        result.citations = [as_event(each) for each in citations.renumber(check.citations)]
        result.grounded = check.grounded


def _check(work: loop.Work) -> citations.CitationCheck:
    content, passages = work.result.content, work.passages
    if registry.info(work.result.speaker or work.prompt.model).verbatim:
        return quoting.check(content, passages)
    return citations.check(content, passages, work.question.content, must_rest=work.must_rest)


async def _speak_once(work: loop.Work, say: loop.Say) -> AsyncGenerator[Event, None]:
    said = work.result.expect_words()
    try:
        async with aclosing(say(work.prompt, said)) as events:
            async for event in events:
                yield event
    finally:
        work.result.add(said)


def _build_prompt(
    question: TurnQuestion, hits: Findings, nonce: str, gather: Callable[[], float]
) -> Prompt:
    turn, passages = question.turn, hits.passages
    model = registry.info(turn.model)
    prompt = Prompt(
        model=turn.model,
        messages=[],
        owner=str(question.owner.pk),
        gather=gather,
        sources=retrieval.list_sources(passages),
        inquiries=hits.inquiries,
        language=get_language() or "",
    )
    if model.verbatim:
        return replace(prompt, messages=quoting.compose(hits.inquiries, prompt.language))
    if turn.request is not None:
        return replace(
            prompt,
            messages=answer.insert_passages(turn.request["messages"], passages, model, nonce),
            options=turn.request["options"],
        )
    return replace(
        prompt,
        messages=answer.compose(
            question.content,
            history=select_history(question.history, model),
            passages=passages,
            model=model,
            nonce=nonce,
            is_there=hits.answerable is not False,
            is_sure=hits.bearing is Bearing.SURE,
            instructions=question.instructions,
            facts=question.facts,
            notes=question.notes.text if question.notes else "",
            question_pictures=question.pictures,
        ),
        temperature=turn.temperature,
        max_tokens=turn.max_tokens or model.answer_tokens,
        options={"reasoning_effort": turn.effort} if turn.effort and model.thinking else {},
    )


def _explain(error: Exception) -> AppError:
    """Return what a reader is told. Raises the error itself where it is a fault of ours."""
    if isinstance(error, AppError):
        return error
    if not is_outage(error):
        raise error
    # The database was waited for, and stayed away.
    return Unavailable()


def _fail(result: Result, error: AppError) -> None:
    result.state = Turn.State.FAILED
    result.error = error.as_event()
    logger.warning("turn_failed", extra={"code": error.reason})
