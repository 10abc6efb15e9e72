"""The one connection pool to Redis (or Valkey) per process and event loop."""

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncRedis] = WeakKeyDictionary()


def async_redis() -> AsyncRedis:
    """The client of the running event loop; answers are bytes.

    Connections belong to the loop that opened them, and Celery tasks and tests run several
    loops in one process, so there is a client for each.
    """
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = AsyncRedis.from_url(
            settings.REDIS_URL,
            max_connections=64,
            socket_connect_timeout=2,
            socket_timeout=10,
            health_check_interval=30,
            retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), retries=2),
        )
        _clients[loop] = client
    return client


def sync_redis() -> Redis:
    """A client for synchronous code: health checks, tasks and commands."""
    return Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=5)


async def close_async_redis() -> None:
    """Close the running loop's client; for loops that end, as a worker's does after its task."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.aclose()
