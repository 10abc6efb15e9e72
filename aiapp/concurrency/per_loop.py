"""A thing for each event loop: clients, hubs and queues belong to the loop that first used them.

Celery tasks and tests run several loops in one process. A loop that is gone is forgotten.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary, WeakSet

T = TypeVar("T")

_known: "WeakSet[PerLoop[Any]]" = WeakSet()


class PerLoop(Generic[T]):
    """`make` makes a loop's thing when it is first asked for, `close` ends it before its loop."""

    def __init__(
        self, make: Callable[[], T], close: Callable[[T], Awaitable[object]] | None = None
    ) -> None:
        self._make = make
        self._close = close
        self._things: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()
        _known.add(self)

    def get(self) -> T:
        """Return the running loop's, the same each time."""
        loop = asyncio.get_running_loop()
        if loop not in self._things:
            self._things[loop] = self._make()
        return self._things[loop]

    async def close(self) -> None:
        """Forget the running loop's and close it, if there is one; the next `get` makes another."""
        loop = asyncio.get_running_loop()
        if loop not in self._things:
            return
        thing = self._things.pop(loop)
        if self._close is not None:
            await self._close(thing)


async def close_all() -> None:
    """Close all that the running loop has; for loops that end, as a worker's after its task."""
    for each in list(_known):
        await each.close()
