"""Admission of turns: so many may begin at once in a process, and the others wait in their turn.

To begin costs many times what a piece of an answer costs. Where all of a burst begin at once, none
gets to its first words for long, and what must not wait, such as leases and the logs of answers
under way, waits with them. A turn has begun once its request is with the model: to wait for a slow
one holds up nobody.
"""

import asyncio
from types import TracebackType
from typing import Self

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.routing.places import Places

# More than a core begins while a request leaves, so that none waits without need; measured beside
# no bound in docs/performance.md.
MAX_BEGINNINGS = 16
# Whoever waits longer is told so.
TELL_SECONDS = 0.3
# How long a request may take to leave. The loop itself is late where there is much to do.
SEND_SECONDS = 0.05
# Searches, moderation and others that are asked before the model may be slow as well.
MAX_HOLD_SECONDS = 1.0

_places = PerLoop(Places)


class Beginning:
    """The place of one turn among those that begin, from the start of the block to `end`."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._places = _places.get()
        self._taking: asyncio.Task[None] | None = None
        self._has_place = False
        self._timers: list[asyncio.TimerHandle] = []

    async def __aenter__(self) -> Self:
        if self._places.try_take(MAX_BEGINNINGS):
            self._hold()
        else:
            self._taking = asyncio.create_task(self._take(), name="admission")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._taking is not None:
            # If it is given a place at this moment, it hands it on.
            self._taking.cancel()
        self.end()

    async def is_long(self) -> bool:
        """Wait for the place a little, and return whether that was not enough."""
        if self._taking is not None:
            await asyncio.wait({self._taking}, timeout=TELL_SECONDS)
        return self._taking is not None and not self._taking.done()

    async def wait(self) -> None:
        if self._taking is not None:
            await asyncio.wait({self._taking})

    def end_soon(self) -> None:
        """Give the place back when the request that is about to be made has left."""
        if self._has_place:
            self._time(SEND_SECONDS)

    def end(self) -> None:
        """Give the place back, if that has not been done."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._has_place:
            self._has_place = False
            self._places.free()

    async def _take(self) -> None:
        await self._places.take(self._owner)
        self._hold()

    def _hold(self) -> None:
        self._has_place = True
        self._time(MAX_HOLD_SECONDS)

    def _time(self, seconds: float) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, self.end))
