"""Follows the logs of turns that other processes run, for all readers here, with one task.

A blocking read per reader would cost twice the CPU. Here one XREAD follows every wanted stream,
and a stream of the hub's own, to which an entry is added when the set of wanted streams changes.
Between reads the hub waits a little longer the more streams it follows, so that more arrives at
once.

A reader that lags by more than `QUEUE_LIMIT` entries is cut off; it may resume from its cursor.
"""

import asyncio
import logging
from collections import deque
from uuid import uuid4

from redis.exceptions import RedisError

from aiapp.redis import ANSWER_SECONDS, async_redis, blocking_redis
from chat.log.events import Entry, Position

logger = logging.getLogger(__name__)

QUEUE_LIMIT = 2_000
ENTRIES_PER_READ = 500
BLOCK_MS = 1_000
PAUSE_SECONDS_PER_STREAM = 0.0005
MAX_PAUSE_SECONDS = 0.1
RETRY_SECONDS = 0.5
TICK_SECONDS = 0.5


class Subscription:
    """One reader's view of one stream: entries wait here until `take`."""

    def __init__(self, key: str, after: Position) -> None:
        self.key = key
        self.last = after
        self.is_lagging = False
        self._entries: deque[Entry] = deque()
        self._arrived = asyncio.Event()

    def put(self, entry: Entry) -> None:
        if entry.position <= self.last or self.is_lagging:
            return
        if len(self._entries) >= QUEUE_LIMIT:
            self.is_lagging = True
        else:
            self.last = entry.position
            self._entries.append(entry)
        self._arrived.set()

    def wake(self) -> None:
        """Let `take` return even though nothing has arrived."""
        self._arrived.set()

    async def take(self) -> list[Entry]:
        """Take all entries that have arrived; none after a silence of about a second."""
        await self._arrived.wait()
        self._arrived.clear()
        entries = list(self._entries)
        self._entries.clear()
        return entries


class Hub:
    """The reading end of all logs in one event loop."""

    def __init__(self, tick_seconds: float | None = None) -> None:
        self._tick_seconds = tick_seconds or TICK_SECONDS
        self._wake_key = f"hub:{uuid4().hex}".encode()
        self._readers: dict[bytes, set[Subscription]] = {}
        self._cursors: dict[bytes, Position] = {}
        self._task: asyncio.Task[None] | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._blocked = False

    def add(self, reader: Subscription) -> None:
        key = reader.key.encode()
        self._readers.setdefault(key, set()).add(reader)
        # Readers drop what they have seen, so the cursor may go back for the sake of one.
        self._cursors[key] = min(self._cursors.get(key, reader.last), reader.last)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="turn log hub")
        elif self._blocked:
            self._waker = asyncio.create_task(self._interrupt())
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick(), name="turn log ticks")

    def remove(self, reader: Subscription) -> None:
        key = reader.key.encode()
        readers = self._readers.get(key, set())
        readers.discard(reader)
        if not readers:
            self._readers.pop(key, None)
            self._cursors.pop(key, None)

    async def _run(self) -> None:
        """Read until nobody follows any more; the next reader starts it again."""
        while self._readers:
            try:
                await self._read()
                pause = min(PAUSE_SECONDS_PER_STREAM * len(self._readers), MAX_PAUSE_SECONDS)
            except (RedisError, OSError) as error:
                logger.warning("turn_log_unread", extra={"reason": type(error).__name__})
                self._wake_everyone()
                pause = RETRY_SECONDS
            await asyncio.sleep(pause)

    async def _read(self) -> None:
        cursors = dict(self._cursors)
        streams: dict[bytes, str] = {key: str(at) for key, at in cursors.items()}
        streams[self._wake_key] = "0"
        self._blocked = True
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                batches = await blocking_redis().xread(
                    streams, count=ENTRIES_PER_READ, block=BLOCK_MS
                )
        finally:
            self._blocked = False
        for key, rows in batches:
            if key == self._wake_key:
                await async_redis().delete(self._wake_key)
            else:
                self._deliver(key, rows, cursors[key])

    def _deliver(
        self, key: bytes, rows: list[tuple[bytes, dict[bytes, bytes]]], start: Position
    ) -> None:
        """Hand out what a read that began at `start` has found.

        A reader that joined while the read was on its way may stand before `start`: it gets
        nothing yet, and the cursor stays with it, so that the next read begins there.
        """
        readers = [r for r in self._readers.get(key, ()) if not r.is_lagging]
        served = [reader for reader in readers if reader.last >= start]
        for row_id, fields in rows:
            attempt, _, seq = row_id.partition(b"-")
            entry = Entry(Position(int(attempt), int(seq)), fields[b"e"].decode(), fields[b"d"])
            for reader in served:
                reader.put(entry)
        if readers:
            self._cursors[key] = min(reader.last for reader in readers)

    async def _tick(self) -> None:
        """Let every reader notice its own silence, also while Redis keeps a read waiting."""
        while self._readers:
            await asyncio.sleep(self._tick_seconds)
            self._wake_everyone()

    def _wake_everyone(self) -> None:
        for readers in self._readers.values():
            for reader in readers:
                reader.wake()

    async def _interrupt(self) -> None:
        try:
            async with async_redis().pipeline(transaction=False) as pipe:
                pipe.xadd(self._wake_key, {"w": ""}, maxlen=1)
                pipe.expire(self._wake_key, 60)
                await pipe.execute()
        except (RedisError, OSError) as error:
            # The hub's own read meets the same fault and starts over.
            logger.warning("hub_not_woken", extra={"reason": type(error).__name__})
