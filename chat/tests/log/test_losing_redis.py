"""Redis holds nothing that cannot be made again: without it an answer is still completed."""

from contextlib import aclosing

from accounts.models import User
from aiapp.redis import async_redis
from chat.log import stream
from chat.log.events import Entry, Kind
from chat.models import Turn
from chat.reading.reader import read
from chat.tests.conftest import ask, entries, reload_turn, text_of

ANSWER = "".join(f"w{n} " for n in range(60))


async def test_emptied_in_mid_answer_it_costs_neither_answer_nor_readers(alice: User) -> None:
    accepted = await ask(alice, "count-60-20")
    log: list[Entry] = []
    emptied = False
    async with aclosing(read(accepted.turn)) as batches:
        async for batch in batches:
            log += batch
            if not emptied and any(entry.kind == Kind.DELTA for entry in batch):
                emptied = bool(await async_redis().flushdb())
    turn = await reload_turn(accepted.turn)
    assert emptied
    assert (turn.state, turn.message.content) == (Turn.State.DONE, ANSWER)
    assert text_of(log) == ANSWER
    assert len({entry.position for entry in log}) == len(log)


async def test_after_it_was_emptied_the_log_is_whole_again_for_new_readers(alice: User) -> None:
    accepted = await ask(alice, "count-60-20")
    async with aclosing(read(accepted.turn)) as batches:
        async for batch in batches:
            if any(entry.kind == Kind.DELTA for entry in batch):
                await async_redis().flushdb()
                break
    await entries(accepted.turn)
    rows = await async_redis().xrange(stream.key(accepted.turn.id))
    assert [row_id for row_id, _ in rows] == [b"1-%d" % (n + 1) for n in range(len(rows))]
    assert rows[-1][1][b"e"] == b"done"
    late = await entries(await reload_turn(accepted.turn))
    assert text_of(late) == ANSWER
