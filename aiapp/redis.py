"""The connections to Redis (or Valkey), a few pools per process and event loop.

A pool that is used up lets commands wait their turn, for a bounded time. One that raises would
turn a burst of questions into lost leases, news and figures.
"""

import asyncio
from collections import deque
from functools import partial
from typing import Any

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.connection import AbstractConnection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError

from aiapp.concurrency.per_loop import PerLoop

# redis-py's own types describe the answers of all protocol versions at once and fit none.
Client = Any

ANSWER_SECONDS = 5.0
# For a connection, where all are taken. In a burst nobody is served by giving up early.
WAIT_SECONDS = 10.0
MAX_CONNECTIONS = 64
# Of commands that block; a loop has one for turns and one for news.
MAX_BLOCKING = 8


class NoFreeConnection(RedisConnectionError):
    """All connections were in use for as long as a command may wait for one."""


class WaitingPool(ConnectionPool):
    """A pool whose connections are given to those who wait for them, in their order.

    redis-py has one too, which waits at a condition. There a command that is cancelled while it
    gives its connection back loses it for good, and one that is cancelled at the moment of being
    woken leaves the others asleep. Here connections change hands without waiting for anything.
    """

    def __init__(self, *, wait_seconds: float = WAIT_SECONDS, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._wait_seconds = wait_seconds
        self._places: deque[asyncio.Future[AbstractConnection]] = deque()

    async def get_connection(
        self, command_name: str | None = None, *keys: Any, **options: Any
    ) -> AbstractConnection:
        """Return a connection that is open. Raises NoFreeConnection, or what opening it raises."""
        connection = await self._take()
        try:
            await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back, or hand it to the one who has waited longest."""
        try:
            if connection.should_reconnect():  # type: ignore[no-untyped-call]
                await connection.disconnect()
        finally:
            self._in_use_connections.remove(connection)
            self._hand_on(connection)

    async def _take(self) -> AbstractConnection:
        if not self._places and len(self._in_use_connections) < self.max_connections:
            free: AbstractConnection = self.get_available_connection()  # type: ignore[no-untyped-call]
            return free
        place = asyncio.get_running_loop().create_future()
        self._places.append(place)
        try:
            async with asyncio.timeout(self._wait_seconds):
                return await self._wait(place)
        except TimeoutError as error:
            raise NoFreeConnection("No connection to Redis came free.") from error

    async def _wait(self, place: "asyncio.Future[AbstractConnection]") -> AbstractConnection:
        try:
            return await place
        except asyncio.CancelledError:
            if not place.cancelled():
                # It was given a connection at the moment of leaving.
                await self.release(place.result())
            elif place in self._places:
                self._places.remove(place)
            raise

    def _hand_on(self, connection: AbstractConnection) -> None:
        while self._places:
            place = self._places.popleft()
            if not place.done():
                self._in_use_connections.add(connection)
                place.set_result(connection)
                return
        self._available_connections.append(connection)


def async_redis() -> Client:
    """The client of the running event loop; answers are bytes.

    Connections belong to the loop that opened them, so there is a client for each.
    """
    return _clients.get()


def stream_redis() -> Client:
    """A client for turn logs and leases, which answers hundreds of commands at once.

    Few use it, and none for a request, so that in a burst of requests logs are written and leases
    renewed without waiting for their turn. redis-py sets a timer for every single answer, which
    would be a third of the cost of writing a frame; here the caller bounds the whole exchange
    with `asyncio.timeout`.
    """
    return _streams.get()


def blocking_redis() -> Client:
    """A client for commands that wait at the server, so that these hold up no other.

    As with `stream_redis`, the caller bounds the exchange.
    """
    return _blocking.get()


def make_connection() -> AbstractConnection:
    """Return a connection of its owner's own, not open yet, whose answers are not timed."""
    pool = _make_client(None, 1).connection_pool
    connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
    return connection


def _make_client(answer_seconds: float | None, max_connections: int) -> AsyncRedis:
    pool = WaitingPool.from_url(
        settings.REDIS_URL,
        max_connections=max_connections,
        socket_connect_timeout=2,
        socket_timeout=answer_seconds,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=2),
    )
    return AsyncRedis.from_pool(pool)


_clients = PerLoop(partial(_make_client, ANSWER_SECONDS, MAX_CONNECTIONS), AsyncRedis.aclose)
_streams = PerLoop(partial(_make_client, None, MAX_CONNECTIONS), AsyncRedis.aclose)
_blocking = PerLoop(partial(_make_client, None, MAX_BLOCKING), AsyncRedis.aclose)


async def close_async_redis() -> None:
    """Close the running loop's clients; for loops that end, as a worker's does after its task."""
    for clients in (_clients, _streams, _blocking):
        await clients.close()


def sync_redis() -> Redis:
    """A client for synchronous code: health checks, tasks and commands."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)
