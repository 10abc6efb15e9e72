"""Vectors of texts, in OpenAI's protocol.

A request may hold as much as OpenAI allows. It is embedded batch by batch, and between two batches
others have their turn: questions, and the requests of other users. Vectors are put into their
final form as they come, for as numbers of Python's they take eight times the room.
"""

import asyncio
import base64
import sys
from array import array
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID, uuid4

import orjson
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.credentials.authentication import ApiAuth, caller
from accounts.limits import budgets, ledger
from accounts.models import User
from aiapp.api.notes import JSON, Note
from aiapp.concurrency.per_loop import PerLoop
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput
from aiapp.llm import token_ids
from aiapp.llm.embedding import client
from aiapp.llm.embedding.client import EmbeddingModel, Input, Space
from aiapp.llm.embedding.endpoints import reads_openai_tokens
from aiapp.llm.routing.places import Places
from aiapp.llm.tokens import estimate
from aiapp.serving import siblings
from chat.openai_api import examples
from chat.openai_api.schemas import EmbeddingsIn
from documents.spaces.spaces import get_searched_space

router = Router(auth=ApiAuth("chat"), tags=["openai"])

# OpenAI's bounds, of one input and of all.
MAX_INPUT_TOKENS = 8192
MAX_TOKENS = 300_000
# Tokens of texts are estimated, and nothing is refused for a wrong estimate.
MARGIN = 1.25
# Batches that a server has under way. Searches need the same service.
MAX_BATCHES = 4

_places = PerLoop(Places)


@router.post("/embeddings")
@Note(
    request={"model": "text-embedding-3-small", "input": ["How many days?"]},
    content={JSON: examples.OBJECT},
    errors=(404, 500, 502),
)
async def create_embeddings(request: HttpRequest, body: EmbeddingsIn) -> HttpResponse:
    """Return vectors of texts, by the model that documents are indexed with.

    `input` is a text, at most 2,048 texts, or lists of tokens as OpenAI's clients send them.
    """
    user = caller(request)
    space = await in_db(_find_space, body.model, body.dimensions)
    texts, tokens = await asyncio.to_thread(_prepare_texts, body, space)
    await release_request_connection()
    job = _Job(user, space, body)
    async with _on_the_books(user, body.model, sum(tokens), job):
        await job.run(texts, tokens)
    return HttpResponse(job.answer(), content_type="application/json")


class _Job:
    """One request, as far as it has come."""

    def __init__(self, user: User, space: Space, body: EmbeddingsIn) -> None:
        self._owner = str(user.pk)
        self._space = space
        self._body = body
        self._items: list[bytes] = []
        self.tokens = 0

    async def run(self, texts: Sequence[Input], tokens: Sequence[int]) -> None:
        """Embed the texts, of which so many tokens are expected. Raises ModelError."""
        size = settings.EMBEDDING_BATCH
        for start in range(0, len(texts), size):
            batch = texts[start : start + size]
            async with _place(self._owner):
                vectors, read = await client.embed_now(batch, self._space)
            self.tokens += read or sum(tokens[start : start + size])
            _check_dimensions(self._body.dimensions, len(vectors[0]))
            self._items += [self._item(start + n, vector) for n, vector in enumerate(vectors)]

    def answer(self) -> bytes:
        """Return the body of the answer."""
        usage = {"prompt_tokens": self.tokens, "total_tokens": self.tokens}
        rest = orjson.dumps({"model": self._body.model, "usage": usage})
        return b'{"object":"list","data":[' + b",".join(self._items) + b"]," + rest[1:]

    def _item(self, number: int, vector: list[float]) -> bytes:
        value: str | list[float] = vector
        if self._body.encoding_format == "base64":
            value = base64.b64encode(_pack_little_endian(vector)).decode("ascii")
        return orjson.dumps({"object": "embedding", "index": number, "embedding": value})


def _find_space(model: str, dimensions: int | None) -> Space:
    """Return whose vectors a model's name stands for. Raises InvalidInput.

    The model that the environment names is there before any document has been embedded by it.
    """
    known, configured = get_searched_space(), client.get_configured_model()
    space = known if known is not None and known.model == model else configured
    if space.model == model:
        # Of a model that can be asked for less, a space is no more than what it is asked for.
        shorter = dimensions and model.startswith(client.SHORTENED)
        return EmbeddingModel(space.provider, model, dimensions) if shorter else space
    # No list of models has it, and whoever connects a program would have to guess.
    raise InvalidInput(
        f"There is no model {model[:80]!r}. Texts are embedded by {(known or configured).model!r}.",
        code="unknown_model",
    )


def _prepare_texts(body: EmbeddingsIn, space: Space) -> tuple[list[Input], list[int]]:
    """Return what is sent on and about how many tokens each has. Raises InvalidInput."""
    inputs: list[Input] = body.input
    are_texts = isinstance(inputs[0], str)
    tokens = [estimate(each) if isinstance(each, str) else len(each) for each in inputs]
    margin = MARGIN if are_texts else 1.0
    if max(tokens) > MAX_INPUT_TOKENS * margin:
        raise InvalidInput(
            f"An input may have at most {MAX_INPUT_TOKENS} tokens.", code="context_too_long"
        )
    if sum(tokens) > MAX_TOKENS * margin:
        raise InvalidInput(
            f"All inputs may have at most {MAX_TOKENS} tokens together.", code="context_too_long"
        )
    if are_texts or reads_openai_tokens(space.provider):
        return inputs, tokens
    texts: list[Input] = [token_ids.decode(cast(list[int], ids), body.model) for ids in inputs]
    if not all(texts):
        raise InvalidInput("An input has no text.", code="empty_input")
    return texts, tokens


def _check_dimensions(expected: int | None, actual: int) -> None:
    if expected not in (None, actual):
        raise InvalidInput(
            f"The vectors of this model have {actual} dimensions.", code="unsupported_dimensions"
        )


@asynccontextmanager
async def _on_the_books(user: User, model: str, tokens: int, job: _Job) -> AsyncIterator[None]:
    """Set aside what a request may use, and enter what it has used, however it ends."""
    entry = uuid4()
    await in_db(_reserve, user, entry, model, tokens)
    try:
        yield
    finally:
        await in_db(ledger.settle, entry, job.tokens, 0)


def _reserve(user: User, entry: UUID, model: str, tokens: int) -> None:
    with transaction.atomic():
        budgets.reserve(user, entry, [model], tokens, 0)


@asynccontextmanager
async def _place(owner: str) -> AsyncIterator[None]:
    """Wait for a place among this process's share of batches, in turn with those of other users."""
    places = _places.get()
    if not places.try_take(siblings.divide(MAX_BATCHES)):
        await places.take(owner)
    try:
        yield
    finally:
        places.free()


def _pack_little_endian(vector: Sequence[float]) -> bytes:
    packed = array("f", vector)
    if sys.byteorder != "little":
        packed.byteswap()
    return packed.tobytes()
