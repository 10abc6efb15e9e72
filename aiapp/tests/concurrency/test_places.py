"""No more work goes on at once than there are places, whoever asks and leaves."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import pytest

from aiapp.concurrency.places import AllTaken, Places

R = TypeVar("R")
LONG = 60


class Work:
    """Goes on until it is let go, and tells how much of it has begun."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.goes_on = threading.Event()

    def do(self) -> str:
        self.begun.release()
        assert self.goes_on.wait(LONG)
        return "done"

    async def wait_until_begun(self) -> None:
        assert await asyncio.to_thread(self.begun.acquire, timeout=LONG)

    def has_more_begun(self) -> bool:
        return self.begun.acquire(blocking=False)


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.goes_on.set()


@pytest.fixture
def places() -> Places:
    return Places(lambda: 1)


@pytest.fixture
def on_a_thread() -> Iterator[Callable[[Callable[[], R]], "asyncio.Future[R]"]]:
    def run(function: Callable[[], R]) -> "asyncio.Future[R]":
        return asyncio.get_running_loop().run_in_executor(threads, function)

    with ThreadPoolExecutor(4) as threads:
        yield run


async def test_work_that_nobody_waits_for_any_more_keeps_its_place(
    places: Places, work: Work, on_a_thread: Callable[..., "asyncio.Future[str]"]
) -> None:
    do = partial(places.run, work.do, on_a_thread)
    gone = asyncio.create_task(do(LONG))
    await work.wait_until_begun()
    gone.cancel()
    await asyncio.wait([gone])
    with pytest.raises(AllTaken):
        await do(0.01)
    assert not work.has_more_begun()
    work.goes_on.set()
    assert await do(LONG) == "done"


async def test_who_leaves_before_a_place_is_free_takes_none(
    places: Places, work: Work, on_a_thread: Callable[..., "asyncio.Future[str]"]
) -> None:
    do = partial(places.run, work.do, on_a_thread, LONG)
    first = asyncio.create_task(do())
    await work.wait_until_begun()
    gone, last = asyncio.create_task(do()), asyncio.create_task(do())
    await asyncio.sleep(0)
    gone.cancel()
    work.goes_on.set()
    assert await asyncio.gather(first, last) == ["done", "done"]
    assert gone.cancelled()


async def test_work_that_is_cancelled_before_it_begins_is_not_done_and_leaves_its_place(
    places: Places, work: Work
) -> None:
    waiting: list[Callable[[], str]] = []

    async def never_begin(function: Callable[[], str]) -> str:
        waiting.append(function)
        await asyncio.Event().wait()
        return ""

    gone = asyncio.create_task(places.run(work.do, never_begin, LONG))
    while not waiting:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait([gone])
    with pytest.raises(asyncio.CancelledError):
        waiting[0]()
    work.goes_on.set()
    assert await places.run(work.do, asyncio.to_thread, LONG) == "done"


async def test_an_error_of_the_work_comes_as_it_is_and_frees_the_place(places: Places) -> None:
    def fail() -> None:
        raise TimeoutError("of its own")

    for _ in range(2):
        with pytest.raises(TimeoutError, match="of its own"):
            await places.run(fail, asyncio.to_thread, LONG)
