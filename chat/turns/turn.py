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
from chat.guardrails.flagging import Flag, find_flags
from chat.guardrails.moderating import moderate
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.memory.window import select_history
from chat.models import Turn
from chat.prompts import answer
from chat.tools import registry as registry_of_tools
from chat.turns import citations, prompt_snapshot, response_cache
from chat.turns.question import TurnQuestion
from chat.turns.results import Result, as_event, describe_passages, describe_start
from chat.turns.rewriting import Query, build_query
from chat.turns.stopping import Stop
from chat.turns.tools import loop
from documents import search
from documents.search import Passage, SearchResult

SCOPE_GONE = "What this chat is limited to is no longer available to you. Ask without that limit."
NOT_IN_DOCUMENTS = (
    "I could not find this in your documents. Ask in other words, or add a document that holds it."
)

# No model writes so much; a server that never ends would fill the memory.
MAX_ANSWER_CHARS = 1_000_000
# What is cleaned before other tasks have their turn; a model may send megabytes in one event.
CHARS_AT_ONCE = 16_384

logger = logging.getLogger(__name__)


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
    try:
        async with (
            stop,
            asyncio.timeout(settings.TURN_SECONDS),
            aclosing(_answer(question, result, gather)) as events,
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
    question: TurnQuestion, result: Result, gather: Callable[[], float]
) -> AsyncGenerator[Event, None]:
    hits = SearchResult()
    result.flags += await moderate(question.content)
    if question.searches and await _has_documents(question):
        yield status(statuses.SEARCHING)
        query = await build_query(question)
        result.search_tokens = (query.prompt_tokens, query.completion_tokens)
        hits = await _retrieve(question, query)
        result.flags += await asyncio.to_thread(find_flags, hits.passages)
        yield Event(Kind.PASSAGES, describe_passages(hits.passages))
        yield _describe_outcome(hits)
    passages = hits.passages
    if hits.answerable is False and registry.info(question.turn.model).demo:
        # It would make something up; nobody could tell that from an answer.
        result.content, result.finish_reason, result.grounded = NOT_IN_DOCUMENTS, "stop", False
        yield Event(Kind.DELTA, {"text": NOT_IN_DOCUMENTS})
        return
    nonce, tools = answer.new_nonce(), await registry_of_tools.select_tools(question.turn)
    prompt = loop.offer(_build_prompt(question, hits, nonce, gather), tools, nonce)
    result.prompt = prompt_snapshot.list_parts(question, prompt, passages)
    work = loop.Work(question, prompt, tools, list(passages), nonce, result)
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


def _repeat(cached: response_cache.CachedAnswer, passages: list[Passage], result: Result) -> Event:
    """A kept answer, whose quotes are the passages of this moment."""
    result.content, result.grounded, result.cached = cached.content, cached.grounded, True
    result.finish_reason = "stop"
    result.citations = [
        as_event(each) for each in citations.renumber(citations.rebuild(cached.citations, passages))
    ]
    return Event(Kind.DELTA, {"text": cached.content})


async def _make_answer(work: loop.Work) -> AsyncGenerator[Event, None]:
    prompt, result = work.prompt, work.result
    say = partial(_ask_model, fence=work.nonce, passages=work.passages)
    making = loop.run(work, say) if work.tools else say(prompt, result)
    async with aclosing(making) as events:
        async for event in events:
            yield event
    if passages := work.passages:
        # On a thread, since a long answer takes as long to check as many tokens to pass on.
        check = await asyncio.to_thread(
            citations.check, result.content, passages, work.question.content
        )
        result.citations = [as_event(each) for each in citations.renumber(check.citations)]
        result.grounded = check.grounded


async def _ask_model(
    prompt: Prompt, result: Result, *, fence: str, passages: Sequence[Passage]
) -> AsyncGenerator[Event, None]:
    """Ask the model once. What it says is cleaned before anybody sees it, its marks are ours."""
    hidden = policy.list_secrets()
    text, thoughts = output.Filter(hidden, fence), output.Filter(hidden, fence)
    marks = Rewriter(len(passages))
    before = len(result.content)
    # Until the model tells, so that an answer that breaks off is on the books as well.
    result.prompt_tokens = sum(estimate_content(message["content"]) for message in prompt.messages)
    with tracing.span("model", {"gen_ai.request.model": prompt.model}, kind="client") as span:
        async with (
            aclosing(registry.chat_model(prompt.model).stream(prompt)) as stream,
            aclosing(_limit_length(stream)) as pieces,
        ):
            async for piece in pieces:
                if isinstance(piece, AllWasThought):
                    held = marks.feed(text.finish()) + marks.finish()
                    marks = Rewriter(len(passages))
                    for event in _take_back(result, before, held):
                        yield event
                for event in _clean_piece(piece, result, (text, marks), thoughts):
                    yield event
        rest = marks.feed(text.finish()) + marks.finish()
        for event in (*_emit_thought(thoughts.finish()), *_emit_text(rest, result)):
            yield event
        if removed := text.removed | thoughts.removed:
            result.flags.append(Flag("answer", sorted(removed), 1.0))
        span.note({f"gen_ai.usage.{name}": amount for name, amount in result.usage.items()})


