"""A reader that was cut off goes on where it stopped: nothing lost, nothing twice."""

from contextlib import aclosing
from uuid import uuid4

import pytest

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import InvalidInput
from aiapp.redis import async_redis
from chat.log import stream
from chat.log.events import BEGINNING, Entry, Kind, Position
from chat.models import Turn
from chat.reading.reader import read
from chat.tests.conftest import ask, entries, reload_turn, text_of

ANSWER = "".join(f"w{n} " for n in range(25))


async def test_from_every_cut_point_the_text_is_the_same(alice: User) -> None:
    accepted = await ask(alice, "count-25-12")
    whole = await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert len(whole) > 5
    for cut in range(len(whole)):
        seen = whole[:cut]
        after = seen[-1].position if seen else BEGINNING
        rest = await entries(turn, after)
        assert text_of(rest, text_of(seen)) == ANSWER
        assert [e.position for e in seen + rest] == [e.position for e in whole]


async def test_a_reader_cut_off_in_mid_answer_follows_it_to_the_end(alice: User) -> None:
    accepted = await ask(alice, "count-25-20")
    seen: list[Entry] = []
    for _ in range(4):
        # Each time the reader goes away after its first batch, while the answer is being made.
        async with aclosing(read(accepted.turn, seen[-1].position if seen else BEGINNING)) as it:
            seen += await anext(it)
    seen += await entries(accepted.turn, seen[-1].position)
    assert text_of(seen) == ANSWER
    assert len({entry.position for entry in seen}) == len(seen)


async def test_when_the_log_has_expired_the_answer_is_told_from_the_database(alice: User) -> None:
    accepted = await ask(alice, "count-25-1")
    whole = await entries(accepted.turn)
    await async_redis().delete(stream.key(accepted.turn.id))
    turn = await reload_turn(accepted.turn)
    fresh = await entries(turn)
    assert text_of(fresh) == ANSWER
    assert fresh[-1].data == whole[-1].data
    resumed = await entries(turn, whole[1].position)
    assert resumed[0].kind == Kind.RESTARTED
    assert text_of(resumed, "a part that was seen") == ANSWER


async def test_an_id_from_the_future_still_gets_the_end(alice: User) -> None:
    accepted = await ask(alice, "count-5-1")
    await entries(accepted.turn)
    found = await entries(await reload_turn(accepted.turn), Position(1, 5000))
    assert found[-1].kind == Kind.DONE
    assert text_of(found) == "w0 w1 w2 w3 w4 "


@pytest.mark.parametrize("text", ["-1", "abc", "1-", "1-2-3", "９-１", "1-2;drop", " 1-2"])
def test_an_id_that_we_never_gave_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        Position.parse(text)


async def test_a_conversation_deleted_meanwhile_ends_its_readers(alice: User) -> None:
    accepted = await ask(alice, "count-25-1")
    await entries(accepted.turn)
    await async_redis().delete(stream.key(accepted.turn.id))
    await in_db(accepted.conversation.delete)
    gone = Turn(id=accepted.turn.id or uuid4(), state=Turn.State.DONE)
    found = await entries(gone)
    assert [entry.kind for entry in found] == [Kind.ERROR, Kind.DONE]
