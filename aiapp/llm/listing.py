"""The models that a server lists, in whatever form it does."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from itertools import islice
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
_LISTS = (
    *("data", "models", "result", "items", "list", "value", "model_list", "available_models"),
    *("modelSummaries", "endpoints"),
)
# The name that a request wants comes before the one that people read.
_NAMES = ("id", "model", "model_id", "modelId", "model_name", "key", "slug", "name")
# ... unlike these: Cloudflare's, and GitHub's of a registry.
_NO_NAME = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|azureml://.*")
# How servers tell how much a model was started with: vLLM, OpenRouter, Groq, LM Studio, Mistral.
_CONTEXTS = (
    *("max_model_len", "context_length", "context_window", "loaded_context_length"),
    *("max_context_length", "n_ctx", "max_input_tokens", "context_size"),
)
# How they tell what a model can do: OpenRouter, LM Studio, Mistral.
_ABILITIES = {
    "vision": {"image", "vision", "vlm", "image_input"},
    "tools": {"tools", "tool_use", "function_calling", "tool_calling", "function-calling"},
}
_ABILITY_LISTS = ("capabilities", "supported_parameters", "supported_features", "features")
# ... each by itself: Fireworks.
_ABILITY_FLAGS = {"vision": "supports_image_input", "tools": "supports_tools"}
# Under which a listing keeps the price of a million tokens.
PRICE = "price"
MILLION = 1_000_000
MAX_PRICE = 100_000


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
    if data is None:
        # One a line, or behind comments that keep a connection alive.
        lines = [line for line in body.splitlines() if line.startswith((b"{", b"["))]
        rows = [parse_json(line) for line in lines[:MAX_MODELS]]
        data = rows[0] if len(rows) == 1 else rows
    for _ in range(MAX_DEPTH):
        if not isinstance(data, dict) or not (inner := _find_inner_list(data)):
            break
        data = inner
    if isinstance(data, dict):
        data = _list_named(data)
    return dict(_read(data)) if isinstance(data, list) else {}


def _find_inner_list(data: dict[str, Any]) -> Any:
    return next((data[name] for name in _LISTS if _is_full(data.get(name))), None)


def _is_full(value: Any) -> bool:
    return isinstance(value, list | dict) and bool(value)


def _list_named(data: dict[str, Any]) -> list[Any]:
    """Return the models of an answer that has no list: one alone, by their names or vendors."""
    if "error" in data:
        return []
    if data.get("object") == "model" or "model_id" in data:
        return [data]
    if all(isinstance(row, dict) for row in data.values()):
        return [{"id": name} for name in data]
    rows = data.values()
    return [each for row in rows for each in row] if all(type(row) is list for row in rows) else []


def _read(items: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    flat = (each for item in items for each in (item if isinstance(item, list) else [item]))
    for item in islice(flat, MAX_MODELS):
        row = item if isinstance(item, dict) else {"id": item}
        names = [row[key] for key in _NAMES if isinstance(row.get(key), str)]
        name = next((each for each in names if not _NO_NAME.fullmatch(each)), "")
        is_name = name and len(name) <= MAX_NAME and name.isprintable() and name == name.strip()
        # LiteLLM lists what it was told, `openai/*`, and Groq what it has put away.
        is_away = row.get("active") is False and "context_window" in row
        if is_name and "*" not in name and not is_away:
            yield name, _describe(row)


def _describe(row: dict[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {KIND: kind} if (kind := detect_kind(row)) else {}
    facts |= _find_abilities(row)
    if price := _find_price(row):
        facts[PRICE] = price
    for key in _CONTEXTS:
        context = row.get(key)
        if type(context) is int and 0 < context <= MAX_CONTEXT:
            return facts | {"context": context}
    return facts


def _find_abilities(row: dict[str, Any]) -> dict[str, bool]:
    """Return the abilities that a server tells of; one that it says nothing of is left out."""
    said: dict[str, bool] = {}
    architecture = row.get("architecture")
    modalities = architecture.get("input_modalities") if isinstance(architecture, dict) else None
    given = [row.get(name) for name in _ABILITY_LISTS]
    given += [modalities, row.get("input_modalities"), row.get("type")]
    flags = {field: row.get(name) for field, name in _ABILITY_FLAGS.items()}
    said |= {field: flag for field, flag in flags.items() if isinstance(flag, bool)}
    for field, names in _ABILITIES.items():
        for each in given:
            if isinstance(each, dict):
                told = [each[name] for name in names if isinstance(each.get(name), bool)]
                said |= {field: told[0]} if told else {}
            elif names.intersection(_list_words(each)):
                said[field] = True
    return said


def _list_words(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if type(each) is str]


def _find_price(row: dict[str, Any]) -> dict[str, float]:
    """Return what a million tokens cost, as OpenRouter tells it for one: in US dollars, as text."""
    pricing = row.get("pricing")
    if not isinstance(pricing, dict):
        return {}
    found = {}
    for ours, theirs in (("input", "prompt"), ("output", "completion")):
        try:
            amount = float(pricing[theirs]) * MILLION if type(pricing[theirs]) is str else -1
        except (KeyError, ValueError):
            return {}
        if not 0 <= amount <= MAX_PRICE:
            return {}
        found[ours] = round(amount, 4)
    return found
