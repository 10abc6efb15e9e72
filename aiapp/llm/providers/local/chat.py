"""The packaged model's server speaks OpenAI's protocol. It starts when it is asked first."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from aiapp.env import ASLEEP, WAKING
from aiapp.llm.base import Piece, Prompt
from aiapp.llm.providers.openai.chat import Client as OpenAIClient

# To start and load the model, on a busy machine.
START_SECONDS, POLL_SECONDS = 60.0, 0.1
ANSWER_SECONDS = 5.0


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
    """Wait for a server that starts, and have it started where it rests.

    One that does not come is unavailable.
    """
    socket = Path(base_url.removeprefix("unix://"))
    if not await asyncio.to_thread(_is_waking, socket):
        return
    loop = asyncio.get_running_loop()
    until = loop.time() + START_SECONDS
    while loop.time() < until and not await _answers(socket):
        await asyncio.sleep(POLL_SECONDS)


def _is_waking(socket: Path) -> bool:
    asleep, waking = socket.with_suffix(ASLEEP), socket.with_suffix(WAKING)
    try:
        if asleep.exists():
            # First, so that whoever finds the one gone finds the other.
            waking.touch()
            asleep.unlink()
        return time.time() - waking.stat().st_mtime < START_SECONDS
    except OSError:
        return waking.exists()


async def _answers(socket: Path) -> bool:
    """Tell whether the model is loaded; the server listens before."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            reader, writer = await asyncio.open_unix_connection(socket)
            try:
                writer.write(b"GET /health HTTP/1.0\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, ValueError):
        return False
