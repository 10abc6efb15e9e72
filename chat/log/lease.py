"""The right to run a turn: a key in Redis that its runner renews.

A lease keeps two processes from running the same turn in the common case. What makes a double
run harmless is elsewhere: the log refuses ids of an older attempt, and PostgreSQL finishes an
attempt only while it is the turn's current one.
"""

import os
import socket
from collections.abc import Iterable
from uuid import UUID, uuid4

from django.conf import settings

from aiapp.concurrency.commands import ask
from aiapp.redis import sync_redis
from aiapp.serving import siblings

# Extend it if it is ours, take it if nobody has it (Redis may have been emptied), else give up.
RENEW = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if holder then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RELEASE = (
    "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
)

# The holder's name begins with that of its process.
RELEASE_DEAD = """
local holder = redis.call('GET', KEYS[1])
if holder and string.sub(holder, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""
TTL_MS = int(settings.TURN_LEASE_SECONDS * 1000)


def new_holder() -> str:
    """A name for one runner: readable in the admin, and unique."""
    return f"{name_process(os.getpid())}{uuid4().hex[:8]}"


def name_process(pid: int) -> str:
    """Return how the names of a process's runners begin, if it is of this server.

    A number alone may be that of a process in another container.
    """
    return f"{socket.gethostname()[:60]}:{pid}:{siblings.get_token()}-"


def key(turn_id: UUID) -> str:
    return f"turn:{turn_id}:lease"


async def take(turn_id: UUID, holder: str) -> bool:
    [taken] = await ask(("SET", key(turn_id), holder, "PX", TTL_MS, "NX"))
    return taken is not None


async def renew(turn_ids: Iterable[UUID], holder: str) -> list[bool]:
    """Return whether each turn is still ours; raise RedisError or OSError where nobody knows."""
    commands = [("EVAL", RENEW, 1, key(turn_id), holder, TTL_MS) for turn_id in turn_ids]
    return [bool(answer) for answer in await ask(*commands)]


async def release_all(turn_ids: Iterable[UUID], process: str) -> None:
    """Give back the leases of a process that has died."""
    if commands := [("EVAL", RELEASE_DEAD, 1, key(each), process) for each in turn_ids]:
        await ask(*commands)


async def release(turn_id: UUID, holder: str) -> None:
    await ask(("EVAL", RELEASE, 1, key(turn_id), holder))


def find_orphans(turn_ids: list[UUID]) -> list[UUID]:
    """Return the turns that nobody runs."""
    if not turn_ids:
        return []
    holders = sync_redis().mget([key(turn_id) for turn_id in turn_ids])
    return [turn_id for turn_id, holder in zip(turn_ids, holders, strict=True) if holder is None]
