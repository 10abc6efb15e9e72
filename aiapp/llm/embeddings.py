"""Vectors of texts, from any endpoint with OpenAI's protocol for embeddings."""

import asyncio
import logging
import math
import random
import time
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai
import orjson
from django.conf import settings

from aiapp.llm.errors import (
    BadRequest,
    BrokenAnswer,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.transport import async_http_client, http_base, sync_http_client

logger = logging.getLogger(__name__)

TRIES = 3
FIRST_PAUSE = 0.5
# Who searches waits; without an answer the search goes on by words alone.
QUERY_SECONDS = 10.0
BATCH_SECONDS = 120.0

_REFUSED = (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError)


def embed_batch(texts: Sequence[str], dimension: int | None = None) -> list[list[float]]:
    """A vector for each text, for work in the background: tries again when that may help."""
    vectors: list[list[float]] = []
    size = settings.EMBEDDING_BATCH
    for start in range(0, len(texts), size):
        vectors += _with_patience(texts[start : start + size], dimension)
    return vectors


async def embed_query(text: str, dimension: int | None = None) -> list[float]:
    """The vector of a question, at once or not at all."""
    try:
        response = await _async_client().embeddings.with_raw_response.create(**_request([text]))
    except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
        raise _translated(error) from error
    return _read(response.http_response.content, 1, dimension)[0]


def provider() -> str:
    """Who computes the vectors, as a part of what makes vectors comparable."""
    url, socket = http_base(settings.EMBEDDING_BASE_URL)
    return "local" if socket else httpx2.URL(url).host


def _with_patience(texts: Sequence[str], dimension: int | None) -> list[list[float]]:
    for attempt in range(1, TRIES + 1):
        try:
            return _embed(texts, dimension)
        except (ModelUnavailable, ModelBusy) as error:
            if attempt == TRIES:
                raise
            logger.warning("embedding_repeated", extra={"code": error.reason, "attempt": attempt})
            # Workers that were refused together come back apart.
            time.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311
    raise AssertionError


def _embed(texts: Sequence[str], dimension: int | None) -> list[list[float]]:
    try:
        response = _client().embeddings.with_raw_response.create(**_request(texts))
    except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
        raise _translated(error) from error
    return _read(response.http_response.content, len(texts), dimension)


def _request(texts: Sequence[str]) -> dict[str, Any]:
    # Not every server knows base64, which the client would ask for.
    return {"model": settings.EMBEDDING_MODEL, "input": list(texts), "encoding_format": "float"}


def _read(body: bytes, count: int, dimension: int | None) -> list[list[float]]:
    """The vectors of an answer, in the order of the texts. Raises BrokenAnswer.

    A wrong vector would be found, or not, for years; so nothing is taken on trust.
    """
    try:
        items = sorted(orjson.loads(body)["data"], key=lambda item: int(item["index"]))
        vectors = [[float(number) for number in item["embedding"]] for item in items]
        indexes = [item["index"] for item in items]
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise _broken("malformed_embedding") from error
    if indexes != list(range(count)):
        raise _broken("embedding_count")
    if not all(len(vector) == (dimension or len(vectors[0])) for vector in vectors):
        raise _broken("embedding_dimension")
    # A vector of zeros has no direction, so no cosine; NaN and infinity have no sum.
    if not all(math.isfinite(length := math.hypot(*vector)) and length for vector in vectors):
        raise _broken("embedding_not_finite")
    return vectors


def _broken(code: str) -> BrokenAnswer:
    return BrokenAnswer("The embedding service gave an answer that makes no sense.", code=code)


def _translated(error: Exception) -> ModelError:
    if isinstance(error, openai.RateLimitError):
        return ModelBusy("The embedding service is busy.")
    if isinstance(error, _REFUSED):
        return ModelRefused(
            "The embedding service refused our access. The administrator must check it."
        )
    if (
        isinstance(error, openai.APIStatusError)
        and error.status_code < httpx2.codes.INTERNAL_SERVER_ERROR
    ):
        return BadRequest("The embedding service did not accept the text.")
    return ModelUnavailable("The embedding service does not answer at the moment.")


_clients: dict[tuple[str, str], openai.OpenAI] = {}


def close_sync_clients() -> None:
    """Close the connections of `embed_batch`; for a process that outlives its endpoint."""
    while _clients:
        _clients.popitem()[1].close()


def _client() -> openai.OpenAI:
    base_url, api_key = settings.EMBEDDING_BASE_URL, settings.EMBEDDING_API_KEY
    client = _clients.get((base_url, api_key))
    if client is None:
        client = _clients[base_url, api_key] = openai.OpenAI(
            base_url=http_base(base_url)[0],
            api_key=api_key or "none",
            http_client=sync_http_client(base_url),
            max_retries=0,
            timeout=httpx2.Timeout(BATCH_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client


# The connections of a client belong to the event loop that first used it.
_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = (
    WeakKeyDictionary()
)


async def close_client() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    client = _async_clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.close()


def _async_client() -> openai.AsyncOpenAI:
    loop = asyncio.get_running_loop()
    client = _async_clients.get(loop)
    if client is None:
        base_url = settings.EMBEDDING_BASE_URL
        client = _async_clients[loop] = openai.AsyncOpenAI(
            base_url=http_base(base_url)[0],
            api_key=settings.EMBEDDING_API_KEY or "none",
            http_client=async_http_client(base_url),
            max_retries=1,
            timeout=httpx2.Timeout(QUERY_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client
