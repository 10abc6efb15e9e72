"""Stop ends an answer within a second, from any process, and keeps what was said."""

import asyncio
from contextlib import aclosing

import pytest

from accounts.models import User
from aiapp.redis import async_redis
from chat.log.events import Kind
from chat.models import Turn
from chat.reading.reader import read
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.turns.running import runner
from tests.processes import model_requests


async def test_a_stop_keeps_the_text_that_was_shown(alice: User) -> None:
    accepted = await ask(alice, "count-1000-10")
    found = []
    async with aclosing(read(accepted.turn)) as batches:
        async for batch in batches:
            found += batch
            if any(entry.kind == Kind.DELTA for entry in batch):
                await runner.stop(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert turn.state == Turn.State.STOPPED
    assert turn.message.content == text_of(found) == found[-1].data["content"]
    assert turn.message.content.startswith("w0 ")
    assert turn.completion_tokens > 0


async def test_a_stop_from_another_process_is_heard_soon(alice: User) -> None:
    accepted = await ask(alice, "count-1000-100")
    await asyncio.sleep(0.3)
    # What `runner.stop` does in a process that does not run the turn.
    await async_redis().set(f"turn:{accepted.turn.id}:stop", 1)
    reading = asyncio.create_task(entries(accepted.turn))
    rounds = 0
    while not reading.done():
        # As long as the runner takes between two looks, also where the machine is busy.
        await asyncio.sleep(runner.STOP_LOOK_SECONDS)
        await async_redis().ping()
        rounds += 1
    await reading
    # Two where there is nothing else to do; the answer would take four hundred.
    assert rounds <= 20
    assert (await reload_turn(accepted.turn)).state == Turn.State.STOPPED


async def test_a_stop_ends_the_request_to_the_model(alice: User, fake_model: str) -> None:
    question = "Does a stop end the request?"
    accepted = await ask(alice, "count-10000-100", question)
    async with aclosing(read(accepted.turn)) as batches:
        async for batch in batches:
            if any(entry.kind == Kind.DELTA for entry in batch):
                assert _count_unfinished(fake_model, question) == 1
                await runner.stop(accepted.turn)
    async with asyncio.timeout(60):
        while _count_unfinished(fake_model, question):
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("delay", [0, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 80])
async def test_a_stop_that_races_the_last_word_leaves_one_final_state(
    alice: User, delay: int
) -> None:
    accepted = await ask(alice, "count-8-5")
    await asyncio.sleep(delay / 1000)
    await runner.stop(accepted.turn)
    found = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    ends = [entry for entry in found if entry.kind == Kind.DONE]
    assert len(ends) == 1
    assert ends[0].data["state"] == turn.state
    assert turn.state in {Turn.State.DONE, Turn.State.STOPPED}
    assert text_of(found) == turn.message.content == ends[0].data["content"]


async def test_a_stop_after_the_end_changes_nothing(alice: User) -> None:
    accepted = await ask(alice, "echo", "all of it")
    await entries(accepted.turn)
    await runner.stop(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.message.content) == (Turn.State.DONE, "all of it ")


def _count_unfinished(fake_model: str, question: str) -> int:
    return int(model_requests.fetch(fake_model, question, last=1)["active"])
