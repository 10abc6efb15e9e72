"""A thing for each event loop: clients, hubs and queues belong to the loop that first used them.

Celery tasks and tests run several loops in one process, and so does Django where synchronous code
calls asynchronous. A loop that is gone is forgotten; what has to be closed is closed as it ends.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class _Kept(NamedTuple, Generic[T]):
    thing: T
    # Ends with the loop, and closes the thing then.
    end: AsyncGenerator[None, None]


class PerLoop(Generic[T]):
    """`make` makes a loop's thing when it is first asked for, `close` ends it before its loop."""

    def __init__(
        self, make: Callable[[], T], close: Callable[[T], Awaitable[object]] | None = None
    ) -> None:
        self._make = make
        self._close = close
        self._kept: WeakKeyDictionary[asyncio.AbstractEventLoop, _Kept[T]] = WeakKeyDictionary()

    def get(self) -> T:
        """Return the running loop's, the same each time."""
        loop = asyncio.get_running_loop()
        if loop not in self._kept:
            self._kept[loop] = _Kept(self._make(), self._wait_for_end())
            if self._close is not None:
                _start(self._kept[loop].end)
        return self._kept[loop].thing

    async def close(self) -> None:
        """Forget the running loop's and close it, if there is one; the next `get` makes another."""
        if kept := self._kept.get(asyncio.get_running_loop()):
            await self._drop()
            await kept.end.aclose()

    async def _wait_for_end(self) -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            await self._drop()

    async def _drop(self) -> None:
        kept = self._kept.pop(asyncio.get_running_loop(), None)
        if kept is not None and self._close is not None:
            await self._close(kept.thing)


def _start(generator: AsyncGenerator[None, None]) -> None:
    """Run a generator up to its `yield`. From then on its loop closes it when it ends.

    That is what `loop.shutdown_asyncgens` is for, which `asyncio.run` and servers call.
    """
    with suppress(StopIteration):
        generator.__anext__().__await__().__next__()
