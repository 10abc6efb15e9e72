"""What all vendors' streams have in common: server-sent events of JSON, read a chunk at a time.

A vendor's client opens the request; its raw response is read here, since the object that such a
client makes of each token costs several times what everything else in a turn does.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
import orjson
from django.conf import settings

from aiapp.llm.base import End, Piece, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import BadRequest, BrokenAnswer, ModelUnavailable

# A stream is read as it comes over the wire, so it must not be packed.
PLAIN = {"Accept-Encoding": "identity"}
MAX_LINE = 4 * 1024 * 1024
# A read with fewer events than this found a stream that is slower than we are.
FEW = 16

Event = dict[str, Any]


class Opened(Protocol):
    """A response whose body has not been read, as the clients of vendors hand it out."""

    @property
    def http_response(self) -> httpx2.Response: ...


@dataclass(slots=True)
class Heard:
    """What has been heard of an answer. `texts` and `thoughts` are those not passed on yet."""

    end: End = field(default_factory=End)
    texts: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)
    answered: bool = False
    # By the number that the stream gives each call; arguments arrive in parts.
    calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def call(self, number: int) -> dict[str, str]:
        return self.calls.setdefault(number, {"id": "", "name": "", "arguments": ""})

    def said(self) -> Iterable[Piece]:
        """What is to be passed on now, in as few pieces as it can be."""
        if thought := "".join(self.thoughts):
            yield Reasoning(thought)
        if text := "".join(self.texts):
            self.answered = True
            yield Text(text)
        self.thoughts.clear()
        self.texts.clear()

    def rest(self) -> Iterable[Piece]:
        """The calls and the end. Raises what makes the answer none."""
        for n, (_, call) in enumerate(sorted(self.calls.items())):
            yield ToolCall(call["id"] or f"call_{n}", call["name"], call["arguments"])
        yield self._checked()

    def _checked(self) -> End:
        end = self.end
        if not end.finish_reason:
            raise BrokenAnswer()
        if end.finish_reason == "content_filter":
            raise BadRequest("The model's own filter ended the answer.", code="content_filtered")
        if not (self.answered or self.calls):
            raise BrokenAnswer("The model sent an empty answer. Try again.", code="empty_answer")
        return end


async def pieces(
    opening: AbstractAsyncContextManager[Opened],
    hear: Callable[[list[Event], Heard], None],
    prompt: Prompt,
) -> AsyncGenerator[Piece, None]:
    """Yield what `hear` notes of the events; raise a ModelError when they stop or break off.

    The vendor's own errors, which come with opening, are its caller's to translate.
    """
    heard = Heard()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        async with (
            asyncio.timeout(settings.MODEL_FIRST_TOKEN_SECONDS) as patience,
            opening as response,
            aclosing(response.http_response.aiter_raw()) as chunks,
        ):
            # Until something is said, signs of life do not shorten the time for it.
            least = begun + settings.MODEL_FIRST_TOKEN_SECONDS
            async for events in _events(chunks):
                fault = _heard(hear, events, heard)
                for piece in heard.said():
                    least = 0.0
                    yield piece
                if fault:
                    raise fault
                patience.reschedule(max(least, loop.time() + settings.MODEL_IDLE_SECONDS))
                if len(events) < FEW:
                    await asyncio.sleep(prompt.gather())
    except (httpx2.HTTPError, OSError) as error:
        if isinstance(error, TimeoutError | httpx2.TimeoutException):
            raise ModelUnavailable("The model stopped answering.", code="model_timeout") from error
        raise BrokenAnswer() from error
    for piece in heard.rest():
        yield piece


def _heard(
    hear: Callable[[list[Event], Heard], None], events: list[Event], heard: Heard
) -> BrokenAnswer | None:
    """What is wrong with the form of some events; what came before has been heard."""
    try:
        hear(events, heard)
    except (KeyError, TypeError, ValueError, AttributeError):
        return BrokenAnswer(code="malformed_answer")
    return None


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[Event]]:
    """The JSON objects of each network chunk, cut at lines; a rest waits for the next chunk.

    What came before a broken line is handed on before the error is raised.
    """
    rest: list[bytes] = []
    size = 0
    async for chunk in chunks:
        *lines, end = chunk.split(b"\n")
        # Joined once the line has ended: a long one may come in many small chunks.
        if lines:
            lines[0] = b"".join([*rest, lines[0]])
            rest, size = [], 0
        rest.append(end)
        size += len(end)
        if size > MAX_LINE:
            raise BrokenAnswer("The model sent something that is not an answer.")
        events, fault = _parse_lines(lines)
        if events:
            yield events
        if fault:
            raise fault
    events, fault = _parse_lines([b"".join(rest)])
    if fault:
        raise fault
    if events:
        yield events


def _parse_lines(lines: list[bytes]) -> tuple[list[Event], BrokenAnswer | None]:
    events: list[Event] = []
    try:
        events.extend(_parse(line[5:]) for line in lines if line.startswith(b"data:"))
    except BrokenAnswer as error:
        return events, error
    return events, None


def _parse(data: bytes) -> Event:
    data = data.strip()
    if not data or data == b"[DONE]":
        return {}
    try:
        event = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BrokenAnswer(code="malformed_answer") from error
    if not isinstance(event, dict):
        raise BrokenAnswer(code="malformed_answer")
    if event.get("error"):
        raise BrokenAnswer(code="upstream_error")
    return event
