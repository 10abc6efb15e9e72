"""The models that a server lists, in whatever form it does."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2

from aiapp.llm.catalogue.kinds import KIND, detect_kind
from aiapp.llm.errors import ModelUnavailable
from aiapp.llm.streams.reader import OpenResponse
from aiapp.llm.streams.sse import BOM, parse_json

# For all of a list, however slowly it comes: a page may wait for it.
SECONDS = 3.0

MAX_BYTES = 4 * 1024 * 1024
MAX_MODELS = 5_000
# The longest name that a question may carry.
MAX_NAME = 200
MAX_CONTEXT = 1_000_000_000
# A list may be wrapped by a gateway.
MAX_DEPTH = 3
_LISTS = ("data", "models", "result", "items")
_NAMES = ("id", "name", "model")
# How servers tell how much a model was started with: vLLM, OpenRouter, Groq, LM Studio, Mistral.
_CONTEXTS = (
    *("max_model_len", "context_length", "context_window", "loaded_context_length"),
    *("max_context_length", "n_ctx"),
)


async def read_models(
    opening: AbstractAsyncContextManager[OpenResponse],
) -> dict[str, dict[str, Any]]:
    """Return what a server tells of each model. Raises ModelUnavailable, and the client's errors.

    Nothing of it is believed before it is looked at, so it is read here and not by the client.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(SECONDS), opening as response:
            async for chunk in response.http_response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    return {}
    except (httpx2.HTTPError, OSError) as error:
        raise ModelUnavailable() from error
    return parse_models(bytes(body))


def parse_models(body: bytes) -> dict[str, dict[str, Any]]:
    """Return what is told of each model; nothing where it is no list of models."""
    if len(body) > MAX_BYTES:
        return {}
    data = parse_json(body.removeprefix(BOM))
    for _ in range(MAX_DEPTH):
        if not isinstance(data, dict) or not (inner := _find_inner_list(data)):
            break
        data = inner
    if isinstance(data, dict):
        named = [{"id": name} for name, row in data.items() if isinstance(row, dict)]
        data = named if len(named) == len(data) else []
    return dict(_read(data)) if isinstance(data, list) else {}


def _find_inner_list(data: dict[str, Any]) -> Any:
    return next((data[name] for name in _LISTS if isinstance(data.get(name), list | dict)), None)


def _read(items: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in items[:MAX_MODELS]:
        row = item if isinstance(item, dict) else {"id": item}
        name = next((row[key] for key in _NAMES if isinstance(row.get(key), str)), "")
        if name and len(name) <= MAX_NAME and name.isprintable() and name == name.strip():
            yield name, _describe(row)


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {KIND: kind} if (kind := detect_kind(row)) else {}
    for key in _CONTEXTS:
        context = row.get(key)
        if type(context) is int and 0 < context <= MAX_CONTEXT:
            return facts | {"context": context}
    return facts
