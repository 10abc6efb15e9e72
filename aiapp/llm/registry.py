"""Which models may be used, and the client of each."""

import time
from dataclasses import dataclass, field
from functools import cache

import openai
from django.conf import settings

from aiapp.errors import InvalidInput
from aiapp.llm import embeddings, facts, reranking
from aiapp.llm.base import ChatModel, ModelInfo
from aiapp.llm.providers.openai import OpenAIChat

LISTING_SECONDS = 60.0

# The packaged model reads about 90 prompt tokens in a CPU-second and has 4,096 in a slot.
LOCAL = ModelInfo(
    name=settings.LOCAL_CHAT_MODEL,
    context=4_000,
    passage_tokens=450,
    passage_count=3,
    answer_tokens=400,
    demo=True,
)


@dataclass
class Listing:
    """What the endpoint said last, and until when that is believed."""

    names: list[str] = field(default_factory=list)
    expires: float = 0.0


_listing = Listing()


def info(name: str) -> ModelInfo:
    """What a model can do, by what is known of its name and what the operator says of it."""
    return LOCAL if name == LOCAL.name else facts.known(name)


def chat_model(name: str) -> ChatModel:
    """The client for a model. All configured models speak OpenAI's protocol at one endpoint."""
    return _default_endpoint()


def _default_endpoint() -> OpenAIChat:
    return _endpoint(settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY)


@cache
def _endpoint(base_url: str, api_key: str) -> OpenAIChat:
    return OpenAIChat(base_url, api_key)


async def close_clients() -> None:
    """Close the running loop's connections; for loops that end, as a worker's does."""
    await _default_endpoint().close()
    await embeddings.close_client()
    await reranking.close_client()


async def names() -> list[str]:
    """Every model name that a request may carry, the default first."""
    if settings.LOCAL_CHAT:
        return _configured()
    if _listing.expires < time.monotonic():
        try:
            _listing.names = await _default_endpoint().list_models()
        except openai.OpenAIError:
            # Not every server lists its models; the configured names stay usable.
            _listing.names = []
        _listing.expires = time.monotonic() + LISTING_SECONDS
    return list(dict.fromkeys([*_configured(), *_listing.names]))


async def resolve(name: str) -> str:
    """The model to use for a requested name, `""` meaning the default.

    Raises InvalidInput for a name outside the allowed ones.
    """
    if not name or name in _configured():
        return name or settings.CHAT_MODEL
    if name in await names():
        return name
    raise InvalidInput(f"There is no model {name[:80]!r}.", code="unknown_model")


def _configured() -> list[str]:
    return [settings.CHAT_MODEL, *settings.CHAT_MODELS]
