"""One question's way to a model: tried again while nothing has been said."""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing

from django.conf import settings

from aiapp.llm import vendors
from aiapp.llm.base import Piece, Prompt
from aiapp.llm.errors import ModelError

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 8.0


class Routed:
    """A model by its name, spoken to through its vendor's client."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        patience = Patience()
        while True:
            said = False
            try:
                client = await vendors.client(vendors.vendor_of(self.name))
                async with aclosing(client.stream(prompt)) as pieces:
                    async for piece in pieces:
                        said = True
                        yield piece
            except ModelError as error:
                if said or not await patience.holds(error):
                    raise
            else:
                return


class Patience:
    """How often and how long a model is asked again, until its first word.

    All tries together take no longer than a first token may; a Retry-After beyond that ends them.
    """

    def __init__(self) -> None:
        self._tries = 0
        self._until = asyncio.get_running_loop().time() + settings.MODEL_FIRST_TOKEN_SECONDS

    async def holds(self, error: ModelError) -> bool:
        """Wait before the next try; False, at once, if there is to be none."""
        self._tries += 1
        if not error.retryable or self._tries >= settings.MODEL_TRIES:
            return False
        # Full jitter, so that those who failed together do not come back together.
        most = min(FIRST_PAUSE * 2 ** (self._tries - 1), LONGEST_PAUSE)
        pause = (error.retry_after or 0) + random.uniform(0, most)  # noqa: S311 - no secret
        if asyncio.get_running_loop().time() + pause > self._until:
            return False
        logger.info("model_tried_again", extra={"code": error.reason, "tries": self._tries})
        await asyncio.sleep(pause)
        return True
