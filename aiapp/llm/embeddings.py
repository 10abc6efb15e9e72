"""Vectors of texts, from any endpoint with OpenAI's protocol for embeddings."""

import asyncio
import logging
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import httpx2
import openai
import orjson
from django.conf import settings

from aiapp.llm import embedding_endpoints
from aiapp.llm.embedding_endpoints import Endpoint, endpoint_of
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
# No batch has more, whatever a service says.
MAX_TOKENS_READ = 10_000_000
# A text, or the ids of its tokens for who knows them (`embedding_endpoints.reads_openai_tokens`).
Input = str | list[int]
# Models whose vectors may be asked for shorter than they are.
SHORTENED = ("text-embedding-3",)

_REFUSED = (openai.AuthenticationError, openai.PermissionDeniedError, openai.NotFoundError)


class Space(Protocol):
    """Whose vectors are asked for; `documents.models.EmbeddingSpace` is one."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def dimension(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A model of a provider. Without a dimension its vectors may have any, the same for all."""

    provider: str
    model: str
    dimension: int | None = None


def configured() -> Wanted:
    """The model that the environment names."""
    return Wanted(embedding_endpoints.provider(), settings.EMBEDDING_MODEL)


def embed_batch(texts: Sequence[str], space: Space | None = None) -> list[list[float]]:
    """A vector for each text, for work in the background: tries again when that may help.

    Without a space the configured model embeds. Raises ModelError.
    """
    vectors: list[list[float]] = []
    size = settings.EMBEDDING_BATCH
    for start in range(0, len(texts), size):
        vectors += _with_patience(texts[start : start + size], space or configured())
    return vectors


async def embed_query(text: str, space: Space | None = None) -> list[float]:
    """The vector of a question, at once or not at all. Raises ModelError."""
    space = space or configured()
    client = _async_client(endpoint_of(space.provider))
    try:
        response = await client.embeddings.with_raw_response.create(**_request([text], space))
    except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
        raise _translated(error) from error
    return _read(response.http_response.content, 1, space.dimension)[0]


async def embed_now(texts: Sequence[Input], space: Space) -> tuple[list[list[float]], int | None]:
    """Return a vector for each text of one batch, and how many tokens the service says it read.

    For somebody who waits, with more patience than for a question. Raises ModelError.
    """
    client = _async_client(endpoint_of(space.provider))
    patience = httpx2.Timeout(BATCH_SECONDS, connect=settings.MODEL_CONNECT_SECONDS)
    try:
        response = await client.embeddings.with_raw_response.create(
            **_request(texts, space), timeout=patience
        )
    except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
        raise _translated(error) from error
    body = response.http_response.content
    return _read(body, len(texts), space.dimension), _tokens_read(body)


def _tokens_read(body: bytes) -> int | None:
    """Return what the service says of its use, where that is a number one can believe."""
    usage = orjson.loads(body).get("usage")
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 < tokens <= MAX_TOKENS_READ else None


def _with_patience(texts: Sequence[str], space: Space) -> list[list[float]]:
    for attempt in range(1, TRIES + 1):
        try:
            return _embed(texts, space)
        except (ModelUnavailable, ModelBusy) as error:
            if attempt == TRIES:
                raise
            logger.warning("embedding_repeated", extra={"code": error.reason, "attempt": attempt})
            # Workers that were refused together come back apart.
            time.sleep(FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311
    raise AssertionError


def _embed(texts: Sequence[str], space: Space) -> list[list[float]]:
    client = _client(endpoint_of(space.provider))
    try:
        response = client.embeddings.with_raw_response.create(**_request(texts, space))
    except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
        raise _translated(error) from error
    return _read(response.http_response.content, len(texts), space.dimension)


def _request(texts: Sequence[Input], space: Space) -> dict[str, Any]:
    # Not every server knows base64, which the client would ask for.
    request: dict[str, Any] = {
        "model": space.model,
        "input": list(texts),
        "encoding_format": "float",
    }
    # Others refuse the parameter, even with the dimension that they have.
    if space.dimension and space.model.startswith(SHORTENED):
        request["dimensions"] = space.dimension
    return request


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


_clients: dict[Endpoint, openai.OpenAI] = {}


def close_sync_clients() -> None:
    """Close the connections of `embed_batch`; for a process that outlives its endpoint."""
    while _clients:
        _clients.popitem()[1].close()


def _client(endpoint: Endpoint) -> openai.OpenAI:
    client = _clients.get(endpoint)
    if client is None:
        client = _clients[endpoint] = openai.OpenAI(
            base_url=http_base(endpoint.base_url)[0],
            api_key=endpoint.api_key or "none",
            http_client=sync_http_client(endpoint.base_url),
            max_retries=0,
            timeout=httpx2.Timeout(BATCH_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client


# The connections of a client belong to the event loop that first used it.
_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[Endpoint, openai.AsyncOpenAI]] = (
    WeakKeyDictionary()
)


async def close_client() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    for client in _async_clients.pop(asyncio.get_running_loop(), {}).values():
        await client.close()


def _async_client(endpoint: Endpoint) -> openai.AsyncOpenAI:
    clients = _async_clients.setdefault(asyncio.get_running_loop(), {})
    client = clients.get(endpoint)
    if client is None:
        client = clients[endpoint] = openai.AsyncOpenAI(
            base_url=http_base(endpoint.base_url)[0],
            api_key=endpoint.api_key or "none",
            http_client=async_http_client(endpoint.base_url),
            max_retries=1,
            timeout=httpx2.Timeout(QUERY_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client
