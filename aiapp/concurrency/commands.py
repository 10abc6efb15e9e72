"""Redis commands of an event loop, over one connection: what is asked meanwhile goes out together.

A question asks Redis a dozen times for something small. Over a client each of these takes a
connection from a pool, builds a pipeline, sets timers and tries again by itself, which costs more
than all that Redis does. Here commands are packed as they come, by hiredis, and while answers are
on their way those of all turns gather for the next exchange.
"""

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

import hiredis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import RedisError, ResponseError

from aiapp.concurrency.per_loop import PerLoop
from aiapp.redis import ANSWER_SECONDS, make_connection

Command = tuple[Any, ...]
# A connection that broke may have been closed while nobody used it.
TRIES = 2


class _Asked(NamedTuple):
    packed: bytes
    size: int
    answers: "asyncio.Future[list[Any]]"


class Exchange:
    """The connection of a loop, and the task that uses it as long as there is something to ask."""

    def __init__(self) -> None:
        self._asked: list[_Asked] = []
        self._task: asyncio.Task[None] | None = None
        self._connection: AbstractConnection | None = None

    async def ask(self, commands: Sequence[Command]) -> list[Any]:
        """Return the answers; an error that Redis itself answers is one of them.

        Raises RedisError or OSError where there is no answer, and for what cannot be sent (an
        argument of another type than str, bytes, int or float) TypeError or UnicodeEncodeError.
        """
        # Packed here, so that nobody else fails by what one of them cannot send.
        packed = b"".join([hiredis.pack_command(command) for command in commands])
        answers: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._asked.append(_Asked(packed, len(commands), answers))
        if self._task is None or self._task.done():
            self._start()
        return await answers

    def _start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="redis commands")
        self._task.add_done_callback(self._go_on)

    def _go_on(self, ended: "asyncio.Task[None]") -> None:
        """Serve whoever asked while the task was being cancelled, as at the end of a loop."""
        if self._asked and self._task is ended:
            self._start()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect()

    async def _run(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            try:
                answers = await self._exchange(
                    b"".join([one.packed for one in asked]), sum(one.size for one in asked)
                )
            except asyncio.CancelledError:
                for one in asked:
                    one.answers.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - whoever asked would wait for ever
                _fail(asked, error)
            else:
                _hand_out(asked, answers)

    async def _exchange(self, packed: bytes, count: int) -> list[Any]:
        for tries in range(TRIES):
            connection = self._connection = self._connection or make_connection()
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    await connection.connect()  # type: ignore[no-untyped-call]
                    await connection.send_packed_command(packed, check_health=False)
                    return [await _read(connection) for _ in range(count)]
            except BaseException as error:
                # What is left of the answers must not be taken for those to other commands.
                await connection.disconnect(nowait=True)
                is_lost = isinstance(error, RedisError | OSError)
                if tries + 1 == TRIES or not is_lost or isinstance(error, TimeoutError):
                    raise
        raise AssertionError("a last try returns or raises")


def _fail(asked: Sequence[_Asked], error: Exception) -> None:
    for one in asked:
        if not one.answers.done():
            one.answers.set_exception(error)


def _hand_out(asked: Sequence[_Asked], answers: Sequence[Any]) -> None:
    """Give each the answers to its own commands. Whoever was cancelled meanwhile wants none."""
    rest = iter(answers)
    for one in asked:
        own = list(islice(rest, one.size))
        if not one.answers.done():
            one.answers.set_result(own)


async def _read(connection: AbstractConnection) -> Any:
    try:
        return await connection.read_response(disconnect_on_error=False)
    except ResponseError as error:
        return error


async def close() -> None:
    """Close the running loop's connection; the next command opens another one."""
    await _exchanges.close()


async def ask(*commands: Command) -> list[Any]:
    """Ask Redis, and return the answers: bytes, numbers, lists. Raises RedisError or OSError."""
    answers = await ask_each(*commands)
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers


async def ask_each(*commands: Command) -> list[Any]:
    """Ask Redis, and return the answers, with the errors that it answered where they stand."""
    return await _exchanges.get().ask(commands)


_exchanges = PerLoop(Exchange, Exchange.close)