async def _limit_length(pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """The pieces, long ones in parts, with an end of our own for an answer that finds none."""
    length = 0
    async for piece in pieces:
        if not isinstance(piece, Text | Reasoning) or len(piece.text) <= CHARS_AT_ONCE:
            parts = [piece]
        else:
            starts = range(0, len(piece.text), CHARS_AT_ONCE)
            parts = [replace(piece, text=piece.text[at : at + CHARS_AT_ONCE]) for at in starts]
        for n, part in enumerate(parts):
            if n:
                await asyncio.sleep(0)
            length += len(part.text) if isinstance(part, Text | Reasoning) else 0
            yield part
            if length > MAX_ANSWER_CHARS:
                yield End(finish_reason="length")
                return


def _clean_piece(
    piece: Piece,
    result: Result,
    answer: tuple[output.Filter, Rewriter],
    thoughts: output.Filter,
) -> Iterator[Event]:
    """The events of a piece, its words as far as they may be shown by now."""
    text, marks = answer
    match piece:
        case Text(words):
            # Thoughts end where the answer begins.
            yield from _emit_thought(thoughts.finish())
            yield from _emit_text(marks.feed(text.feed(words)), result)
        case Reasoning(words):
            yield from _emit_thought(thoughts.feed(words))
        case _:
            if event := _note_piece(piece, result):
                yield event


def _take_back(result: Result, before: int, held: str) -> Iterator[Event]:
    """Turn the text since `before` into thoughts: readers drop it and get it as such."""
    thought = result.content[before:] + held
    result.content = f"{result.content[:before]}\n\n" if before else ""
    # The same event that tells of another attempt, whose words do not count either.
    yield Event(Kind.RESTARTED, {"thoughts": True})
    yield from _emit_thought(thought)
    if before:
        yield Event(Kind.DELTA, {"text": result.content})


def _emit_text(text: str, result: Result) -> Iterator[Event]:
    if text:
        result.content += text
        yield Event(Kind.DELTA, {"text": text})


def _emit_thought(text: str) -> Iterator[Event]:
    if text:
        yield Event(Kind.REASONING, {"text": text})


def _note_piece(piece: Piece, result: Result) -> Event | None:
    match piece:
        case ToolCall():
            call = asdict(piece)
            result.tool_calls.append(call)
            return Event(Kind.TOOL_CALL, call)
        case Waiting():
            return status(statuses.WAITING_FOR_MODEL)
        case Fallback(model):
            event = status(statuses.STOOD_IN, model=result.speaker, stand_in=model)
            result.stand_in = model
            return event
        case End():
            result.finish_reason = piece.finish_reason
            result.prompt_tokens = piece.prompt_tokens or result.prompt_tokens
            result.completion_tokens = piece.completion_tokens
            result.thoughts = piece.thoughts
    return None


async def _has_documents(question: TurnQuestion) -> bool:
    # Documents that are named have been looked up when the question was accepted.
    return bool(question.documents) or await search.has_documents(
        question.owner, question.collections
    )


async def _retrieve(question: TurnQuestion, query: Query) -> SearchResult:
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
    fitting = answer.select_fitting(hits.passages, registry.info(question.turn.model))
    # What is asked about may stand in the pictures, of which the search knows nothing.
    answerable = None if question.pictures else hits.answerable
    return replace(hits, passages=fitting, answerable=answerable)


def _describe_outcome(hits: SearchResult) -> Event:
    """Return the outcome of the search, for the line above the answer."""
    if hits.answerable is False:
        return status(statuses.NOT_FOUND)
    if hits.notice:
        return status(hits.notice)
    return status(statuses.READING, passages=len(hits.passages))


def _build_prompt(
    question: TurnQuestion, hits: SearchResult, nonce: str, gather: Callable[[], float]
) -> Prompt:
    turn, passages = question.turn, hits.passages
    model = registry.info(turn.model)
    if turn.request is not None:
        return Prompt(
            model=turn.model,
            messages=answer.insert_passages(turn.request["messages"], passages, model, nonce),
            options=turn.request["options"],
            owner=str(question.owner.pk),
            gather=gather,
        )
    return Prompt(
        model=turn.model,
        messages=answer.compose(
            question.content,
            history=select_history(question.history, model),
            passages=passages,
            model=model,
            nonce=nonce,
            is_there=hits.answerable is not False,
            instructions=question.instructions,
            facts=question.facts,
            notes=question.notes.text if question.notes else "",
            question_pictures=question.pictures,
        ),
        temperature=turn.temperature,
        max_tokens=turn.max_tokens or model.answer_tokens,
        owner=str(question.owner.pk),
        gather=gather,
    )


def _fail(result: Result, error: AppError) -> None:
    result.state = Turn.State.FAILED
    result.error = error.as_event()
    logger.warning("turn_failed", extra={"code": error.reason})
