"""Vectors of texts, from any endpoint with OpenAI's protocol for embeddings."""

import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import httpx2
import orjson
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.embedding import endpoints
from aiapp.llm.embedding.answers import parse_vectors
from aiapp.llm.embedding.apart import embed_apart
from aiapp.llm.embedding.endpoints import Endpoint, find_endpoint
from aiapp.llm.embedding.habits import Habits, find_habits, is_of_the_batch
from aiapp.llm.errors import (
    BadRequest,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from aiapp.llm.openai_library import load, openai
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.transport import async_openai, sync_openai

logger = logging.getLogger(__name__)

TRIES = 3
FIRST_PAUSE = 0.5
# As long as that a service is waited for that names a time.
MAX_PAUSE_SECONDS = 60
# Who searches waits; without an answer the search goes on by words alone.
QUERY_SECONDS = 10.0
BATCH_SECONDS = 120.0
# No batch has more, whatever a service says.
MAX_TOKENS_READ = 10_000_000
# A text, or the ids of its tokens for who knows them (`embedding_endpoints.reads_openai_tokens`).
Input = str | list[int]
# What a text is, for models that are to be told.
PASSAGE, QUERY = "passage", "query"
# Models whose vectors may be asked for shorter than they are.
SHORTENED = ("text-embedding-3",)


class Space(Protocol):
    """The provider and model whose vectors are wanted; `documents.models.EmbeddingSpace` is one."""

    @property
    def provider(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def dimension(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model of a provider. Without a dimension its vectors may have any, the same for all."""

    provider: str
    model: str
    dimension: int | None = None


def get_configured_model() -> EmbeddingModel:
    """The model that the environment names."""
    return EmbeddingModel(endpoints.provider(), settings.EMBEDDING_MODEL)


def embed_batch(texts: Sequence[str], space: Space | None = None) -> list[list[float]]:
    """Return a vector for each text, for work in the background: patient, in as many requests as
    the service needs.

    Without a space the configured model embeds. Raises ModelError.
    """
    space = space or get_configured_model()
    vectors: list[list[float]] = []
    before, embed_once = _find_habits(space).batch, partial(_embed_once, space)
    while len(vectors) < len(texts):
        habits = _find_habits(space)
        some = texts[len(vectors) : len(vectors) + min(settings.EMBEDDING_BATCH, habits.batch)]
        try:
            vectors += _embed_with_retries(some, space)
        except _BatchRefused as error:
            if len(some) == 1:
                habits.batch = before
                vectors += embed_apart(some, embed_once, _translate_error(error), habits.shrink)
                continue
            habits.batch = len(some) // 2
            logger.warning("embedding_batch_halved", extra={"size": habits.batch})
        except ModelError as error:
            vectors += embed_apart(some, embed_once, error, habits.shrink)
    return vectors


async def embed_query(text: str, space: Space | None = None) -> list[float]:
    """Return the vector of a question, at once or not at all. Raises ModelError."""
    space = space or get_configured_model()
    client = await _get_async_client(find_endpoint(space.provider))
    while True:
        try:
            body = _request([text], space, QUERY)
            response = await client.post("/embeddings", cast_to=httpx2.Response, body=body)
            return parse_vectors(response.content, 1, space.dimension)[0]
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            if not _find_habits(space).learn_from(error, body):
                raise _translate_error(error) from error


async def embed_now(texts: Sequence[Input], space: Space) -> tuple[list[list[float]], int | None]:
    """Return a vector for each text of one batch, and how many tokens the service says it read.

    For somebody who waits, with more patience than for a question, in as many requests as the
    service needs. Raises ModelError.
    """
    vectors: list[list[float]] = []
    tokens: int | None = 0
    before = _find_habits(space).batch
    while len(vectors) < len(texts):
        habits = _find_habits(space)
        some = texts[len(vectors) : len(vectors) + habits.batch]
        try:
            body = await _post_now(some, space)
        except _BatchRefused as error:
            _shrink_batch(habits, len(some), before, error)
            continue
        vectors += parse_vectors(body, len(some), space.dimension)
        read = _read_usage(body)
        tokens = None if tokens is None or read is None else tokens + read
    return vectors, tokens


async def _post_now(texts: Sequence[Input], space: Space) -> bytes:
    client = await _get_async_client(find_endpoint(space.provider))
    patience = httpx2.Timeout(BATCH_SECONDS, connect=settings.MODEL_CONNECT_SECONDS)
    while True:
        body = _request(texts, space)
        try:
            response = await client.post(
                "/embeddings", cast_to=httpx2.Response, body=body, options={"timeout": patience}
            )
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            if _find_habits(space).learn_from(error, body):
                continue
            if is_of_the_batch(error):
                raise _BatchRefused(error) from error
            raise _translate_error(error) from error
        return response.content


def _read_usage(body: bytes) -> int | None:
    """Return what the service says of its use, where that is a number one can believe."""
    answer = orjson.loads(body)
    usage = answer.get("usage") if isinstance(answer, dict) else None
    tokens = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return tokens if type(tokens) is int and 0 < tokens <= MAX_TOKENS_READ else None


def _embed_with_retries(texts: Sequence[str], space: Space) -> list[list[float]]:
    for attempt in range(1, TRIES + 1):
        try:
            return _embed(texts, space)
        except (ModelUnavailable, ModelBusy) as error:
            if attempt == TRIES or (error.retry_after or 0) > MAX_PAUSE_SECONDS:
                raise
            logger.warning("embedding_repeated", extra={"code": error.reason, "attempt": attempt})
            # Workers that were refused together come back apart.
            pause = FIRST_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5)  # noqa: S311
            time.sleep((error.retry_after or 0) + pause)
    raise AssertionError


def _embed(texts: Sequence[str], space: Space) -> list[list[float]]:
    client = _client(find_endpoint(space.provider))
    while True:
        body = _request(texts, space)
        try:
            response = client.post("/embeddings", cast_to=httpx2.Response, body=body)
            return parse_vectors(response.content, len(texts), space.dimension)
        except (openai.OpenAIError, httpx2.HTTPError, OSError) as error:
            if _find_habits(space).learn_from(error, body):
                continue
            if is_of_the_batch(error):
                raise _BatchRefused(error) from error
            raise _translate_error(error) from error


def _embed_once(space: Space, texts: Sequence[str]) -> list[list[float]]:
    try:
        return _embed(texts, space)
    except _BatchRefused as error:
        raise _translate_error(error) from error


def _request(texts: Sequence[Input], space: Space, kind: str = PASSAGE) -> dict[str, Any]:
    # Not every server knows base64, for which the client would ask.
    request: dict[str, Any] = {
        "model": space.model,
        "input": list(texts),
        "encoding_format": "float",
    }
    habits = _find_habits(space)
    if habits.takes_one_text and len(texts) == 1:
        request["input"] = texts[0]
    # Others refuse the parameter, even with the dimension that they have.
    if space.dimension and space.model.startswith(SHORTENED):
        request["dimensions"] = space.dimension
    if habits.takes_kind:
        request["input_type"] = kind
    return {key: value for key, value in request.items() if key not in habits.left_out}


def _find_habits(space: Space) -> Habits:
    return find_habits(find_endpoint(space.provider), space.model)


class _BatchRefused(Exception):
    """So many texts at once are too many."""


def _shrink_batch(habits: Habits, size: int, before: int, error: _BatchRefused) -> None:
    """Ask for half as many at once. Raises ModelError for a text that is refused alone.

    It was that text then and not how many there were, which other documents need not suffer for.
    """
    if size == 1:
        habits.batch = before
        raise _translate_error(error) from error
    habits.batch = size // 2


def _translate_error(error: BaseException) -> ModelError:
    if isinstance(error, _BatchRefused):
        error = error.args[0]
    if not isinstance(error, openai.APIStatusError):
        return ModelUnavailable("The embedding service is not responding at the moment.")
    found = interpret(error.status_code, error.response.headers, error.response.text)
    if isinstance(found, ModelBusy):
        busy = ModelBusy("The embedding service is busy.", retry_after=found.retry_after)
        busy.upstream_status = error.status_code
        return busy
    if isinstance(found, ModelRefused):
        return ModelRefused(
            "The embedding service refused access. The administrator must check it."
        )
    if isinstance(found, ModelUnavailable):
        away = ModelUnavailable("The embedding service is not responding at the moment.")
        away.upstream_status = error.status_code
        return away
    return BadRequest("The embedding service did not accept the text.")


_clients: dict[Endpoint, "openai.OpenAI"] = {}


def close_sync_clients() -> None:
    """Close the connections of `embed_batch`; for a process that outlives its endpoint."""
    while _clients:
        _clients.popitem()[1].close()


def _client(endpoint: Endpoint) -> "openai.OpenAI":
    client = _clients.get(endpoint)
    if client is None:
        client = _clients[endpoint] = sync_openai(
            endpoint.base_url,
            endpoint.api_key,
            max_retries=0,
            timeout=httpx2.Timeout(BATCH_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client


async def close_client() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    await _async_clients.close()


async def _close_all(clients: dict[Endpoint, "openai.AsyncOpenAI"]) -> None:
    for client in clients.values():
        await client.close()


# The connections of a client belong to the event loop that first used it.
_async_clients: PerLoop[dict[Endpoint, "openai.AsyncOpenAI"]] = PerLoop(dict, _close_all)


async def _get_async_client(endpoint: Endpoint) -> "openai.AsyncOpenAI":
    await load()
    clients = _async_clients.get()
    client = clients.get(endpoint)
    if client is None:
        client = clients[endpoint] = async_openai(
            endpoint.base_url,
            endpoint.api_key,
            max_retries=1,
            timeout=httpx2.Timeout(QUERY_SECONDS, connect=settings.MODEL_CONNECT_SECONDS),
        )
    return client
