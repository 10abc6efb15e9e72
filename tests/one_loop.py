"""The event loop of a worker's tests, which keeps the connections of those before.

A coroutine test runs in a loop, and so does each request of a synchronous one whose view is
asynchronous. With a loop for each, it would open connections to PostgreSQL and Redis and have each
statement planned anew, which is more work than most tests are. Whatever else a loop holds goes at
the end, as it would with `asyncio.run`.
"""

import asyncio
import os
import threading
from collections.abc import AsyncGenerator, Awaitable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync
from django.core.signals import setting_changed

from aiapp import redis
from aiapp.concurrency.per_loop import PerLoop
from aiapp.sql import pool

KEPT: tuple[PerLoop[Any], ...] = (pool._pools, redis._clients, redis._streams, redis._blocking)
# Who changes one of these wants other connections.
OF_CONNECTIONS = {"DATABASES", "DATABASE_POOLER", "DATABASE_SHARES", "REDIS_URL"}


class OneLoop:
    """Runs what the main thread waits for, one after the other."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop of tests")
        self._pid, self._is_busy = os.getpid(), False
        self._used: set[PerLoop[Any]] = set()
        self._given_up: list[AsyncGenerator[None, None]] = []

    @contextmanager
    def running(self) -> Iterator[None]:
        """Have `async_to_sync` use it in the block."""
        self._thread.start()
        setting_changed.connect(self._notice)
        call, get = AsyncToSync.__call__, PerLoop.get

        def call_here(bridge: Any, *args: Any, **options: Any) -> Any:
            if not self._is_free():
                return call(bridge, *args, **options)
            with self._lend():
                return call(AsyncToSync(self._make_tidy(bridge.awaitable)), *args, **options)

        def note_and_get(per_loop: PerLoop[Any]) -> Any:
            self._used.add(per_loop)
            return get(per_loop)

        AsyncToSync.__call__, PerLoop.get = call_here, note_and_get  # type: ignore[method-assign]
        try:
            yield
        finally:
            AsyncToSync.__call__, PerLoop.get = call, get  # type: ignore[method-assign]
            setting_changed.disconnect(self._notice)
            self._end()

    def _is_free(self) -> bool:
        # A process that was forked has no thread that runs it.
        is_here = threading.current_thread() is threading.main_thread() and os.getpid() == self._pid
        return is_here and not self._is_busy

    @contextmanager
    def _lend(self) -> Iterator[None]:
        work = ThreadPoolExecutor(thread_name_prefix="asyncio")
        self._loop.set_default_executor(work)
        local = SyncToAsync.threadlocal
        local.main_event_loop, local.main_event_loop_pid = self._loop, os.getpid()
        self._is_busy = True
        try:
            yield
        finally:
            self._is_busy, local.main_event_loop = False, None
            work.shutdown()

    def _make_tidy(self, work: Any) -> Any:
        async def run(*args: Any, **options: Any) -> Any:
            self._doubt_connections()
            try:
                return await work(*args, **options)
            finally:
                await self._tidy()

        return run

    def _doubt_connections(self) -> None:
        """Have connections looked at that somebody may have ended a moment ago."""
        if kept := pool._pools._kept.get(self._loop):
            free = kept.thing._free
            for _ in range(len(free)):
                free.append(free.popleft()._replace(since=float("-inf")))

    async def _tidy(self) -> None:
        """End what is left, as `asyncio.run` does, and forget what belongs to the loop."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        steady = {id(kept.end) for each in KEPT if (kept := each._kept.get(self._loop))}
        steady |= set(map(id, self._given_up))
        generators = [each for each in self._loop._asyncgens if id(each) not in steady]
        await asyncio.gather(*(each.aclose() for each in generators), return_exceptions=True)
        for each in self._used - set(KEPT):
            await each.close()
        self._used.clear()
        if self._given_up:
            await self._close()

    def _notice(self, *, setting: str, **_: Any) -> None:
        if setting in OF_CONNECTIONS:
            for each in KEPT:
                if kept := each._kept.pop(self._loop, None):
                    assert each._close is not None
                    # Whoever asks next gets others, in the same breath.
                    self._given_up.append(kept.end)
                    closing = _wait(each._close(kept.thing))
                    asyncio.run_coroutine_threadsafe(closing, self._loop)

    async def _close(self) -> None:
        for each in KEPT:
            await each.close()
        while self._given_up:
            await self._given_up.pop().aclose()

    def _end(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _wait(what: Awaitable[Any]) -> None:
    await what
