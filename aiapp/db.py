"""Database work from asynchronous code: one unit, one thread, one connection, given back at once.

Django's asynchronous ORM keeps a request's connection until the response ends, which for a
stream is minutes: a pool of ten would serve ten readers. Here a unit of work is a synchronous
function; it runs on a small pool of threads and leaves no connection behind.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connections
from django.utils.translation import get_language, override
from psycopg_pool import ConnectionPool
from psycopg_pool.base import AttemptWithBackoff

from aiapp.sql.liveness import check_connection

P = ParamSpec("P")
R = TypeVar("R")

# PostgreSQL is away for a moment, only reads for one, or the connection to it broke; the same unit
# may work later. Some of these may also say that it never will, which `is_outage` tells.
LOST = (OperationalError, InterfaceError, InternalError)
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 0.05, 1.0

# Threads' connections are those of psycopg_pool, which pauses after each that it finds broken, a
# second, then two, four. After a restart of the database whoever came first would wait for longer
# than they may, with nothing wrong any more: after a burst there are thirty, and twenty doublings
# of a blink are hours.
AttemptWithBackoff.INITIAL_DELAY, AttemptWithBackoff.DELAY_BACKOFF = 0.02, 1.05
# Django makes the pool, and gives it the pool's own check.
ConnectionPool.check_connection = staticmethod(check_connection)  # type: ignore[assignment]

# As many threads as there are connections for units, so that none waits for a connection.
_threads = ThreadPoolExecutor(settings.DATABASE_SHARES.units, thread_name_prefix="db")


async def in_db(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a synchronous function that uses the database; lazy querysets must not escape it."""
    # In the caller's context, which tells what it is called in logs and traces. Its language is not
    # seen from another thread, unless asgiref has brought it there.
    work = partial(function, *args, **kwargs)
    call = partial(copy_context().run, _call, work, get_language())
    return await asyncio.get_running_loop().run_in_executor(_threads, call)


async def retry_in_db(seconds: float, function: Callable[[], R]) -> R:
    """Run a unit again while the database is away, for at most so long.

    For what only reads, or writes the same when it is repeated. Raises what the last try raised.
    """
    return await retry_in_outage(seconds, partial(in_db, function))


async def retry_in_outage(seconds: float, work: Callable[[], Awaitable[R]]) -> R:
    """Do work that asks the database among other things again, as `retry_in_db` does."""
    loop = asyncio.get_running_loop()
    ends, pause = loop.time() + seconds, FIRST_PAUSE_SECONDS
    while True:
        try:
            return await work()
        except LOST as error:
            if not is_outage(error) or loop.time() + pause > ends:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, MAX_PAUSE_SECONDS)


def _call(function: Callable[[], R], language: str | None) -> R:
    try:
        with override(language):
            return function()
    finally:
        connections.close_all()


_FULL = {errno.ENOSPC, errno.EDQUOT}
_DISK_FULL = "53100"
# Beginnings of SQLSTATE that pass: connection, a server that only reads (after a failover),
# rollback (a deadlock), resources, locks, an operator's intervention, the system under it.
PASSING = ("08", "25006", "40", "53", "55", "57", "58")


def is_outage(error: BaseException) -> bool:
    """Tell a database that is away for the moment from one that refuses what it is given.

    The same statement may succeed later after an outage, and never after a refusal: a violated
    constraint, a value out of range, a text that is longer than an index can hold.
    """
    if not isinstance(error, OperationalError | InterfaceError | InternalError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(PASSING)


def is_disk_full(error: BaseException) -> bool:
    """Tell that a disk has no room, or somebody's share of it: ours, or the database's."""
    if isinstance(error, OperationalError):
        return getattr(error.__cause__, "sqlstate", None) == _DISK_FULL
    return isinstance(error, OSError) and error.errno in _FULL


async def release_request_connection() -> None:
    """Give back what middleware and authentication took; to be awaited before a long wait."""
    await sync_to_async(connections.close_all)()
