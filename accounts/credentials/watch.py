"""Ends what goes on for long - streams and sockets - soon after its credential has ended."""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import Any, cast

from django.db import Error as DatabaseError

from accounts.credentials.validity import Credential, find_dead
from aiapp.concurrency.per_loop import PerLoop
from aiapp.db import in_db

logger = logging.getLogger(__name__)

# All of a process's streams and sockets are looked at together, so often.
CHECK_SECONDS = 3.0


class Watch:
    """Calls `on_end` once, when its credential has ended."""

    def __init__(self, credential: Credential, on_end: Callable[[], None]) -> None:
        self.credential = credential
        self._ended = False
        self._on_end = on_end

    def has_ended(self) -> bool:
        return self._ended

    def end(self) -> None:
        self._ended = True
        self._on_end()


class _Watcher:
    """The watches of an event loop, and the task that looks after them while there are any."""

    def __init__(self) -> None:
        self.watches: set[Watch] = set()
        self._task: asyncio.Task[None] | None = None

    def add(self, watch: Watch) -> None:
        self.watches.add(watch)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look(), name="credentials")

    async def _look(self) -> None:
        while self.watches:
            await asyncio.sleep(CHECK_SECONDS)
            watched = {watch.credential for watch in self.watches}
            try:
                ended = await in_db(find_dead, watched)
            except DatabaseError as error:
                # Who else may read is not known, so only those go who are past their own end; the
                # next look will tell.
                logger.warning("credentials_unchecked", extra={"reason": type(error).__name__})
                ended = {each for each in watched if each.has_expired()}
            for watch in [w for w in self.watches if w.credential in ended]:
                self.watches.discard(watch)
                watch.end()


_watchers = PerLoop(_Watcher)


@contextmanager
def watching(credential: Credential, on_end: Callable[[], None]) -> Iterator[Watch]:
    watch = start(credential, on_end)
    try:
        yield watch
    finally:
        stop(watch)


def start(credential: Credential, on_end: Callable[[], None]) -> Watch:
    watch = Watch(credential, on_end)
    _watchers.get().add(watch)
    return watch


def stop(watch: Watch) -> None:
    _watchers.get().watches.discard(watch)


async def until_it_ends(
    content: AsyncIterable[Any], credential: Credential
) -> AsyncGenerator[Any, None]:
    """Yield what `content` yields, until the credential ends; then its generator is closed.

    The wait for the next item is cancelled, and only that: whoever iterates is not.
    """
    waiting: list[asyncio.Task[Any]] = []
    iterator: Any = aiter(content)

    def wake() -> None:
        for task in waiting:
            task.cancel()

    with watching(credential, wake) as watch:
        async with aclosing(iterator):
            while not watch.has_ended():
                task = cast("asyncio.Task[Any]", asyncio.current_task())
                waiting.append(task)
                try:
                    item = await anext(iterator)
                except StopAsyncIteration:
                    return
                except asyncio.CancelledError:
                    # Somebody else's cancellation, perhaps besides ours, goes on.
                    if not watch.has_ended() or task.uncancel():
                        raise
                    return
                finally:
                    waiting.clear()
                yield item
