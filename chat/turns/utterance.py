"""One word of a model: it is asked once, and what it says is cleaned before anybody sees it."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace

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
from aiapp.llm.errors import ModelError
from aiapp.llm.tokens import estimate_content
from aiapp.markdown.rewriting import Rewriter
from aiapp.observability import tracing
from chat.guardrails import output, policy
from chat.guardrails.flagging import Flag
from chat.log import statuses
from chat.log.events import Event, Kind
from chat.log.statuses import status
from chat.turns.results import Utterance
from documents.search import Passage

# No model writes so much; a server that never ends would fill the memory.
MAX_ANSWER_CHARS = 1_000_000
# What is cleaned before other tasks have their turn; a model may send megabytes in one event.
CHARS_AT_ONCE = 16_384
# What stands between two things that were said one after the other.
BETWEEN = "\n\n"


async def speak(
    prompt: Prompt, said: Utterance, *, fence: str, passages: Sequence[Passage]
) -> AsyncGenerator[Event, None]:
    """Ask the model once, and note in `said` what it says. Its marks are ours."""
    hidden = policy.list_secrets()
    text, thoughts = output.Filter(hidden, fence), output.Filter(hidden, fence)
    marks = _make_rewriter(prompt.model, passages)
    # Until the model tells, so that an answer that breaks off is on the books as well.
    said.prompt_tokens = sum(estimate_content(message["content"]) for message in prompt.messages)
    with tracing.span("model", {"gen_ai.request.model": prompt.model}, kind="client") as span:
        async with aclosing(_ask(prompt, said)) as pieces:
            async for piece in pieces:
                if isinstance(piece, AllWasThought):
                    held = marks.feed(text.finish()) + marks.finish()
                    marks = _make_rewriter(said.speaker, passages)
                    for event in _take_back(said, held):
                        yield event
                if isinstance(piece, Fallback):
                    marks = _make_rewriter(piece.model, passages)
                for event in _clean_piece(piece, said, (text, marks), thoughts):
                    yield event
        for event in _finish(said, (text, marks), thoughts):
            yield event
        span.note({f"gen_ai.usage.{name}": amount for name, amount in said.usage.items()})
        if said.fault is not None:
            raise said.fault


async def _ask(prompt: Prompt, said: Utterance) -> AsyncGenerator[Piece, None]:
    """Yield what the model says, and note its error for when all of that has been shown."""
    try:
        async with (
            aclosing(registry.chat_model(prompt.model).stream(prompt)) as stream,
            aclosing(_limit_length(stream)) as pieces,
        ):
            async for piece in pieces:
                yield piece
    except ModelError as error:
        said.fault = error


def _finish(
    said: Utterance, answer: tuple[output.Filter, Rewriter], thoughts: output.Filter
) -> Iterator[Event]:
    """Let go of what was held back to be looked at, and note what was taken out."""
    text, marks = answer
    rest = marks.feed(text.finish()) + marks.finish()
    yield from _emit_thought(thoughts.finish())
    yield from _emit_text(rest, said)
    if removed := text.removed | thoughts.removed:
        said.flags.append(Flag("answer", sorted(removed), 1.0))


def _make_rewriter(model: str, passages: Sequence[Passage]) -> Rewriter:
    """Return what makes a model's marks ours; what is quoted word by word stays as it is."""
    return Rewriter(len(passages), verbatim=registry.info(model).verbatim)


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
    said: Utterance,
    answer: tuple[output.Filter, Rewriter],
    thoughts: output.Filter,
) -> Iterator[Event]:
    """The events of a piece, its words as far as they may be shown by now."""
    text, marks = answer
    match piece:
        case Text(words):
            # Thoughts end where the answer begins.
            yield from _emit_thought(thoughts.finish())
            yield from _emit_text(marks.feed(text.feed(words)), said)
        case Reasoning(words):
            yield from _emit_thought(thoughts.feed(words))
        case _:
            if event := _note_piece(piece, said):
                yield event


def _take_back(said: Utterance, held: str) -> Iterator[Event]:
    """Turn all that was said this time into thoughts: readers drop it and get it as such."""
    thought = said.content + held
    said.content = BETWEEN if said.earlier else ""
    # The same event that tells of another attempt, whose words do not count either.
    yield Event(Kind.RESTARTED, {"thoughts": True})
    yield from _emit_thought(thought)
    if said.earlier:
        yield Event(Kind.DELTA, {"text": said.earlier + said.content})


def _emit_text(text: str, said: Utterance) -> Iterator[Event]:
    if text and not said.content and said.earlier.strip():
        text = BETWEEN + text
    if text:
        said.content += text
        yield Event(Kind.DELTA, {"text": text})


def _emit_thought(text: str) -> Iterator[Event]:
    if text:
        yield Event(Kind.REASONING, {"text": text})


def _note_piece(piece: Piece, said: Utterance) -> Event | None:
    match piece:
        case ToolCall():
            call = asdict(piece)
            said.tool_calls.append(call)
            return Event(Kind.TOOL_CALL, call)
        case Waiting():
            return status(statuses.WAITING_FOR_MODEL)
        case Fallback(model):
            event = status(statuses.STOOD_IN, model=said.speaker, stand_in=model)
            said.stand_in = model
            return event
        case End():
            said.finish_reason = piece.finish_reason
            said.prompt_tokens = piece.prompt_tokens or said.prompt_tokens
            said.completion_tokens = piece.completion_tokens
            said.thoughts = piece.thoughts
    return None
