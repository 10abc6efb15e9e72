"""Chat models behind OpenAI's chat completions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import httpx2
import openai
from django.conf import settings

from aiapp import tracing
from aiapp.llm.base import ChatMessage, Piece, Prompt, RawMessage
from aiapp.llm.errors import ModelError, ModelUnavailable
from aiapp.llm.facts import known
from aiapp.llm.refusals import meaning
from aiapp.llm.streams import PLAIN, Event, Heard, pieces
from aiapp.llm.transport import PerLoop, async_http_client, http_base

LISTING_SECONDS = 3


class Client:
    """A client of one endpoint."""

    def __init__(self, base_url: str, api_key: str) -> None:
        url, _ = http_base(base_url)

        def make() -> openai.AsyncOpenAI:
            return openai.AsyncOpenAI(
                base_url=url,
                api_key=api_key or "none",
                http_client=async_http_client(base_url),
                max_retries=0,
                timeout=httpx2.Timeout(
                    settings.MODEL_FIRST_TOKEN_SECONDS, connect=settings.MODEL_CONNECT_SECONDS
                ),
            )

        self._clients = PerLoop(make)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        opening = self._clients.get().chat.completions.with_streaming_response.create(
            **_body(prompt)
        )
        try:
            async with aclosing(pieces(opening, _hear, prompt)) as said:
                async for piece in said:
                    yield piece
        except openai.OpenAIError as error:
            raise _translated(error) from error

    async def list_models(self) -> dict[str, dict[str, Any]]:
        client = self._clients.get().with_options(timeout=LISTING_SECONDS)
        try:
            page = await client.models.list()
        except openai.OpenAIError as error:
            raise _translated(error) from error
        return {model.id: _told(model) for model in page.data}

    async def close(self) -> None:
        await self._clients.close()


def _told(model: Any) -> dict[str, Any]:
    """What servers say of a model beyond OpenAI's protocol: vLLM, and OpenRouter."""
    context = getattr(model, "max_model_len", None) or getattr(model, "context_length", None)
    return {"context": context} if isinstance(context, int) and context > 0 else {}


def _body(prompt: Prompt) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": prompt.model,
        "messages": [_plain(message) for message in prompt.messages],
        "stream": True,
        "stream_options": {"include_usage": True},
        "extra_headers": PLAIN | tracing.headers(),
    }
    thinks = not known(prompt.model).temperature
    if prompt.temperature is not None and not thinks:
        body["temperature"] = prompt.temperature
    if prompt.max_tokens:
        body["max_tokens"] = prompt.max_tokens
    body |= prompt.options
    if thinks and "max_tokens" in body:
        # Models that think know the bound by its newer name only.
        body.setdefault("max_completion_tokens", body.pop("max_tokens"))
    return body


def _plain(message: ChatMessage | RawMessage) -> ChatMessage | RawMessage:
    """Another vendor's thoughts mean nothing here, and an unknown field is refused."""
    if "thoughts" not in message:
        return message
    return {name: value for name, value in message.items() if name != "thoughts"}


def _hear(events: list[Event], heard: Heard) -> None:
    end = heard.end
    for event in events:
        if usage := event.get("usage"):
            end.prompt_tokens = int(usage.get("prompt_tokens") or 0)
            end.completion_tokens = int(usage.get("completion_tokens") or 0)
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            heard.texts.append(delta.get("content") or "")
            heard.thoughts.append(delta.get("reasoning_content") or delta.get("reasoning") or "")
            if calls := delta.get("tool_calls"):
                _hear_calls(calls, heard)
            end.finish_reason = choice.get("finish_reason") or end.finish_reason


def _hear_calls(parts: list[dict[str, Any]], heard: Heard) -> None:
    for part in parts:
        call = heard.call(int(part.get("index") or 0))
        function = part.get("function") or {}
        call["id"] = call["id"] or part.get("id") or ""
        call["name"] = call["name"] or function.get("name") or ""
        call["arguments"] += function.get("arguments") or ""


def _translated(error: openai.OpenAIError) -> ModelError:
    if isinstance(error, openai.APIStatusError):
        return meaning(error.status_code, error.response.headers, str(error.body or error))
    # aiohttp's transport calls a refused connection a time-out as well.
    connected = not isinstance(error.__cause__, httpx2.ConnectTimeout)
    if isinstance(error, openai.APITimeoutError) and connected:
        return ModelUnavailable("The model does not answer in time.", code="model_timeout")
    return ModelUnavailable()
