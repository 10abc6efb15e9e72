"""Turns that wait for a process to take them over, each once, and the call to those that may.

They stand in a sorted set in Redis. Web servers are called by a message to a channel and take what
they have room for; workers are called by a task for each. Whoever comes first takes the lease, so
that nothing is run twice. A channel knows its listeners without anybody keeping a list: they are
the web processes that serve at the moment.
"""

import logging
from collections.abc import Iterable
from uuid import UUID

from django.conf import settings
from redis.connection import parse_url
from redis.exceptions import RedisError

from aiapp.concurrency.commands import ask
from aiapp.concurrency.jobs import enqueue
from aiapp.redis import sync_redis

logger = logging.getLogger(__name__)

KEY = "turns:waiting"
# Whoever was to take a turn may have died with it: it is called for again after so long.
REPEAT_SECONDS = 10
# By the clock of Redis, since those of processes may differ.
ADD = """
local now = tonumber(redis.call('TIME')[1])
local since = redis.call('ZSCORE', KEYS[1], ARGV[1])
if since and now - tonumber(since) < tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('EXPIRE', KEYS[1], 3600)
return 1
"""


def name_channel() -> str:
    """Return this site's channel. A server's databases have their channels in common."""
    database = parse_url(settings.REDIS_URL).get("db", 0)  # type: ignore[no-untyped-call]
    return f"turns:wanted:{database}"


def call_for(turn_ids: Iterable[UUID]) -> None:
    """Have somebody take turns over; one that waits already is not queued once more.

    Where Redis or the broker is away nothing happens, and a sweep calls again.
    """
    try:
        with sync_redis() as client:
            added = [
                each for each in turn_ids if client.eval(ADD, 1, KEY, str(each), REPEAT_SECONDS)
            ]
            if added:
                client.publish(name_channel(), b"")
    except (RedisError, OSError) as error:
        logger.warning("takeover_not_called", extra={"reason": type(error).__name__})
        return
    for turn_id in added:
        enqueue(
            "chat.take_over", turn_id, unqueued="takeover_not_queued", noun="turn",
            expires=REPEAT_SECONDS,
        )  # fmt: skip


async def take_first() -> UUID | None:
    """Return the turn that waits longest, and have it wait no more. Raises RedisError, OSError."""
    [found] = await ask(("ZPOPMIN", KEY))
    return UUID(found[0].decode()) if found else None


async def withdraw(turn_id: UUID) -> None:
    """Have a turn wait no more, since it is about to be taken. Raises RedisError, OSError."""
    await ask(("ZREM", KEY, str(turn_id)))


async def count_listeners() -> int:
    """Return how many web processes serve. Raises RedisError, OSError."""
    [answer] = await ask(("PUBSUB", "NUMSUB", name_channel()))
    return int(answer[1])
