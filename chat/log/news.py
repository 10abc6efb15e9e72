"""Tells a user's open pages that something has changed among their chats.

What has changed is not told: a page asks for its list anew, and hears with it whether the chat
that it shows has gone on. So pages need no order, and several changes are told as one.

Each change is an entry in a short Redis stream of the user's, which pages follow through their
process's one reader, as they follow turns. A page begins where it was loaded or was cut off, so
that nothing is missed between its making and its listening.
"""

import asyncio
import logging
import re
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from types import MappingProxyType
from uuid import UUID

import orjson
from redis.exceptions import RedisError

from aiapp.concurrency.commands import Command, ask
from aiapp.concurrency.per_loop import PerLoop
from aiapp.errors import InvalidInput
from aiapp.http.lifecycle import draining
from aiapp.http.sse import HEARTBEAT, HEARTBEAT_SECONDS, encode
from aiapp.redis import async_redis, sync_redis
from chat.log.events import Entry, Position
from chat.log.hub import Hub, Subscription

logger = logging.getLogger(__name__)

CHANGED = "changed"
# Says from where on changes are told, for a page that connects again before it has heard of one.
PLACE = "place"
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


async def find_place(after: str, age: str) -> Position:
    """Find where a page begins to listen: after the last id that it had, or where it was loaded.

    `age` is how long ago the page was asked for, in milliseconds of the browser's own watch, so
    that no two clocks are compared. Raises InvalidInput if this application never gave out `after`.
    """
    if after:
        if not re.fullmatch(r"[0-9]{1,15}-[0-9]{1,20}", after):
            raise InvalidInput("This is not the id of an event.", code="invalid_event_id")
        return Position(*map(int, after.split("-")))
    if not re.fullmatch(r"[0-9]{0,12}", age):
        raise InvalidInput("This is not a number of milliseconds.", code="invalid_age")
    seconds, microseconds = await async_redis().time()
    return Position(max(seconds * 1000 + microseconds // 1000 - int(age or 0), 0), 0)


async def events(user_id: UUID, after: Position) -> AsyncGenerator[bytes, None]:
    """Yield server-sent events of what changes after this place; they end with the connection."""
    loop = asyncio.get_running_loop()
    listener = Subscription(_build_key(user_id), after)
    hub = _hubs.get()
    hub.add(listener)
    last_sent = loop.time()
    try:
        yield RETRY + encode(b"{}", event=PLACE, id=str(after))
        while not (listener.is_lagging or draining()):
            entries = await listener.take()
            if not entries and loop.time() - last_sent < HEARTBEAT_SECONDS:
                continue
            last_sent = loop.time()
            # Several that say no more than that something has changed are told as one.
            told = [each for each in entries if each.json != b"{}"] or entries[-1:]
            yield b"".join(_write(each) for each in told) or HEARTBEAT
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


def _write(change: Entry) -> bytes:
    return encode(change.json, event=CHANGED, id=str(change.position))


def _build_key(user_id: UUID) -> str:
    return f"user:{user_id}:news"
