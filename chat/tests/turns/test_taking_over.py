"""A turn that nobody runs any more is run again by exactly one, and the old one is fenced off."""

import asyncio
from contextlib import aclosing, closing
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm.tokens import estimate
from aiapp.redis import async_redis
from chat.log.events import Event, Kind
from chat.log.stream import TurnLog, Writer
from chat.models import Attempt, Turn
from chat.protocols import data_stream, ui_stream
from chat.reading import reader
from chat.reading.reader import read
from chat.tests.conftest import entries, reload_turn, text_of
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question, TurnRequest
from chat.turns.running.runner import Runner


async def abandon_turn(user: User, model: str = "count-10-5") -> AcceptedTurn:
    """A turn whose runner died a minute ago."""

    def accept() -> AcceptedTurn:
        question, choices = Question("go on"), Choices(model, collections=[])
        accepted = beginning.begin_conversation(
            TurnRequest(user, question, choices, "a process that died"), NewConversation()
        )
        Turn.objects.update(created=timezone.now() - timedelta(minutes=1))
        return accepted

    return await in_db(accept)


async def test_ten_that_want_it_at_once_make_one_attempt(alice: User) -> None:
    accepted = await abandon_turn(alice)
    await asyncio.gather(*(Runner().take_over(accepted.turn.id) for _ in range(10)))
    turn = await reload_turn(accepted.turn)
    attempts = await in_db(lambda: list(Attempt.objects.filter(turn=turn)))
    assert [(a.number, a.outcome) for a in attempts] == [(1, "interrupted"), (2, "done")]
    assert (turn.state, turn.attempt) == (Turn.State.DONE, 2)
    assert turn.message.content == "".join(f"w{n} " for n in range(10))


async def test_it_is_begun_again_by_one_whose_connection_breaks_meanwhile(alice: User) -> None:
    accepted = await abandon_turn(alice)
    with closing(psycopg.connect(**connection.get_connection_params())) as another:
        another.execute("SELECT FROM chat_turn WHERE id = %s FOR UPDATE", [accepted.turn.id])
        taking = asyncio.create_task(Runner().take_over(accepted.turn.id))
        await asyncio.to_thread(end_whoever_waits, another)
        another.rollback()
    await taking
    assert (await reload_turn(accepted.turn)).state == Turn.State.DONE


def end_whoever_waits(another: psycopg.Connection) -> None:
    """End the first connection that waits for what `another` holds."""
    waiting = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE %s = ANY(pg_blocking_pids(pid))"
    )
    while not another.execute(waiting, [another.info.backend_pid]).fetchall():
        pass


async def test_a_reader_drops_what_the_dead_attempt_said(alice: User) -> None:
    accepted = await abandon_turn(alice)
    dead = TurnLog(accepted.turn.id, 1, Writer())
    dead.append(Event(Kind.DELTA, {"text": "half of an ans"}))
    await dead.flush()
    await Runner().take_over(accepted.turn.id)
    found = await entries(await reload_turn(accepted.turn))
    assert [entry.kind for entry in found][:2] == [Kind.DELTA, Kind.RESTARTED]
    dead_attempt = await in_db(Attempt.objects.get, turn=accepted.turn, number=1)
    assert dead_attempt.completion_tokens == estimate("half of an ans")
    assert (await reload_turn(accepted.turn)).completion_tokens == estimate("half of an ans") + 10
    assert text_of(found) == "".join(f"w{n} " for n in range(10))


async def test_a_reader_that_cannot_drop_it_is_told_and_gets_no_second_beginning(
    alice: User,
) -> None:
    accepted = await abandon_turn(alice)
    dead = TurnLog(accepted.turn.id, 1, Writer())
    dead.append(Event(Kind.DELTA, {"text": "half of an ans"}))
    await dead.flush()
    await Runner().take_over(accepted.turn.id)
    turn = await reload_turn(accepted.turn)
    lines = b"".join([line async for line in data_stream.chunks(turn)]).splitlines()
    assert [line[:2] for line in lines] == [b"0:", b"3:"]
    parts = ui_stream.Parts(turn)
    kinds = [chunk["type"] for entry in await entries(turn) for chunk in parts.convert(entry)]
    assert kinds[-1] == "error"


async def test_an_older_attempt_that_comes_back_can_write_nothing(alice: User) -> None:
    accepted = await abandon_turn(alice)
    sleeper = TurnLog(accepted.turn.id, 1, Writer())
    await Runner().take_over(accepted.turn.id)
    sleeper.append(Event(Kind.DELTA, {"text": "a late word"}))
    await sleeper.flush()
    assert sleeper.is_fenced
    rows = await async_redis().xrange(sleeper.key)
    assert not [row for row in rows if b"a late word" in row[1][b"d"]]


async def test_nobody_is_asked_again_for_an_account_that_is_out_of_use(alice: User) -> None:
    accepted = await abandon_turn(alice)
    await in_db(lambda: User.objects.filter(pk=alice.pk).update(is_active=False))
    await Runner().take_over(accepted.turn.id)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.error_code, turn.attempt) == (Turn.State.FAILED, "interrupted", 1)
    assert turn.message.content == ""


async def test_after_too_many_attempts_the_turn_fails_and_may_be_retried(
    alice: User, settings: Settings
) -> None:
    accepted = await abandon_turn(alice)
    await in_db(Turn.objects.update, attempt=settings.TURN_MAX_ATTEMPTS)
    await Runner().take_over(accepted.turn.id)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.error_code, turn.error_retryable) == ("failed", "interrupted", True)


async def test_readers_of_a_turn_that_was_interrupted_too_often_need_not_wait_for_a_last_word(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "LAST_WORD_SECONDS", 3600.0)
    accepted = await abandon_turn(alice)
    dead = TurnLog(accepted.turn.id, 1, Writer())
    dead.append(Event(Kind.DELTA, {"text": "half of an ans"}))
    await dead.flush()
    async with aclosing(read(accepted.turn)) as batches:
        found = await anext(batches)
        await in_db(Turn.objects.update, attempt=settings.TURN_MAX_ATTEMPTS)
        await Runner().take_over(accepted.turn.id)
        found += [entry async for batch in batches for entry in batch]
    assert [entry.kind for entry in found[-2:]] == [Kind.ERROR, Kind.DONE]
    assert found[-2].data["code"] == "interrupted"


async def test_a_young_turn_is_left_to_the_process_that_accepted_it(alice: User) -> None:
    accepted = await abandon_turn(alice)
    await in_db(Turn.objects.update, created=timezone.now())
    await Runner().take_over(accepted.turn.id)
    assert (await reload_turn(accepted.turn)).attempt == 1
