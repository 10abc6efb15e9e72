"""The part common to all vendors' streams: server-sent events of JSON, read by chunks.

A vendor's client opens the request; its raw response is read here, since the object that such a
client makes of each token costs several times what everything else in a turn does.

An answer is complete where its server says so, by a finish reason or by `[DONE]`, whatever the
connection does then. What was said is passed on in any case; an error follows where the answer
broke off, and where nothing was said at all.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from typing import Any, Protocol, Self, cast

import aiohttp
import httpx2
from django.conf import settings

from aiapp.llm.base import Piece, Prompt
from aiapp.llm.errors import BrokenAnswer, ModelError, ModelUnavailable
from aiapp.llm.refusals.meaning import interpret_error
from aiapp.llm.streams.pieces import PartialAnswer
from aiapp.llm.streams.sse import Decoder, Event, TooLong

# A stream is read as it comes over the wire, so it must not be packed.
PLAIN = {"Accept-Encoding": "identity"}
# A read with fewer events than this found a stream that is slower than we are.
FEW = 16
# After the finish reason: how long figures and `[DONE]` are waited for.
AFTERWORD_SECONDS = 1.0
# After `[DONE]`: how long the end of the response.
END_SECONDS = 0.1
# How often the clock is looked at, at most.
LOOK_SECONDS = 0.05

# What a connection may end with.
FAULTS = (httpx2.HTTPError, aiohttp.ClientError, OSError)


class Body:
    """The body of a response, as it comes over the wire."""

    __slots__ = ("charset", "chunks")

    def __init__(self, chunks: AsyncIterator[bytes], charset: str | None = None) -> None:
        self.chunks, self.charset = chunks, charset or ""

    async def rest(self, seconds: float) -> None:
        """Let more of it gather, so that all of that is read at once."""
        await asyncio.sleep(seconds)


# Opens a request, and lends the response's body.
Opening = AbstractAsyncContextManager[Body]
# Notes what one event tells.
Hear = Callable[[Event, PartialAnswer], None]


class OpenResponse(Protocol):
    """A response whose body has not been read, as the clients of vendors hand it out."""

    @property
    def http_response(self) -> httpx2.Response: ...


class _Patience:
    """The time to wait for the next bytes of a stream. Raises TimeoutError as a context."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        begun = self._loop.time()
        # Until something is said, signs of life do not shorten the time for it.
        self._first = begun + settings.MODEL_FIRST_TOKEN_SECONDS
        # ... and do not lengthen it without end.
        self._last = max(self._first, begun + settings.MODEL_ALIVE_SECONDS)
        self._trusts_end = True
        self._until = self._first
        # Not while what was read is being passed on.
        self.reads = True
        self._task = cast("asyncio.Task[None]", asyncio.current_task())
        self._cancelling, self._is_over = self._task.cancelling(), False
        self._timer = self._loop.call_at(self._until, self._look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, trace: Any) -> None:
        self._timer.cancel()
        is_ours = self._is_over and self._task.uncancel() <= self._cancelling
        if is_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _look(self) -> None:
        """End the wait if it is over. Moved with each token, the timer would cost more than it.

        `asyncio.timeout` cancels a moment after it has decided to, when what was waited for may
        have come and the cancellation would hit whoever got it.
        """
        now = self._loop.time()
        if self.reads and now >= self._until:
            self._is_over = self._task.cancel()
        else:
            self._timer = self._loop.call_at(max(self._until, now + LOOK_SECONDS), self._look)

    def note(self, answer: PartialAnswer, *, spoke: bool, lives: bool, was_complete: bool) -> None:
        """Take in what a read has brought: words, whole lines of whatever kind, an end."""
        now = self._loop.time()
        if spoke:
            self._first, self._last = 0.0, now + settings.MODEL_ALIVE_SECONDS
            # Some servers send a finish reason with each token.
            self._trusts_end = self._trusts_end and not was_complete
        if answer.is_complete and self._trusts_end:
            self._until = now + AFTERWORD_SECONDS
        elif lives:
            idle = max(self._first, now + settings.MODEL_IDLE_SECONDS)
            self._until = min(idle, max(self._first, self._last))
        if self._until < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._until, self._look)


