"""Each event loop has its own, which ends with it."""

import asyncio
import gc
from weakref import ref

import pytest

from aiapp.concurrency.per_loop import PerLoop


class Thing:
    def __init__(self) -> None:
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


def test_a_loop_gets_the_same_each_time():
    things = PerLoop(Thing)

    async def get_twice():
        return things.get() is things.get()

    assert asyncio.run(get_twice())


def test_each_loop_gets_its_own():
    things = PerLoop(Thing)

    async def get():
        return things.get()

    assert asyncio.run(get()) is not asyncio.run(get())


def test_nothing_is_made_before_it_is_asked_for():
    made = []

    async def close_unused():
        await PerLoop(lambda: made.append(1), lambda thing: thing.close()).close()

    asyncio.run(close_unused())
    assert not made


def test_what_is_false_is_made_once():
    things = PerLoop(dict)

    async def get_twice():
        return things.get() is things.get()

    assert asyncio.run(get_twice())


def test_closing_closes_once_and_the_next_is_new():
    things = PerLoop(Thing, Thing.close)

    async def close_twice():
        first = things.get()
        await things.close()
        await things.close()
        return first, things.get()

    first, second = asyncio.run(close_twice())
    assert first.closed == 1
    assert second is not first


def test_what_is_still_there_is_closed_as_its_loop_ends():
    things = PerLoop(Thing, Thing.close)

    async def get():
        assert not things.get().closed
        return things.get()

    assert asyncio.run(get()).closed == 1


def test_closing_leaves_other_loops_alone():
    things = PerLoop(Thing, Thing.close)
    other = asyncio.new_event_loop()

    async def get():
        return things.get()

    try:
        others = other.run_until_complete(get())
        asyncio.run(things.close())
        assert not others.closed
        assert other.run_until_complete(get()) is others
    finally:
        other.close()


def test_what_needs_no_closing_is_forgotten():
    things = PerLoop(Thing)

    async def close():
        first = things.get()
        await things.close()
        return first is things.get()

    assert not asyncio.run(close())


def test_a_loop_that_is_gone_is_forgotten():
    things = PerLoop(Thing)

    async def get():
        return ref(things.get())

    thing = asyncio.run(get())
    gc.collect()
    assert thing() is None


def test_there_is_none_without_a_loop():
    with pytest.raises(RuntimeError):
        PerLoop(Thing).get()
