"""Places for work on threads of which only so much may go on at once.

Whoever waits for a place waits on the event loop, with neither a thread nor a connection. A thread
cannot be cancelled with its request, so a place is free again when the work on it has ended: people
who ask and leave would otherwise bring more of it about than there are places.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from threading import Lock
from typing import Generic, TypeVar

from aiapp.concurrency.per_loop import PerLoop
from aiapp.errors import Unavailable

R = TypeVar("R")


class AllTaken(Unavailable):
    """No place became free for as long as the work could wait."""


class Places:
    """So many pieces of work at once on each event loop, in the order in which they came."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._free = PerLoop(lambda: asyncio.Semaphore(count()))

    async def run(
        self,
        function: Callable[[], R],
        on_a_thread: Callable[[Callable[[], R]], Awaitable[R]],
        wait_seconds: float,
    ) -> R:
        """Run a function as `on_a_thread` does, in its turn, and return what it does.

        Raises AllTaken where no place becomes free within `wait_seconds`.
        """
        free = self._free.get()
        try:
            async with asyncio.timeout(wait_seconds):
                await free.acquire()
        except TimeoutError as error:
            raise AllTaken from error
        work = _Work(function, free, asyncio.get_running_loop())
        try:
            return await on_a_thread(work.run)
        finally:
            work.abandon()


class _Work(Generic[R]):
    """A function that has a place until it has ended, or is known never to begin."""

    def __init__(
        self, function: Callable[[], R], free: asyncio.Semaphore, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._function, self._free, self._loop = function, free, loop
        self._lock = Lock()
        self._has_begun = self._is_abandoned = False

    def run(self) -> R:
        with self._lock:
            if self._is_abandoned:
                raise asyncio.CancelledError
            self._has_begun = True
        try:
            return self._function()
        finally:
            # A loop that has ended has nobody who waits.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._free.release)

    def abandon(self) -> None:
        with self._lock:
            self._is_abandoned = True
            if self._has_begun:
                return
        self._free.release()
