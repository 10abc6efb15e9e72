"""A turn on one screen: how a question becomes an answer."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial

from django.conf import settings

from aiapp.errors import AppError, NotFound
from aiapp.llm import registry
from aiapp.llm.base import (
    AllWasThought,
    End,
    Fallback,
    Piece,
    Prompt,
    Reasoning,
    Text,
    ToolCall,
    Waiting,
)
from aiapp.llm.errors import ModelUnavailable
from aiapp.llm.tokens import estimate, estimate_content
from aiapp.markdown.rewriting import Rewriter
from aiapp.observability import tracing
from chat.guardrails import output, policy
from chat.guardrails.flagging import Flag, flags_of
from chat.guardrails.moderating import looked_at
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.memory.window import remembered
from chat.models import Turn
from chat.prompts import answer
from chat.tools import registry as registry_of_tools
from chat.turns import citations, prompt_snapshot, response_cache
from chat.turns.question import Asked
from chat.turns.results import Result, as_event, listed, started
from chat.turns.rewriting import Query, query_for
from chat.turns.stopping import Stop
from chat.turns.tools import loop
from documents import search
from documents.search import Passage, SearchResult

SCOPE_GONE = "What this chat is limited to is no longer there for you. Ask without that limit."
NOT_IN_DOCUMENTS = (
    "I could not find this in your documents. Ask in other words, or add a document that holds it."
)

# No model writes so much; a server that never ends would fill the memory.
MAX_ANSWER_CHARS = 1_000_000
# What is cleaned before other tasks have their turn; a model may send megabytes in one event.
CHARS_AT_ONCE = 16_384

logger = logging.getLogger(__name__)


async def run(
    asked: Asked, stop: Stop, result: Result, *, gather: Callable[[], float] = float
) -> AsyncGenerator[Event, None]:
    """Yield what happens while the answer is made, and leave the outcome in `result`.

    Saving it, and the final `done`, are the runner's: an attempt that lost its turn must not
    speak the last word. A cancelled task (a shutdown) leaves through CancelledError, so that
    another process can take the turn over; a Stop ends in a result that keeps what was said.
    `gather` says how long tokens may wait for each other at the moment, in seconds.
    """
    yield Event(Kind.STARTED, started(asked.turn))
    try:
        async with (
            stop,
            asyncio.timeout(settings.TURN_SECONDS),
            aclosing(_answer(asked, result, gather)) as events,
        ):
            async for event in events:
                yield event
    except TimeoutError:
        _fail(result, ModelUnavailable("The answer took too long.", code="turn_timeout"))
    except AppError as error:
        _fail(result, error)
    if stop.stopped:
        result.state, result.finish_reason, result.error = Turn.State.STOPPED, "stop", {}
    if not (result.completion_tokens or result.cached) and result.content:
        result.completion_tokens = estimate(result.content)
    result.prompt_tokens += result.search_tokens[0]
    result.completion_tokens += result.search_tokens[1]
    if result.error:
        yield Event(Kind.ERROR, result.error)


async def _answer(
    asked: Asked, result: Result, gather: Callable[[], float]
) -> AsyncGenerator[Event, None]:
    found = SearchResult()
    result.flags += await looked_at(asked.content)
    if asked.searches and await _has_documents(asked):
        yield status(statuses.SEARCHING)
        query = await query_for(asked)
        result.search_tokens = (query.prompt_tokens, query.completion_tokens)
        found = await _retrieve(asked, query)
        result.flags += await asyncio.to_thread(flags_of, found.passages)
        yield Event(Kind.PASSAGES, listed(found.passages))
        yield _outcome(found)
    passages = found.passages
    if found.answerable is False and registry.info(asked.turn.model).demo:
        # It would make something up; nobody could tell that from an answer.
        result.content, result.finish_reason, result.grounded = NOT_IN_DOCUMENTS, "stop", False
        yield Event(Kind.DELTA, {"text": NOT_IN_DOCUMENTS})
        return
    nonce, tools = answer.new_nonce(), await registry_of_tools.offered(asked.turn)
    prompt = loop.offer(_prompt(asked, found, nonce, gather), tools, nonce)
    result.prompt = prompt_snapshot.parts_of(asked, prompt, passages)
    work = loop.Work(asked, prompt, tools, list(passages), nonce, result)
    async with response_cache.Place(asked, prompt, passages, nonce) as place:
        if place.busy:
            yield status(statuses.WAITING)
            await place.wait()
        if place.kept:
            yield _repeat(place.kept, passages, result)
        else:
            async with aclosing(_made(work)) as events:
                async for event in events:
                    yield event
            await place.keep(result)
    for citation in result.citations:
        yield Event(Kind.CITATION, citation)


def _repeat(kept: response_cache.Kept, passages: list[Passage], result: Result) -> Event:
    """A kept answer, whose quotes are the passages of this moment."""
    result.content, result.grounded, result.cached = kept.content, kept.grounded, True
    result.finish_reason = "stop"
    result.citations = [
        as_event(each) for each in citations.numbered(citations.again(kept.citations, passages))
    ]
    return Event(Kind.DELTA, {"text": kept.content})


async def _made(work: loop.Work) -> AsyncGenerator[Event, None]:
    prompt, result = work.prompt, work.result
    say = partial(_said, fence=work.nonce, passages=work.passages)
    making = loop.run(work, say) if work.tools else say(prompt, result)
    async with aclosing(making) as events:
        async for event in events:
            yield event
    if passages := work.passages:
        # On a thread, since a long answer takes as long to check as many tokens to pass on.
        checked = await asyncio.to_thread(
            citations.check, result.content, passages, work.asked.content
        )
        result.citations = [as_event(each) for each in citations.numbered(checked.citations)]
        result.grounded = checked.grounded


async def _said(
    prompt: Prompt, result: Result, *, fence: str, passages: Sequence[Passage]
) -> AsyncGenerator[Event, None]:
    """Ask the model once. What it says is cleaned before anybody sees it, its marks are ours."""
    hidden = policy.secrets()
    text, thoughts = output.Filter(hidden, fence), output.Filter(hidden, fence)
    marks = Rewriter(len(passages))
    before = len(result.content)
    # Until the model tells, so that an answer that breaks off is on the books as well.
    result.prompt_tokens = sum(estimate_content(message["content"]) for message in prompt.messages)
    with tracing.span("model", {"gen_ai.request.model": prompt.model}, kind="client") as span:
        async with (
            aclosing(registry.chat_model(prompt.model).stream(prompt)) as stream,
            aclosing(_bounded(stream)) as pieces,
        ):
            async for piece in pieces:
                if isinstance(piece, AllWasThought):
                    held = marks.feed(text.finish()) + marks.finish()
                    marks = Rewriter(len(passages))
                    for event in _taken_back(result, before, held):
                        yield event
                for event in _cleaned(piece, result, (text, marks), thoughts):
                    yield event
        rest = marks.feed(text.finish()) + marks.finish()
        for event in (*_thought(thoughts.finish()), *_told(rest, result)):
            yield event
        if removed := text.removed | thoughts.removed:
            result.flags.append(Flag("answer", sorted(removed), 1.0))
        span.note({f"gen_ai.usage.{name}": amount for name, amount in result.usage.items()})


async def _bounded(pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """The pieces, long ones in parts, with an end of our own for an answer that finds none."""
    said = 0
    async for piece in pieces:
        if not isinstance(piece, Text | Reasoning) or len(piece.text) <= CHARS_AT_ONCE:
            parts = [piece]
        else:
            starts = range(0, len(piece.text), CHARS_AT_ONCE)
            parts = [replace(piece, text=piece.text[at : at + CHARS_AT_ONCE]) for at in starts]
        for n, part in enumerate(parts):
            if n:
                await asyncio.sleep(0)
            said += len(part.text) if isinstance(part, Text | Reasoning) else 0
            yield part
            if said > MAX_ANSWER_CHARS:
                yield End(finish_reason="length")
                return


def _cleaned(
    piece: Piece,
    result: Result,
    answer: tuple[output.Filter, Rewriter],
    thoughts: output.Filter,
) -> Iterator[Event]:
    """The events of a piece, its words as far as they may be shown by now."""
    text, marks = answer
    match piece:
        case Text(said):
            # Thoughts end where the answer begins.
            yield from _thought(thoughts.finish())
            yield from _told(marks.feed(text.feed(said)), result)
        case Reasoning(said):
            yield from _thought(thoughts.feed(said))
        case _:
            if event := _heard(piece, result):
                yield event


def _taken_back(result: Result, before: int, held: str) -> Iterator[Event]:
    """Turn the text since `before` into thoughts: readers drop it and get it as such."""
    thought = result.content[before:] + held
    result.content = f"{result.content[:before]}\n\n" if before else ""
    # The same event that tells of another attempt, whose words do not count either.
    yield Event(Kind.RESTARTED, {"thoughts": True})
    yield from _thought(thought)
    if before:
        yield Event(Kind.DELTA, {"text": result.content})


def _told(text: str, result: Result) -> Iterator[Event]:
    if text:
        result.content += text
        yield Event(Kind.DELTA, {"text": text})


def _thought(text: str) -> Iterator[Event]:
    if text:
        yield Event(Kind.REASONING, {"text": text})


def _heard(piece: Piece, result: Result) -> Event | None:
    match piece:
        case ToolCall():
            call = asdict(piece)
            result.tool_calls.append(call)
            return Event(Kind.TOOL_CALL, call)
        case Waiting():
            return status(statuses.WAITING_FOR_MODEL)
        case Fallback(model):
            told = status(statuses.STOOD_IN, model=result.speaker, stand_in=model)
            result.stand_in = model
            return told
        case End():
            result.finish_reason = piece.finish_reason
            result.prompt_tokens = piece.prompt_tokens or result.prompt_tokens
            result.completion_tokens = piece.completion_tokens
            result.thoughts = piece.thoughts
    return None


async def _has_documents(asked: Asked) -> bool:
    # Documents that are named have been looked up when the question was accepted.
    return bool(asked.documents) or await search.has_documents(asked.owner, asked.collections)


async def _retrieve(asked: Asked, query: Query) -> SearchResult:
    with tracing.span("retrieve") as span:
        found = await _search(asked, query)
        span.note({"passages": len(found.passages)})
    return found


async def _search(asked: Asked, query: Query) -> SearchResult:
    try:
        found = await search.search(
            asked.owner,
            query.text,
            settings.RETRIEVAL_PASSAGES,
            collections=asked.collections,
            documents=asked.documents,
            earlier=asked.earlier,
        )
    except NotFound as error:
        raise NotFound(SCOPE_GONE, code="scope_gone") from error
    fitting = answer.fitting(found.passages, registry.info(asked.turn.model))
    # What is asked about may stand in the pictures, of which the search knows nothing.
    answerable = None if asked.pictures else found.answerable
    return replace(found, passages=fitting, answerable=answerable)


def _outcome(found: SearchResult) -> Event:
    """Return the outcome of the search, for the line above the answer."""
    if found.answerable is False:
        return status(statuses.NOT_FOUND)
    if found.notice:
        return status(found.notice)
    return status(statuses.READING, passages=len(found.passages))


def _prompt(asked: Asked, found: SearchResult, nonce: str, gather: Callable[[], float]) -> Prompt:
    turn, passages = asked.turn, found.passages
    model = registry.info(turn.model)
    if turn.request is not None:
        return Prompt(
            model=turn.model,
            messages=answer.with_passages(turn.request["messages"], passages, model, nonce),
            options=turn.request["options"],
            owner=str(asked.owner.pk),
            gather=gather,
        )
    return Prompt(
        model=turn.model,
        messages=answer.compose(
            asked.content,
            history=remembered(asked.history, model),
            passages=passages,
            model=model,
            nonce=nonce,
            is_there=found.answerable is not False,
            instructions=asked.instructions,
            facts=asked.facts,
            notes=asked.notes.text if asked.notes else "",
            shown=asked.pictures,
        ),
        temperature=turn.temperature,
        max_tokens=turn.max_tokens or model.answer_tokens,
        owner=str(asked.owner.pk),
        gather=gather,
    )


def _fail(result: Result, error: AppError) -> None:
    result.state = Turn.State.FAILED
    result.error = {
        "code": error.reason,
        "message": error.message,
        "retryable": error.retryable,
    }
    logger.warning("turn_failed", extra={"code": error.reason})
