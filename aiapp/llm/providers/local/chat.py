"""The packaged model's server speaks OpenAI's protocol. It starts when it is asked first."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from aiapp.env import ASLEEP
from aiapp.llm.base import Piece, Prompt
from aiapp.llm.providers.openai.chat import Client as OpenAIClient

# To start and load the model, on a busy machine.
START_SECONDS, POLL_SECONDS = 60.0, 0.1


class Client(OpenAIClient):
    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        await _wake(self._base_url)
        async with aclosing(super().stream(prompt)) as pieces:
            async for piece in pieces:
                yield piece

    async def list_models(self) -> dict[str, dict[str, Any]]:
        # It calls its model by the name of a file.
        return {}


async def _wake(base_url: str) -> None:
    """Have a server started that rests, and wait for it. One that does not come is unavailable."""
    socket = Path(base_url.removeprefix("unix://"))
    if not await asyncio.to_thread(_take_away, socket.with_suffix(ASLEEP)):
        return
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    while loop.time() < until and not await _answers(socket):
        await asyncio.sleep(POLL_SECONDS)


def _take_away(sign: Path) -> bool:
    """Return whether the sign was there."""
    try:
        sign.unlink()
    except OSError:
        return False
    return True


async def _answers(socket: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    writer.close()
    return True
