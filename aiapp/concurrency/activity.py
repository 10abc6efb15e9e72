"""A mark in Redis that the site is in use: somebody asks for pages, or work is being done.

As long as it stands, sweeps look often for what a process that died has left. A site that nobody
uses has next to nothing to look for, and is to cost next to nothing.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from functools import cache

from redis import Redis
from redis.exceptions import RedisError

from aiapp.concurrency.commands import ask
from aiapp.redis import sync_redis

logger = logging.getLogger(__name__)

KEY = "site:used"
USED_SECONDS = 120
# Each process renews the mark so often at most.
NOTE_SECONDS = 20.0


@dataclass(slots=True)
class _Noted:
    due: float = 0.0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def is_due(self) -> bool:
        now = time.monotonic()
        if now < self.due:
            return False
        self.due = now + NOTE_SECONDS
        return True


_noted = _Noted()
_MARK = ("SET", KEY, 1, "EX", USED_SECONDS)


def note_soon() -> None:
    """Set the mark from an event loop, which does not wait for it."""
    loop = asyncio.get_running_loop()
    if _noted.is_due():
        task = loop.create_task(_note(), name="activity")
        _noted.tasks.add(task)
        task.add_done_callback(_noted.tasks.discard)


def note() -> None:
    """Set the mark from synchronous code."""
    if not _noted.is_due():
        return
    try:
        with sync_redis() as client:
            client.execute_command(*_MARK)
    except (RedisError, OSError) as error:
        _log_unnoted(error)


def is_recent() -> bool:
    """Return whether the site is in use; without Redis nobody knows, so it may be.

    For one that asks often: its connection stays open.
    """
    try:
        return bool(_get_client().exists(KEY))
    except (RedisError, OSError):
        return True


@cache
def _get_client() -> Redis:
    return sync_redis()


async def _note() -> None:
    try:
        await ask(_MARK)
    except (RedisError, OSError) as error:
        _log_unnoted(error)


def _log_unnoted(error: Exception) -> None:
    logger.warning("activity_unnoted", extra={"reason": type(error).__name__})
