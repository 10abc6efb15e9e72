"""Chat models behind OpenAI's protocol: OpenAI, vLLM, Ollama, llama.cpp and many more.

The openai client opens the request: authentication, retries before the first byte, errors. Its
raw response is then read here, a network chunk at a time, since the client's object for each
token costs several times what everything else in a turn does.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai
import orjson
from django.conf import settings

from aiapp import tracing
from aiapp.llm.base import End, Piece, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import (
    BadRequest,
    BrokenAnswer,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.transport import async_http_client, http_base

MAX_LINE = 4 * 1024 * 1024
TRIES_BEFORE_FIRST_TOKEN = 2
# A read with fewer events than this found a stream that is slower than we are.
FEW = 16


class OpenAIChat:
    """A client of one endpoint. Its connections belong to the event loop that first used it."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url
        self._api_key = api_key
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = (
            WeakKeyDictionary()
        )

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        return _pieces(self._client(), prompt)

    async def list_models(self) -> list[str]:
        page = await self._client().with_options(timeout=3, max_retries=0).models.list()
        return [model.id for model in page.data]

    async def close(self) -> None:
        """Close the connections of the running loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()

    def _client(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            url, _ = http_base(self._base_url)
            client = self._clients[loop] = openai.AsyncOpenAI(
                base_url=url,
                api_key=self._api_key or "none",
                http_client=async_http_client(self._base_url),
                max_retries=TRIES_BEFORE_FIRST_TOKEN,
                timeout=httpx2.Timeout(
                    settings.MODEL_FIRST_TOKEN_SECONDS, connect=settings.MODEL_CONNECT_SECONDS
                ),
            )
        return client


@dataclass(slots=True)
class Heard:
    """What has been heard of an answer, apart from its text, which is passed on at once."""

    end: End = field(default_factory=End)
    answered: bool = False
    # By the number that the stream gives each call; arguments arrive in parts.
    calls: dict[int, dict[str, str]] = field(default_factory=dict)

    def tool_calls(self) -> list[ToolCall]:
        calls = [call for _, call in sorted(self.calls.items())]
        return [
            ToolCall(call["id"] or f"call_{n}", call["name"], call["arguments"])
            for n, call in enumerate(calls)
        ]


async def _pieces(client: openai.AsyncOpenAI, prompt: Prompt) -> AsyncGenerator[Piece, None]:
    heard = Heard()
    try:
        async with (
            asyncio.timeout(settings.MODEL_FIRST_TOKEN_SECONDS) as patience,
            client.chat.completions.with_streaming_response.create(**_body(prompt)) as response,
            aclosing(response.http_response.aiter_raw()) as chunks,
        ):
            async for events in _events(chunks):
                for piece in _read(events, heard):
                    yield piece
                patience.reschedule(asyncio.get_running_loop().time() + settings.MODEL_IDLE_SECONDS)
                if len(events) < FEW:
                    await asyncio.sleep(prompt.gather())
    except openai.OpenAIError as error:
        raise _translated(error) from error
    except (httpx2.HTTPError, OSError) as error:
        if isinstance(error, TimeoutError | httpx2.TimeoutException):
            raise ModelUnavailable("The model stopped answering.", code="model_timeout") from error
        raise BrokenAnswer() from error
    for call in heard.tool_calls():
        yield call
    yield _checked(heard)


def _body(prompt: Prompt) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": prompt.model,
        "messages": prompt.messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        "extra_headers": tracing.headers(),
    }
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    if prompt.max_tokens:
        body["max_tokens"] = prompt.max_tokens
    return body | dict(prompt.options)


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[dict[str, Any]]]:
    """The JSON objects of each network chunk, cut at lines; a rest waits for the next chunk.

    What came before a broken line is handed on before the error is raised.
    """
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        if len(rest) > MAX_LINE:
            raise BrokenAnswer("The model sent something that is not an answer.")
        events, fault = _parse_lines(lines)
        if events:
            yield events
        if fault:
            raise fault
    events, fault = _parse_lines([rest])
    if fault:
        raise fault
    if events:
        yield events


def _parse_lines(lines: list[bytes]) -> tuple[list[dict[str, Any]], BrokenAnswer | None]:
    events: list[dict[str, Any]] = []
    try:
        events.extend(_parse(line[5:]) for line in lines if line.startswith(b"data:"))
    except BrokenAnswer as error:
        return events, error
    return events, None


def _parse(data: bytes) -> dict[str, Any]:
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


def _read(events: list[dict[str, Any]], heard: Heard) -> Iterator[Piece]:
    """The reasoning and the answer's text in some events; all else goes into `heard`."""
    end = heard.end
    texts: list[str] = []
    reasonings: list[str] = []
    for event in events:
        if usage := event.get("usage"):
            end.prompt_tokens = int(usage.get("prompt_tokens") or 0)
            end.completion_tokens = int(usage.get("completion_tokens") or 0)
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            texts.append(delta.get("content") or "")
            reasonings.append(delta.get("reasoning_content") or delta.get("reasoning") or "")
            if calls := delta.get("tool_calls"):
                _hear_calls(calls, heard)
            end.finish_reason = choice.get("finish_reason") or end.finish_reason
    if reasoning := "".join(reasonings):
        yield Reasoning(reasoning)
    if text := "".join(texts):
        heard.answered = True
        yield Text(text)


def _hear_calls(parts: list[dict[str, Any]], heard: Heard) -> None:
    for part in parts:
        empty = {"id": "", "name": "", "arguments": ""}
        call = heard.calls.setdefault(int(part.get("index") or 0), empty)
        function = part.get("function") or {}
        call["id"] = call["id"] or part.get("id") or ""
        call["name"] = call["name"] or function.get("name") or ""
        call["arguments"] += function.get("arguments") or ""


def _checked(heard: Heard) -> End:
    end = heard.end
    if not end.finish_reason:
        raise BrokenAnswer()
    if end.finish_reason == "content_filter":
        raise BadRequest("The model's own filter ended the answer.", code="content_filtered")
    if not (heard.answered or heard.calls):
        raise BrokenAnswer("The model sent an empty answer. Try again.", code="empty_answer")
    return end


def _translated(error: openai.OpenAIError) -> ModelError:
    if isinstance(error, openai.RateLimitError):
        return ModelBusy(retry_after=_retry_after(error))
    # aiohttp's transport calls a refused connection a time-out as well.
    connected = not isinstance(error.__cause__, httpx2.ConnectTimeout)
    if isinstance(error, openai.APITimeoutError) and connected:
        return ModelUnavailable("The model does not answer in time.", code="model_timeout")
    if isinstance(error, openai.APIConnectionError | openai.InternalServerError):
        return ModelUnavailable()
    if isinstance(
        error, openai.AuthenticationError | openai.PermissionDeniedError | openai.NotFoundError
    ):
        return ModelRefused()
    if isinstance(error, openai.BadRequestError) and "context" in str(error.code or error.type):
        return ContextTooLong()
    return BadRequest()


def _retry_after(error: openai.RateLimitError) -> int | None:
    value = error.response.headers.get("retry-after", "")
    return min(int(value), 3600) if value.isdigit() else None
