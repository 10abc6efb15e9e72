"""One question's way to an answer: tried again, and given to another model, until one has begun.

CHAT_FALLBACKS and the administrator name those who answer in place of a model that is busy or away.
Nothing is tried once a word has been said: two models' words in one answer would be neither's.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace

from django.conf import settings
from prometheus_client import Counter

from aiapp.llm import endpoints
from aiapp.llm.base import Fallback, Piece, Prompt, Waiting
from aiapp.llm.catalogue.facts import look_up_model
from aiapp.llm.errors import ModelError
from aiapp.llm.routing.gates import gate
from aiapp.observability.requests import REGISTRY

logger = logging.getLogger(__name__)

FALLBACKS = Counter(
    "aiapp_model_stand_ins",
    "Answers that another model was asked for.",
    ("model", "stand_in"),
    registry=REGISTRY,
)
FIRST_PAUSE = 0.5
MAX_PAUSE_SECONDS = 8.0
# How long a model is waited for while another can answer.
PAUSES_BEFORE_FALLBACK = 3.0
# Its breaker is open, so that asking it again would change nothing.
AWAY = "model_away"


class RoutedModel:
    """A model by its name, and its fallbacks. `check` raises a ModelError where there is none."""

    def __init__(self, name: str, check: Callable[[str], Awaitable[None]]) -> None:
        self.name, self._check = name, check

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        await self._check(self.name)
        names = [self.name, *_find_fallbacks(self.name, prompt)]
        for name, following in zip(names, [*names[1:], ""], strict=True):
            has_begun = False
            try:
                async with aclosing(
                    _stream_patiently(replace(prompt, model=name), following)
                ) as pieces:
                    async for piece in pieces:
                        has_begun = has_begun or not isinstance(piece, Waiting)
                        yield piece
            except ModelError as error:
                if has_begun or not error.retryable or not following:
                    raise
                logger.warning("model_stood_in", extra={"model": name, "code": error.reason})
                FALLBACKS.labels(self.name, following).inc()
                yield Fallback(following)
            else:
                return


def _find_fallbacks(name: str, prompt: Prompt) -> Iterator[str]:
    """Return the fallback models that can do what is asked for."""
    model, sees = look_up_model(name), _has_pictures(prompt)
    for other in endpoints.list_fallbacks(name, settings.CHAT_FALLBACKS.get(name, ())):
        if endpoints.is_restricted(other) and other not in prompt.allowed:
            continue
        info = look_up_model(other)
        blind = sees and model.vision and not info.vision
        if not blind and (info.tools or not (prompt.options.get("tools") and model.tools)):
            yield other


def _has_pictures(prompt: Prompt) -> bool:
    contents = [message.get("content") for message in prompt.messages]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    return any(part.get("type") == "image_url" for part in parts)


async def _stream_patiently(prompt: Prompt, fallback: str) -> AsyncGenerator[Piece, None]:
    """One model's answer, asked for again as long as that may help."""
    patience = Patience(PAUSES_BEFORE_FALLBACK if fallback else None)
    while True:
        has_begun = False
        try:
            async with aclosing(gate(prompt.model).stream(prompt)) as pieces:
                async for piece in pieces:
                    has_begun = has_begun or not isinstance(piece, Waiting)
                    yield piece
        except ModelError as error:
            if has_begun or not await patience.holds(error):
                raise
        else:
            return


class Patience:
    """The number and length of a model's retries, until its first word.

    All tries together take no longer than a first token may; a Retry-After beyond that ends them.
    """

    def __init__(self, pauses: float | None) -> None:
        self._tries = 0
        self._pauses = settings.MODEL_FIRST_TOKEN_SECONDS if pauses is None else pauses
        self._until = asyncio.get_running_loop().time() + settings.MODEL_FIRST_TOKEN_SECONDS

    async def holds(self, error: ModelError) -> bool:
        """Wait before the next try; False, at once, if there is to be none."""
        self._tries += 1
        if not error.retryable or error.reason == AWAY or self._tries >= settings.MODEL_TRIES:
            return False
        # Full jitter, so that those who failed together do not come back together.
        most = min(FIRST_PAUSE * 2 ** (self._tries - 1), MAX_PAUSE_SECONDS)
        pause = (error.retry_after or 0) + random.uniform(0, most)  # noqa: S311 - no secret
        self._pauses -= pause
        if self._pauses < 0 or asyncio.get_running_loop().time() + pause > self._until:
            return False
        logger.info("model_tried_again", extra={"code": error.reason, "tries": self._tries})
        await asyncio.sleep(pause)
        return True
