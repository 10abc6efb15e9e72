"""Signs that a process that runs turns is there: a listener of its own in Redis.

A connection ends with its process, and Redis tells how many listen to a channel. So a killed
process is missed at once, while one that is merely busy or stopped keeps its connection, and its
turns for as long as their leases run.

A living process may lose its listener, too: the server was started anew, a proxy was, somebody
ended connections. So a missing listener proves nothing by itself. Each process leaves a mark with
the identity of the server that it listens to, and takes it away when it notices the loss. Gone is
who has a mark of this very server, and no listener.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any, NamedTuple

from redis.exceptions import RedisError, ResponseError

from aiapp.concurrency.commands import Command, ask, ask_each
from aiapp.redis import ANSWER_SECONDS, make_connection, sync_redis

logger = logging.getLogger(__name__)

# A connection that was cut is made anew before anybody looks a second time.
RETRY_SECONDS = 0.1
MAX_RETRY_SECONDS = 0.5
# A mark outlives its process, at most for so long.
MARK_SECONDS = 3600
RENEW_MARK_SECONDS = MARK_SECONDS / 2
# Whoever sees that somebody is missing looks again after so long before believing it.
CONFIRM_SECONDS = 0.5
# After its start a server is given so long by those who listened to the one before.
RETURN_SECONDS = 2

_IDENTITY = "string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')"
MARK = f"""
local identity = {_IDENTITY}
if identity then redis.call('SET', KEYS[1], identity, 'EX', ARGV[1]) end
return 1
"""
LOOK = f"""
local listeners = redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]
local mark = redis.call('GET', KEYS[1])
local is_gone = listeners == 0 and mark and mark == {_IDENTITY}
local up = string.match(redis.call('INFO', 'server'), 'uptime_in_seconds:(%d+)')
return {{listeners, is_gone and 1 or 0, tonumber(up)}}
"""


class Standing(NamedTuple):
    """The state of a runner, as Redis knows it."""

    listens: bool
    is_gone: bool
    # For how long the server has been up, in seconds; None if it does not tell.
    up: int | None

    def is_missed_after(self, lease_seconds: float) -> bool:
        """Return whether a lease that is not there has lapsed, and was not lost with the server."""
        return self.up is None or self.up >= (lease_seconds if self.listens else RETURN_SECONDS)


class Presence:
    """The listener of one runner, for as long as its event loop runs."""

    def __init__(self, holder: str) -> None:
        self._holder = holder
        self._task: asyncio.Task[None] | None = None
        self._pause = RETRY_SECONDS

    def start(self) -> None:
        """Listen, unless that is so already."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_listening(), name="presence")

    async def check(self) -> None:
        """Listen anew where Redis knows of no listener: a connection may die on one side only.

        Raises RedisError, OSError.
        """
        [answer] = await ask_each(("PUBSUB", "NUMSUB", name_channel(self._holder)))
        # An error is that of who may not ask this, who is not believed to be gone either.
        if isinstance(answer, list) and not answer[1] and self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            await self._take_mark_away()
            self.start()

    async def _keep_listening(self) -> None:
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                self._tell(error)
            await self._take_mark_away()
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, MAX_RETRY_SECONDS)

    async def _listen(self) -> None:
        """Listen until the connection ends. Raises RedisError, OSError."""
        connection = make_connection()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call]
                await connection.send_command("SUBSCRIBE", name_channel(self._holder))
                await connection.read_response(push_request=True)
            while True:
                await ask(("EVAL", MARK, 1, _build_key(self._holder), MARK_SECONDS))
                self._pause = RETRY_SECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(RENEW_MARK_SECONDS):
                        # Nobody says anything there: what comes is the end.
                        await connection.read_response(push_request=True, disconnect_on_error=False)
        finally:
            await connection.disconnect(nowait=True)

    async def _take_mark_away(self) -> None:
        # Where that fails the server is away, and is another one when it is back.
        with suppress(RedisError, OSError):
            await forget(self._holder)

    def _tell(self, error: Exception) -> None:
        """Say once for each loss that nobody listens."""
        if self._pause == RETRY_SECONDS:
            logger.warning("presence_lost", extra={"reason": type(error).__name__})


async def look(holder: str) -> Standing:
    """Return how a runner stands. Raises RedisError, OSError."""
    [answer] = await ask_each(_build_look(holder))
    return _read(answer)


def look_at_all(holders: list[str]) -> list[Standing]:
    """Return how several runners stand, for synchronous code. Raises RedisError, OSError."""
    with sync_redis() as client, client.pipeline(transaction=False) as pipe:
        for holder in holders:
            pipe.execute_command(*_build_look(holder))
        return [_read(answer) for answer in pipe.execute(raise_on_error=False)]


async def forget(holder: str) -> None:
    """Have nobody take a runner for gone any more. Raises RedisError, OSError."""
    await ask(("DEL", _build_key(holder)))


def name_channel(holder: str) -> str:
    return f"runner:{holder}"


def _build_key(holder: str) -> str:
    return f"runner:{holder}:server"


def _build_look(holder: str) -> Command:
    return "EVAL", LOOK, 1, _build_key(holder), name_channel(holder)


def _read(answer: Any) -> Standing:
    if isinstance(answer, ResponseError):
        # Who may not be asked about others tells nothing, and the lease alone counts.
        return Standing(listens=False, is_gone=False, up=None)
    if isinstance(answer, RedisError):
        raise answer
    listeners, is_gone, *up = answer
    return Standing(bool(listeners), bool(is_gone), up[0] if up else None)
