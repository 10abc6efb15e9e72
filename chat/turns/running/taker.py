"""The taker of turns that nobody runs any more, in a process that has room for them.

A web process takes what waits when it is called, a worker for as long as it has one to run.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from redis.exceptions import RedisError

from aiapp.concurrency.per_loop import PerLoop
from aiapp.redis import blocking_redis
from chat.endpoints import loading
from chat.turns.running import waiting
from chat.turns.running.runner import runner

logger = logging.getLogger(__name__)

# So many turns of others at once in a process. What remains is left to those with room.
MAX_TAKEN = 32
# A call may get lost with a connection, so a listener also looks by itself so often.
LOOK_SECONDS = 30.0
BUSY_SECONDS = 0.5
RETRY_SECONDS = 1.0


class Taker:
    """The takeovers of one event loop."""

    def __init__(self) -> None:
        self._runs: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._is_ending = False

    def start(self) -> None:
        """Listen for calls, in a task that lasts as long as the process takes turns."""
        self._listening = asyncio.create_task(self._listen(), name="taker")

    async def stop(self) -> None:
        """Take nothing any more, and be no listener."""
        self._is_ending = True
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    @property
    def is_busy(self) -> bool:
        """Return whether turns are being taken, or run."""
        return bool(self._runs)

    async def run(self, turn_id: UUID) -> None:
        """Take a turn over, and what else waits meanwhile; return when all of them have ended."""
        with suppress(RedisError, OSError):
            await waiting.withdraw(turn_id)
        self._take(turn_id)
        await self._take_all()
        while self._runs:
            await asyncio.wait(
                self._runs, timeout=BUSY_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            await self._take_all()

    async def _listen(self) -> None:
        while True:
            try:
                async with blocking_redis().pubsub() as calls:
                    await calls.subscribe(waiting.name_channel())
                    while True:
                        await self._take_all()
                        # Where there was no room there may be some soon.
                        busy = bool(self._runs)
                        await calls.get_message(timeout=BUSY_SECONDS if busy else LOOK_SECONDS)
            except (RedisError, OSError) as error:
                logger.warning("taker_without_redis", extra={"reason": type(error).__name__})
            await asyncio.sleep(RETRY_SECONDS)

    async def _take_all(self) -> None:
        """Take one after the other, so that those who were called at once share them."""
        with _unless_away():
            while not self._is_ending and len(self._runs) < MAX_TAKEN:
                turn_id = await waiting.take_first()
                if turn_id is None:
                    return
                self._take(turn_id)

    def _take(self, turn_id: UUID) -> None:
        task = asyncio.create_task(self._run(turn_id), name=f"takeover {turn_id}")
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)

    async def _run(self, turn_id: UUID) -> None:
        try:
            await loading.refresh()
            await runner().take_over(turn_id)
        except Exception:
            # The boundary of the task: a sweep finds the turn again.
            logger.exception("takeover_failed", extra={"turn": str(turn_id)})


@contextmanager
def _unless_away() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("waiting_turns_unread", extra={"reason": type(error).__name__})


_takers = PerLoop(Taker)


def taker() -> Taker:
    """The taker of the running event loop."""
    return _takers.get()
