"""A turn's events as Server-Sent Events for programs."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chat.log.events import BEGINNING, Entry, Position
from chat.models import Turn
from chat.reading.reader import read

HEARTBEAT_SECONDS = 15.0
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache, no-store, no-transform",
    "X-Accel-Buffering": "no",
}
END = b"data: [DONE]\n\n"
HEARTBEAT = b": still here\n\n"


def encode(entry: Entry) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (
        str(entry.position).encode(),
        entry.kind.encode(),
        entry.json,
    )


async def events(turn: Turn, after: Position = BEGINNING) -> AsyncGenerator[bytes, None]:
    """The turn's events after a position, then `[DONE]`. Ends early if the reader is too slow."""
    loop = asyncio.get_running_loop()
    last_sent = loop.time()
    async with aclosing(read(turn, after)) as batches:
        async for batch in batches:
            if batch:
                last_sent = loop.time()
                yield b"".join(map(encode, batch))
                if batch[-1].is_last:
                    yield END
            elif loop.time() - last_sent >= HEARTBEAT_SECONDS:
                last_sent = loop.time()
                yield HEARTBEAT
