"""A turn's events as Server-Sent Events for programs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiapp.http.sse import END, HEARTBEAT, HEARTBEAT_SECONDS, encode
from chat.log.events import BEGINNING, Entry, Position
from chat.models import Turn
from chat.reading.reader import read


async def events(turn: Turn, after: Position = BEGINNING) -> AsyncGenerator[bytes, None]:
    """The turn's events after a position, then `[DONE]`. Ends early if the reader is too slow."""
    loop = asyncio.get_running_loop()
    last_sent = loop.time()
    async with aclosing(read(turn, after)) as batches:
        async for batch in batches:
            if batch:
                last_sent = loop.time()
                yield b"".join(map(_encode_entry, batch))
                if batch[-1].is_last:
                    yield END
            elif loop.time() - last_sent >= HEARTBEAT_SECONDS:
                last_sent = loop.time()
                yield HEARTBEAT


def _encode_entry(entry: Entry) -> bytes:
    return encode(entry.json, event=entry.kind, id=str(entry.position))
