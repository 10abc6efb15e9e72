"""Without Redis nothing is known: neither that nobody runs a turn, nor that it has ended."""

from collections.abc import Iterator
from contextlib import aclosing

import pytest
from django.utils import timezone
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from aiapp.db import in_db
from aiapp.redis import async_redis, close_async_redis
from chat.log import hub, lease, stream
from chat.log.events import Entry, Event, Kind
from chat.log.stream import TurnLog, Writer
from chat.models import Message, Turn
from chat.reading import reader
from chat.reading.reader import read
from chat.tests.conftest import ask, reload_turn, text_of
from chat.tests.turns.test_taking_over import abandon_turn
from chat.turns.running import runner

AWAY = "unix:///nowhere/valkey.sock"
HOLDER = "another process"


@pytest.fixture(autouse=True)
def _silences_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(hub, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(hub, "BLOCK_MS", 100)


@pytest.fixture
def queue(settings: Settings) -> Iterator[Redis]:
    """The broker, where a request to take a turn over would be seen."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.delete("turns")
        yield client
        client.delete("turns")


async def looks(batches: object, count: int) -> list[Entry]:
    """Return what a reader gets who looks so often after a turn that it hears nothing of."""
    found: list[Entry] = []
    for _ in range(count):
        found += await anext(batches)  # type: ignore[call-overload]
    return found


async def end_in_database(turn: Turn, content: str) -> None:
    def save() -> None:
        Turn.objects.filter(id=turn.id).update(state=Turn.State.DONE, finished=timezone.now())
        Message.objects.filter(id=turn.message_id).update(content=content)

    await in_db(save)


async def test_a_reader_without_redis_has_nobody_take_the_turn_over(
    alice: User, queue: Redis, settings: Settings
) -> None:
    turn = (await abandon_turn(alice)).turn
    await lease.take(turn.id, HOLDER)
    settings.REDIS_URL = AWAY
    await close_async_redis()
    async with aclosing(read(turn)) as batches:
        assert await looks(batches, 3) == []
    assert queue.llen("turns") == 0


async def test_a_reader_that_cannot_read_the_lease_alone_does_neither(
    alice: User, queue: Redis
) -> None:
    """The server answers, and says that the key is of another kind or may not be read now."""
    turn = (await abandon_turn(alice)).turn
    await lease.take(turn.id, HOLDER)
    await async_redis().set(stream.key(turn.id), "not a stream")
    await async_redis().delete(lease.key(turn.id))
    try:
        async with aclosing(read(turn)) as batches:
            assert await looks(batches, 3) == []
    finally:
        await async_redis().delete(stream.key(turn.id))
    assert queue.llen("turns") == 0


async def test_a_reader_that_reads_that_nobody_has_the_lease_has_it_taken_over(
    alice: User, queue: Redis
) -> None:
    turn = (await abandon_turn(alice)).turn
    async with aclosing(read(turn)) as batches:
        await looks(batches, 1)
        assert queue.llen("turns") == 1


async def test_a_turn_that_has_ended_is_told_without_redis_after_a_while(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LAST_WORD_SECONDS", 0.5)
    turn = (await abandon_turn(alice)).turn
    await end_in_database(turn, "the whole answer")
    settings.REDIS_URL = AWAY
    await close_async_redis()
    async with aclosing(read(turn)) as batches:
        found = [entry async for batch in batches for entry in batch]
    assert text_of(found) == "the whole answer"
    assert found[-1].kind == Kind.DONE


async def test_the_last_word_may_come_a_little_after_the_end_was_saved(alice: User) -> None:
    """On a busy machine the log is written seconds later; the text is not said twice for that."""
    turn = (await abandon_turn(alice)).turn
    writing = TurnLog(turn.id, 1, Writer())
    writing.append(Event(Kind.DELTA, {"text": "the whole answer"}))
    await writing.flush()
    async with aclosing(read(turn)) as batches:
        await lease.take(turn.id, HOLDER)
        found = await anext(batches)
        await end_in_database(turn, "the whole answer")
        await lease.release(turn.id, HOLDER)
        found += await looks(batches, 2)
        writing.append(Event(Kind.DONE, {"state": "done"}))
        await writing.flush()
        found += [entry async for batch in batches for entry in batch]
    assert [entry.kind for entry in found] == [Kind.DELTA, Kind.DONE]


async def test_a_last_word_that_does_not_come_is_not_waited_for(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LAST_WORD_SECONDS", 0.5)
    turn = (await abandon_turn(alice)).turn
    writing = TurnLog(turn.id, 1, Writer())
    writing.append(Event(Kind.DELTA, {"text": "half of"}))
    await writing.flush()
    await end_in_database(turn, "half of the answer")
    async with aclosing(read(turn)) as batches:
        found = [entry async for batch in batches for entry in batch]
    assert text_of(found) == "half of the answer"
    assert found[-1].kind == Kind.DONE


async def test_a_runner_that_cannot_read_its_lease_keeps_its_turn(
    alice: User, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "RENEW_SECONDS", 0.3)
    accepted = await ask(alice, "count-60-50")
    key = lease.key(accepted.turn.id)
    # Whether it has been written by now or not, something else stands there.
    async with async_redis().pipeline(transaction=True) as replaced:
        await replaced.delete(key).lpush(key, "not a lease").execute()
    async with aclosing(read(accepted.turn)) as batches:
        found: list[Entry] = []
        while caplog.messages.count("keeper_without_redis") < 3:
            found += await anext(batches)
        await async_redis().delete(key)
        found += [entry async for batch in batches for entry in batch]
    kinds = [entry.kind for entry in found]
    assert (kinds[-1], Kind.RESTARTED in kinds) == (Kind.DONE, False)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.attempt) == (Turn.State.DONE, 1)
