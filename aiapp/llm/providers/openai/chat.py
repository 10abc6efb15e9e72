"""Chat models behind OpenAI's chat completions."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import httpx2
import openai

# The client would import it with the first question, on the event loop.
import openai.resources.chat
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.base import AllWasThought, Piece, Prompt
from aiapp.llm.catalogue import lessons
from aiapp.llm.errors import ModelError, ModelUnavailable
from aiapp.llm.listing import read_models
from aiapp.llm.providers.openai.adaptation import RequestAdapter
from aiapp.llm.providers.openai.events import hear
from aiapp.llm.refusals import interpret
from aiapp.llm.streams.pieces import PartialAnswer
from aiapp.llm.streams.reader import PLAIN, pieces
from aiapp.llm.streams.thinking import Splitter
from aiapp.llm.transport import async_openai
from aiapp.observability import tracing

# Another answer's thoughts are not opened by anybody either.
OPENING_TAG = "opening_tag"


class Client:
    """A client of one endpoint."""

    def __init__(self, base_url: str, api_key: str) -> None:
        def make() -> openai.AsyncOpenAI:
            return async_openai(
                base_url,
                api_key,
                max_retries=0,
                timeout=httpx2.Timeout(
                    settings.MODEL_FIRST_TOKEN_SECONDS, connect=settings.MODEL_CONNECT_SECONDS
                ),
            )

        self._base_url, self._api_key = base_url, api_key
        self._clients = PerLoop(make, openai.AsyncOpenAI.close)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Yield an answer; asked again, with less, where the server refuses some of the request."""
        await lessons.refresh()
        adapter = RequestAdapter(self._base_url, prompt)
        while True:
            has_begun = False
            try:
                async with aclosing(self._ask(adapter, prompt)) as answer:
                    async for piece in answer:
                        if not has_begun:
                            has_begun = True
                            await adapter.keep()
                        yield piece
            except ModelError as error:
                if self._api_key:
                    error.upstream_text = error.upstream_text.replace(self._api_key, "…")
                if has_begun or not adapter.adapt(error):
                    raise
            else:
                return

    async def _ask(self, adapter: RequestAdapter, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        opening = _open(self._clients.get(), adapter.body)
        splitter = Splitter(starts_thinking=adapter.starts_thinking)
        answer = PartialAnswer(splitter=splitter, may_end_silently=True)
        try:
            async with aclosing(pieces(opening, hear, prompt, answer)) as said:
                async for piece in said:
                    if isinstance(piece, AllWasThought):
                        await lessons.learn(self._base_url, prompt.model, {OPENING_TAG: ""})
                    yield piece
        except openai.OpenAIError as error:
            raise _translate_error(error) from error
        if adapter.starts_thinking and not splitter.closed and answer.answered:
            await lessons.unlearn(self._base_url, prompt.model, OPENING_TAG)

    async def list_models(self) -> dict[str, dict[str, Any]]:
        try:
            return await read_models(self._clients.get().models.with_streaming_response.list())
        except openai.OpenAIError as error:
            raise _translate_error(error) from error

    async def close(self) -> None:
        await self._clients.close()


@dataclass(frozen=True, slots=True)
class Opened:
    http_response: httpx2.Response


@asynccontextmanager
async def _open(client: openai.AsyncOpenAI, body: Mapping[str, Any]) -> AsyncIterator[Opened]:
    """Send a request with a body that is sent as it is, and lend the response.

    The client's own method for it takes a body apart and puts it together again, to find values
    that it has to write otherwise, of which there are none here. That took a fifth of a turn.
    """
    response = await client.post(
        "/chat/completions",
        cast_to=httpx2.Response,
        body=body,
        options={"headers": PLAIN | tracing.headers()},
        stream=True,
        stream_cls=openai.AsyncStream[Any],
    )
    # With `cast_to` as it is, this is the response and no stream.
    opened = cast(httpx2.Response, response)
    try:
        yield Opened(opened)
    finally:
        await opened.aclose()


def _translate_error(error: openai.OpenAIError) -> ModelError:
    if isinstance(error, openai.APIStatusError):
        return interpret(error.status_code, error.response.headers, _read_error_body(error))
    # aiohttp's transport calls a refused connection a time-out as well.
    connected = not isinstance(error.__cause__, httpx2.ConnectTimeout)
    if isinstance(error, openai.APITimeoutError) and connected:
        return ModelUnavailable("The model did not respond in time.", code="model_timeout")
    return ModelUnavailable()


def _read_error_body(error: openai.APIStatusError) -> str:
    """Return the body of an error, which the client has read."""
    try:
        return error.response.text
    except httpx2.HTTPError:
        return str(error.body or error)
