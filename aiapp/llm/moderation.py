"""Texts judged by any endpoint with OpenAI's protocol for moderation (`/v1/moderations`)."""

from collections.abc import Mapping

import httpx2
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.errors import BrokenAnswer, ModelUnavailable
from aiapp.llm.openai_library import load, openai
from aiapp.llm.transport import async_openai

# A question waits for it; what takes longer is answered without.
SECONDS = 3.0
MAX_CHARS = 20_000


def is_configured() -> bool:
    return bool(settings.MODERATION_MODEL and settings.MODERATION_BASE_URL)


async def classify(text: str) -> Mapping[str, float]:
    """The categories that a text falls into, with their scores from 0 to 1; empty if none.

    Raises ModelUnavailable or BrokenAnswer.
    """
    await load()
    try:
        answer = await _clients.get().moderations.create(
            input=text[:MAX_CHARS], model=settings.MODERATION_MODEL
        )
        result = answer.results[0]
        scores = result.category_scores.to_dict()
        found = result.categories.to_dict()
        return {name: float(scores.get(name) or 1.0) for name, is_so in found.items() if is_so}  # type: ignore[arg-type]
    except (openai.OpenAIError, httpx2.HTTPError) as error:
        raise ModelUnavailable("The moderation service is not responding.") from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise BrokenAnswer("The moderation service returned an unusable answer.") from error


async def close_client() -> None:
    await _clients.close()


def _client() -> "openai.AsyncOpenAI":
    return async_openai(
        settings.MODERATION_BASE_URL,
        settings.MODERATION_API_KEY,
        max_retries=0,
        timeout=httpx2.Timeout(SECONDS),
    )


_clients = PerLoop(_client, lambda client: client.close())
