"""Connections of an event loop's own, for statements that go out without a thread.

What a statement raises is what Django's ORM would raise. A unit runs in a task of its own, as one
on a thread would: a caller who goes away leaves it to come to its end, and no connection is given
back in the middle of a statement, which is what pools lose connections by (psycopg/psycopg#1208,
#1345). docs/adr/0021 says why this is no `psycopg_pool`.
"""

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import DatabaseErrorWrapper
from psycopg import AsyncConnection, AsyncCursor, AsyncRawCursor
from psycopg.pq import TransactionStatus

from aiapp.concurrency.per_loop import PerLoop

# A connection that has answered so lately is taken to be there still.
TRUST_SECONDS = 1.0
# For a connection, where all are taken.
WAIT_SECONDS = 10.0
# What was needed in a burst only is closed after so long.
IDLE_SECONDS = 60.0

Row = tuple[Any, ...]
_PARAMETER = re.compile(r"%\((\w+)\)s")


class Query:
    """SQL with named parameters, `%(name)s`, in the form in which PostgreSQL numbers them.

    It is made once and used often: psycopg would take a long text apart each time.
    """

    def __init__(self, text: str) -> None:
        numbers: dict[str, str] = {}
        self.text = _PARAMETER.sub(
            lambda match: numbers.setdefault(match[1], f"${len(numbers) + 1}"), text
        )
        self.names = list(numbers)


class Statement(NamedTuple):
    """A query, and values for at least its parameters.

    One that is prepared is after a while run by one plan, whatever its values.
    """

    query: Query
    values: Mapping[str, Any]
    prepare: bool = True


_CHECK = Statement(Query("SET CONSTRAINTS ALL IMMEDIATE"), {})


class _Errors:
    """The part of Django's connection that its wrapper of errors looks at."""

    Database = psycopg
    errors_occurred = False


async def run(*statements: Statement) -> list[list[Row]]:
    """Run statements in one transaction and one round trip, and return the rows of each.

    Each sees what those before it have written, and what others had committed when it began.
    Raises what Django raises.
    """
    work = asyncio.create_task(_run(statements), name="statements")
    # What is left to itself may fail without anybody to be told.
    work.add_done_callback(_look_at)
    return await asyncio.shield(work)


async def _run(statements: Sequence[Statement]) -> list[list[Row]]:
    with DatabaseErrorWrapper(_Errors()):
        async with _pools.get().connection() as connection:
            if len(statements) == 1:
                return [await (await _send(connection, statements[0])).fetchall()]
            # What goes out without a pause between is one transaction, without saying so. What
            # that would find wrong only as it ends is told by a statement of its own: psycopg
            # cannot read it at the end.
            async with connection.pipeline():
                cursors = [await _send(connection, each) for each in statements]
                await _send(connection, _CHECK)
            return [await cursor.fetchall() for cursor in cursors]


async def _send(connection: AsyncConnection[Row], statement: Statement) -> AsyncCursor[Row]:
    query, values, prepare = statement
    return await connection.execute(
        query.text, [values[name] for name in query.names], prepare=prepare
    )


def _look_at(work: "asyncio.Task[list[list[Row]]]") -> None:
    if not work.cancelled():
        work.exception()


class _Free(NamedTuple):
    connection: AsyncConnection[Row]
    since: float


class Pool:
    """At most `size` connections, of which `kept` stay open when there is nothing to do.

    They are opened when they are wanted, given to those who wait in their order, and the one that
    came back last is used first, so that those of a burst grow old.
    """

    def __init__(self, kept: int, size: int) -> None:
        self._kept, self._size = kept, size
        self._free: deque[_Free] = deque()
        self._lent = 0
        self._places: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[Row]]:
        """Lend a connection. Raises psycopg's OperationalError if none can be had."""
        await self._wait_for_place()
        try:
            connection = await self._take()
            try:
                yield connection
            finally:
                await self._put_back(connection)
        finally:
            self._leave()

    async def close(self) -> None:
        """Close those that are free; one that is lent is closed when it comes back."""
        self._kept = self._size = 0
        while self._free:
            await self._free.pop().connection.close()

    async def _take(self) -> AsyncConnection[Row]:
        while self._free:
            connection, since = self._free.pop()
            if time.monotonic() - since < TRUST_SECONDS or await _is_there(connection):
                return connection
        return await _connect()

    async def _put_back(self, connection: AsyncConnection[Row]) -> None:
        now = time.monotonic()
        if connection.info.transaction_status == TransactionStatus.IDLE and self._size:
            self._free.append(_Free(connection, now))
        else:
            await connection.close()
        while len(self._free) > self._kept and now - self._free[0].since > IDLE_SECONDS:
            await self._free.popleft().connection.close()

    async def _wait_for_place(self) -> None:
        if self._lent < self._size:
            self._lent += 1
            return
        place = asyncio.get_running_loop().create_future()
        self._places.append(place)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await place
        except TimeoutError as error:
            self._give_up(place)
            raise psycopg.OperationalError("No connection came free.") from error
        except asyncio.CancelledError:
            self._give_up(place)
            raise

    def _give_up(self, place: "asyncio.Future[None]") -> None:
        if place in self._places:
            self._places.remove(place)
        elif not place.cancelled():
            # It came at the moment of leaving.
            self._leave()

    def _leave(self) -> None:
        """Hand a place on to who has waited longest."""
        while self._places:
            place = self._places.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._lent -= 1


async def _is_there(connection: AsyncConnection[Row]) -> bool:
    """Ask a connection that has been idle; one that is gone, as after a restart, is closed."""
    try:
        await connection.execute("SELECT", prepare=False)
    except psycopg.Error:
        await connection.close()
        return False
    return True


def _make_pool() -> Pool:
    shares = settings.DATABASE_SHARES
    return Pool(shares.loop_kept, shares.loop)


async def _connect() -> AsyncConnection[Row]:
    connection = await AsyncConnection.connect(**_make_parameters(), autocommit=True)
    if settings.DATABASE_POOLER:
        # One of the few things that a pooler keeps for its client.
        await connection.execute("SET TIME ZONE 'UTC'")
    return connection


def _make_parameters() -> dict[str, Any]:
    """Return how to connect, as Django does it."""
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters["cursor_factory"] = AsyncRawCursor
    if settings.DATABASE_POOLER:
        # Where the next transaction goes, nothing is prepared and no option was heard of.
        return {**parameters, "prepare_threshold": None}
    options = f"{parameters.get('options', '')} -c timezone=UTC"
    # Prepared where a statement asks for it, and at once.
    return {**parameters, "options": options, "prepare_threshold": 0}


_pools = PerLoop(_make_pool, Pool.close)