async def pieces(
    opening: Opening,
    hear: Hear,
    prompt: Prompt,
    answer: PartialAnswer | None = None,
) -> AsyncGenerator[Piece, None]:
    """Yield what `hear` notes of the events; raise a ModelError when they stop or break off.

    The vendor's own errors, which come with opening, are its caller's to translate.
    """
    answer = answer or PartialAnswer()
    decoder = Decoder()
    fault: ModelError | None = None
    try:
        async with aclosing(_events(opening, decoder, answer, prompt.gather)) as batches:
            async for events in batches:
                for piece in _hear_events(hear, events, answer):
                    yield piece
    except (TooLong, *FAULTS) as error:
        fault = _translate_error(error)
    if decoder.error:
        fault = _translate_event_error(decoder.error, answer)
    answer.odd += decoder.odd
    answer.complaint = answer.complaint or decoder.prose
    for piece in answer.flush():
        yield piece
    if fault and not answer.is_complete:
        raise fault
    for piece in answer.rest():
        yield piece


def _translate_event_error(error: Any, answer: PartialAnswer) -> ModelError:
    fault = interpret_error(error)
    # Whatever it was, to the reader it is an answer that broke off.
    return BrokenAnswer(code="upstream_error") if answer.answered and fault.retryable else fault


def _translate_error(error: Exception) -> ModelError:
    if isinstance(error, TimeoutError | httpx2.TimeoutException):
        fault: ModelError = ModelUnavailable("The model stopped answering.", code="model_timeout")
    elif isinstance(error, TooLong):
        fault = BrokenAnswer("The model sent something that is not an answer.")
    else:
        fault = BrokenAnswer()
    fault.__cause__ = error
    return fault


def _hear_events(hear: Hear, events: Iterable[Event], answer: PartialAnswer) -> Iterable[Piece]:
    """Return what events tell. One of another form costs itself alone."""
    for event in events:
        try:
            hear(event, answer)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            answer.odd += 1
    return answer.take_pieces()


async def _events(
    opening: Opening, decoder: Decoder, answer: PartialAnswer, gather: Callable[[], float]
) -> AsyncGenerator[list[Event], None]:
    """Yield the events of each read, until the answer's end.

    The clock runs while the server is waited for and stands while the events are passed on, and
    while more of them gather: after the first words, and before the last, which nothing waits for.
    """
    with _Patience() as patience:
        async with opening as body:
            decoder.charset = body.charset
            async for chunk in body.chunks:
                lines, was_complete, words = decoder.lines, answer.is_complete, answer.words
                patience.reads = False
                events = decoder.feed(chunk)
                yield events
                if decoder.done or decoder.error:
                    break
                may_gather = answer.words and not answer.is_complete and len(events) < FEW
                await (body.rest(gather()) if may_gather else asyncio.sleep(0))
                patience.reads = True
                spoke, lives = answer.words > words, decoder.lines > lines
                patience.note(answer, spoke=spoke, lives=lives, was_complete=was_complete)
            else:
                patience.reads = False
                yield decoder.finish()
            answer.is_done = answer.is_done or decoder.done
            if decoder.done:
                await _read_to_end(body.chunks)


async def _read_to_end(chunks: AsyncIterator[bytes]) -> None:
    """Read the end of a response, if it comes at once, so that its connection is used again."""
    with suppress(*FAULTS):
        async with asyncio.timeout(END_SECONDS):
            while await anext(chunks, None) is not None:
                pass


@asynccontextmanager
async def lend_body(
    opening: AbstractAsyncContextManager[OpenResponse],
) -> AsyncIterator[Body]:
    """Make an `Opening` of a request that a vendor's client opens."""
    async with opening as response:
        http = response.http_response
        # Unpacked where a proxy packs it all the same.
        is_packed = http.headers.get("content-encoding", "identity").lower() != "identity"
        async with aclosing(http.aiter_bytes() if is_packed else http.aiter_raw()) as chunks:
            yield Body(chunks, http.charset_encoding)
