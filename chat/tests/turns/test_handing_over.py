"""Turns whose process is told to end: given up at once, called for once, taken over by anybody."""

import asyncio
from collections.abc import Iterator
from contextlib import aclosing

import pytest
from pytest_django import Settings
from redis import Redis

from accounts.models import User
from aiapp.db import in_db
from aiapp.redis import async_redis
from chat.log import lease
from chat.log.events import Event, Kind
from chat.log.stream import TurnLog, Writer
from chat.models import Attempt, Turn
from chat.reading.reader import read
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.tests.turns.test_taking_over import abandon_turn
from chat.turns.running import runner, takeover, waiting
from chat.turns.running.handover import hand_over
from chat.turns.running.runner import Runner
from chat.turns.running.taker import Taker

ANSWER = "".join(f"w{n} " for n in range(10))


@pytest.fixture(autouse=True)
def queue(settings: Settings) -> Iterator[Redis]:
    """The broker, where a call for a worker would be seen."""
    with Redis.from_url(settings.REDIS_URL) as client:
        client.delete("turns", waiting.KEY)
        yield client
        client.delete("turns", waiting.KEY)


async def read_words(turn: Turn) -> None:
    """Read a little of an answer."""
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            if any(entry.kind == Kind.DELTA for entry in batch):
                return


async def await_takeover(turn: Turn, taking: "asyncio.Task[None]") -> Turn:
    """Return the turn with its next attempt, which a task is to begin."""
    while True:
        has_ended = taking.done()
        now = await reload_turn(turn)
        if now.attempt > turn.attempt:
            return now
        assert not has_ended
        await asyncio.sleep(0.01)


async def test_a_turn_of_a_moment_ago_that_is_handed_over_is_taken_at_once(
    alice: User, queue: Redis
) -> None:
    turn = (await ask(alice, "count-10-100")).turn
    await read_words(turn)
    await hand_over()
    assert queue.llen("turns") == 1
    await Runner().take_over(turn.id)
    assert text_of(await entries(turn)) == ANSWER
    outcomes = [a.outcome for a in await in_db(lambda: list(Attempt.objects.filter(turn=turn)))]
    assert outcomes == ["handed over", "done"]


async def test_whoever_hands_over_costs_a_question_none_of_its_attempts(
    alice: User, settings: Settings
) -> None:
    settings.TURN_MAX_ATTEMPTS = 2
    # Longer than any machine needs for the handovers.
    turn = (await ask(alice, "count-3000-100")).turn
    for _ in range(4):
        await read_words(turn)
        await hand_over()
        taking = asyncio.create_task(Taker().run(turn.id))
        turn = await await_takeover(turn, taking)
    await read_words(turn)
    await runner.stop(turn)
    await taking
    assert (await reload_turn(turn)).state == Turn.State.STOPPED


async def test_a_turn_that_waits_is_queued_once_however_many_ask_for_it(
    alice: User, queue: Redis
) -> None:
    turn = (await abandon_turn(alice)).turn

    async def look() -> None:
        async with aclosing(read(turn)) as batches:
            await anext(batches)

    await asyncio.gather(*(look() for _ in range(20)))
    assert queue.llen("turns") == 1


async def test_a_turn_that_was_taken_is_called_for_again_when_its_taker_dies(
    alice: User, queue: Redis
) -> None:
    turn = (await abandon_turn(alice)).turn
    await asyncio.to_thread(waiting.call_for, [turn.id])
    assert await waiting.take_first() == turn.id
    await asyncio.to_thread(waiting.call_for, [turn.id])
    assert queue.llen("turns") == 2


async def test_a_process_that_has_room_takes_what_waits(alice: User) -> None:
    turns = [(await abandon_turn(alice)).turn for _ in range(5)]
    taker = Taker()
    taker.start()
    while not await waiting.count_listeners():
        await asyncio.sleep(0.01)
    await asyncio.to_thread(waiting.call_for, [turn.id for turn in turns])
    assert [text_of(await entries(turn)) for turn in turns] == [ANSWER] * 5
    await taker.stop()
    while await waiting.count_listeners():
        await asyncio.sleep(0.01)


async def test_a_worker_with_one_turn_takes_the_others_that_wait(alice: User) -> None:
    turns = [(await abandon_turn(alice)).turn for _ in range(5)]
    await asyncio.to_thread(waiting.call_for, [turn.id for turn in turns])
    await Taker().run(turns[0].id)
    assert {(await reload_turn(turn)).state for turn in turns} == {Turn.State.DONE}


async def test_what_was_said_stays_until_the_next_attempt_has_words(alice: User) -> None:
    turn = (await abandon_turn(alice, "fault-hang")).turn
    dead = TurnLog(turn.id, 1, Writer())
    dead.append(Event(Kind.DELTA, {"text": "half of an ans"}))
    await dead.flush()
    heir = Runner()
    taking = asyncio.create_task(heir.take_over(turn.id))
    await await_takeover(turn, taking)
    async with aclosing(read(turn)) as batches:
        shown = [entry for _ in range(3) for entry in await anext(batches)]
    assert [entry.kind for entry in shown] == [Kind.DELTA]
    heir.stop(turn.id)
    await taking
    kinds = [entry.kind for entry in await entries(turn)]
    assert kinds[:2] == [Kind.DELTA, Kind.RESTARTED]
    assert kinds[-1] == Kind.DONE


async def test_a_process_takes_nothing_over_that_it_runs_itself(alice: User) -> None:
    """As a Redis that was emptied makes it seem."""
    turn = (await abandon_turn(alice, "count-10-100")).turn
    heir = Runner()
    taking = asyncio.create_task(heir.take_over(turn.id))
    await await_takeover(turn, taking)
    await async_redis().delete(lease.key(turn.id))
    await heir.take_over(turn.id)
    await taking
    turn = await reload_turn(turn)
    assert (turn.state, turn.attempt) == (Turn.State.DONE, 2)


async def test_an_answer_that_has_ended_is_not_handed_over(alice: User) -> None:
    turn = (await ask(alice, "count-10-0")).turn
    await entries(turn)
    attempt = await in_db(Attempt.objects.get, turn=turn)
    await in_db(takeover.note_handover, [turn.id], attempt.runner)
    assert (await in_db(Attempt.objects.get, turn=turn)).outcome == "done"
