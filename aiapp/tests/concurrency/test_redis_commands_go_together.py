"""Redis is asked together by all who ask at the same moment, and each gets their own answers."""

import asyncio
from typing import Any

import pytest
from django.conf import settings
from redis.exceptions import RedisError, ResponseError

from aiapp.concurrency import commands
from aiapp.concurrency.commands import ask, ask_each
from aiapp.redis import sync_redis


async def test_each_gets_the_answers_to_what_it_asked() -> None:
    async def write(n: int) -> list[Any]:
        return await ask(("SET", f"together:{n}", n), ("GET", f"together:{n}"), ("INCR", "many"))

    with sync_redis() as redis:
        redis.delete("many")
    answers = await asyncio.gather(*(write(n) for n in range(200)))
    assert [answer[:2] for answer in answers] == [[b"OK", str(n).encode()] for n in range(200)]
    assert sorted(answer[2] for answer in answers) == list(range(1, 201))


async def test_what_is_asked_at_once_is_one_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    exchanged: list[int] = []
    exchange = commands.Exchange._exchange

    async def note(self: Any, packed: bytes, count: int) -> Any:
        exchanged.append(count)
        return await exchange(self, packed, count)

    monkeypatch.setattr(commands.Exchange, "_exchange", note)
    await asyncio.gather(*(ask(("PING",)) for _ in range(50)))
    assert exchanged == [50]


async def test_an_error_is_its_own_callers_alone() -> None:
    await ask(("SET", "text", "no number"))
    good, bad = await asyncio.gather(
        ask(("PING",), ("PING",)), ask(("INCR", "text")), return_exceptions=True
    )
    assert good == [b"PONG", b"PONG"]
    assert isinstance(bad, ResponseError)
    assert [type(each) for each in await ask_each(("INCR", "text"), ("PING",))] == [
        ResponseError,
        bytes,
    ]


@pytest.mark.parametrize("value", ["\ud800", None])
async def test_what_cannot_be_sent_is_its_own_callers_error_alone(value: Any) -> None:
    good, bad = await asyncio.gather(
        ask(("ECHO", "mine")), ask(("SET", "key", value)), return_exceptions=True
    )
    assert good == [b"mine"]
    assert isinstance(bad, UnicodeEncodeError | TypeError)


async def test_a_connection_that_was_closed_is_opened_again() -> None:
    [number] = await ask(("CLIENT", "ID"))
    with sync_redis() as redis:
        assert redis.execute_command("CLIENT", "KILL", "ID", number) == 1
    assert await ask(("PING",)) == [b"PONG"]


async def test_who_is_cancelled_costs_nobody_an_answer() -> None:
    slow = asyncio.create_task(ask(("BLPOP", "nothing there", 0.2)))
    await asyncio.sleep(0)
    other = asyncio.create_task(ask(("ECHO", "mine")))
    await asyncio.sleep(0)
    slow.cancel()
    assert await other == [b"mine"]
    assert await ask(("ECHO", "later")) == [b"later"]


@pytest.mark.parametrize("steps", range(4))
async def test_who_asks_while_the_exchange_is_cancelled_is_answered(steps: int) -> None:
    """At the end of a loop all is cancelled at once, and what was held is given back then."""
    first = asyncio.create_task(ask(("BLPOP", "nothing there", 0.1)))
    await asyncio.sleep(0)
    [exchange] = [task for task in asyncio.all_tasks() if task.get_name() == "redis commands"]
    for _ in range(steps):
        await asyncio.sleep(0)
    exchange.cancel()
    async with asyncio.timeout(30):
        assert await ask(("ECHO", "mine")) == [b"mine"]
        await asyncio.gather(first, return_exceptions=True)


async def test_an_answer_that_does_not_come_is_no_others_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commands, "ANSWER_SECONDS", 0.05)
    with pytest.raises(TimeoutError):
        await ask(("BLPOP", "nothing there", 5))
    monkeypatch.undo()
    assert await ask(("ECHO", "mine")) == [b"mine"]


async def test_whoever_asked_is_told_of_an_error_of_any_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise RuntimeError("a fault of the client's")

    await commands.close()
    monkeypatch.setattr(commands, "make_connection", fail)
    with pytest.raises(RuntimeError):
        await ask(("PING",))


async def test_without_redis_everybody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "unix:///nowhere/valkey.sock")
    await commands.close()
    told = await asyncio.gather(*(ask(("PING",)) for _ in range(3)), return_exceptions=True)
    assert all(isinstance(each, RedisError | OSError) for each in told)
    monkeypatch.undo()
    await commands.close()
    assert await ask(("PING",)) == [b"PONG"]


async def test_it_takes_one_connection_however_many_ask() -> None:
    ids = await asyncio.gather(*(ask(("CLIENT", "ID")) for _ in range(100)))
    assert len({number for [number] in ids}) == 1
