"""The one connection pool to Redis (or Valkey) per process and event loop."""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

# redis-py's own types describe the answers of all protocol versions at once and fit none.
Client = Any

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedis] = WeakKeyDictionary()
_streams: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedis] = WeakKeyDictionary()

ANSWER_SECONDS = 5.0


def async_redis() -> Client:
    """The client of the running event loop; answers are bytes.

    Connections belong to the loop that opened them, and Celery tasks and tests run several
    loops in one process, so there is a client for each.
    """
    return _of_this_loop(_clients, ANSWER_SECONDS)


def stream_redis() -> Client:
    """A client for turn logs, which answers hundreds of commands at once.

    redis-py sets a timer for every single answer, which would be a third of the cost of writing
    a frame; here the caller bounds the whole exchange with `asyncio.timeout`.
    """
    return _of_this_loop(_streams, None)


def _of_this_loop(
    clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedis], answer_seconds: float | None
) -> AsyncRedis:
    loop = asyncio.get_running_loop()
    client = clients.get(loop)
    if client is None:
        client = clients[loop] = AsyncRedis.from_url(
            settings.REDIS_URL,
            max_connections=64,
            socket_connect_timeout=2,
            socket_timeout=answer_seconds,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=2),
        )
    return client


async def close_async_redis() -> None:
    """Close the running loop's clients; for loops that end, as a worker's does after its task."""
    for clients in (_clients, _streams):
        client = clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()


def sync_redis() -> Redis:
    """A client for synchronous code: health checks, tasks and commands."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)
