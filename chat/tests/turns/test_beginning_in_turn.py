"""A bounded number of turns begin at once; the others wait, are told so, and may be stopped."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from accounts.models import User
from aiapp.llm.routing.places import Places
from chat.log import statuses
from chat.log.events import BEGINNING, Entry, Kind, Position
from chat.models import Turn
from chat.reading.reader import read
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.turns import admission
from chat.turns.running import runner


@asynccontextmanager
async def crowd() -> AsyncIterator[Places]:
    """Other turns that begin for as long as the block lasts, as many as may."""
    places = admission._places.get()
    for _ in range(admission.MAX_BEGINNINGS):
        assert places.try_take(admission.MAX_BEGINNINGS)
    yield places
    for _ in range(admission.MAX_BEGINNINGS):
        places.free()


async def read_until_queued(turn: Turn) -> list[Entry]:
    found: list[Entry] = []
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            found += batch
            if is_queued(found[-1]):
                return found
    raise AssertionError("nobody was told of a queue")


def is_queued(entry: Entry) -> bool:
    return entry.kind == Kind.STATUS and entry.data["text"] == statuses.QUEUED


def last(found: list[Entry]) -> Position:
    return found[-1].position if found else BEGINNING


async def test_a_turn_waits_for_its_place_and_is_told_so(alice: User) -> None:
    async with crowd() as places:
        accepted = await ask(alice, "echo")
        found = await read_until_queued(accepted.turn)
        assert [entry.kind for entry in found] == [Kind.STARTED, Kind.STATUS]
        places.free()
        rest = await entries(accepted.turn, last(found))
        assert text_of(rest) == "one two three "
        # It has given the place back.
        assert places.try_take(admission.MAX_BEGINNINGS)


async def test_one_that_is_stopped_leaves_the_queue(alice: User, bob: User) -> None:
    async with crowd() as places:
        stopped, waiting = await ask(alice, "echo"), await ask(bob, "echo")
        await read_until_queued(stopped.turn)
        await runner.stop(stopped.turn)
        await entries(stopped.turn)
        assert (await reload_turn(stopped.turn)).state == Turn.State.STOPPED
        places.free()
        assert text_of(await entries(waiting.turn)) == "one two three "
        assert places.try_take(admission.MAX_BEGINNINGS)


async def test_a_turn_whose_model_says_nothing_holds_up_nobody(alice: User) -> None:
    silent = [await ask(alice, "fault-hang") for _ in range(admission.MAX_BEGINNINGS)]
    accepted = await ask(alice, "echo")
    assert text_of(await entries(accepted.turn)) == "one two three "
    for each in silent:
        await runner.stop(each.turn)
        await entries(each.turn)
