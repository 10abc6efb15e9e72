"""Tells a user's open pages that something has changed among their chats.

What has changed is not told: a page asks for its list anew, and hears with it whether the chat
that it shows has gone on. So an entry that nobody heard is no loss, and pages need no order.

Each change is an entry in a short Redis stream of the user's, which pages follow through their
process's one reader, as they follow turns.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from types import MappingProxyType
from typing import cast
from uuid import UUID

import orjson
from redis.exceptions import RedisError

from aiapp.concurrency.commands import Command, ask
from aiapp.concurrency.per_loop import PerLoop
from aiapp.http.lifecycle import draining
from aiapp.http.sse import HEARTBEAT, HEARTBEAT_SECONDS, encode
from aiapp.redis import async_redis, sync_redis
from chat.log.events import BEGINNING, Position
from chat.log.hub import Hub, Subscription

logger = logging.getLogger(__name__)

CHANGED = encode(b"{}", event="changed")
# How long a page waits before it connects again, in milliseconds.
RETRY = b"retry: 5000\n\n"
NOTHING: Mapping[str, str] = MappingProxyType({})
KEPT = 10
KEPT_SECONDS = 3600

# How soon a page that hears nothing notices that its server ends.
TICK_SECONDS = 1.0
# Apart from that of the turns, whose readers wait the longer the more streams are followed.
_hubs = PerLoop(partial(Hub, TICK_SECONDS))
_telling: set[asyncio.Task[None]] = set()


def tell_soon(user_id: UUID, told: Mapping[str, str] = NOTHING) -> None:
    """Tell a user's pages from a coroutine that has no time to wait.

    `told` may say more than that something has changed, to a page that happens to listen.
    """
    task = asyncio.create_task(_tell(user_id, told))
    _telling.add(task)
    task.add_done_callback(_telling.discard)


def tell(user_id: UUID) -> None:
    """Tell a user's pages from synchronous code, after the change has been committed."""
    try:
        with sync_redis() as client, client.pipeline(transaction=False) as pipe:
            for command in _tell_commands(user_id):
                pipe.execute_command(*command)
            pipe.execute()
    except (RedisError, OSError) as error:
        _log_untold(error)


async def events(user_id: UUID) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events of what changes from now on; they end with the connection."""
    loop = asyncio.get_running_loop()
    listener = Subscription(_build_key(user_id), await _read_newest(user_id))
    hub = _hubs.get()
    hub.add(listener)
    last_sent = loop.time()
    try:
        yield RETRY
        while not (listener.is_lagging or draining()):
            entries = await listener.take()
            if not entries and loop.time() - last_sent < HEARTBEAT_SECONDS:
                continue
            last_sent = loop.time()
            told = [encode(each.json, event="changed") for each in entries if each.json != b"{}"]
            yield b"".join(told) or (CHANGED if entries else HEARTBEAT)
    finally:
        hub.remove(listener)


async def _tell(user_id: UUID, told: Mapping[str, str]) -> None:
    try:
        await ask(*_tell_commands(user_id, told))
    except (RedisError, OSError) as error:
        _log_untold(error)


def _tell_commands(user_id: UUID, told: Mapping[str, str] = NOTHING) -> tuple[Command, Command]:
    key, data = _build_key(user_id), orjson.dumps(dict(told)).decode()
    return (
        ("XADD", key, "MAXLEN", "~", KEPT, "*", "e", "changed", "d", data),
        ("EXPIRE", key, KEPT_SECONDS),
    )


def _log_untold(error: Exception) -> None:
    logger.warning("news_untold", extra={"reason": type(error).__name__})


def _build_key(user_id: UUID) -> str:
    return f"user:{user_id}:news"


async def _read_newest(user_id: UUID) -> Position:
    rows = cast(
        "list[tuple[bytes, object]]", await async_redis().xrevrange(_build_key(user_id), count=1)
    )
    for row_id, _ in rows:
        milliseconds, _, sequence = row_id.partition(b"-")
        return Position(int(milliseconds), int(sequence))
    return BEGINNING
