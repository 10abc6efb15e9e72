"""Threads that many share are everybody's in turn, however much one asks for."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from aiapp.concurrency.crew import Client, Crew

LONG = 60
SIZE = 4
ANN, BEN, EVE = Client("1", "ann"), Client("1", "ben"), Client("2", "eve")


class Office:
    """Work that goes on until it is let go, and whose it was, in the order in which it began."""

    def __init__(self) -> None:
        self.crew = Crew(SIZE, "test")
        self.begun: list[str] = []
        self.changed = threading.Condition()
        self.ends: list[threading.Event] = []
        self.is_over = False

    def submit(self, client: Client, count: int = 1) -> None:
        for _ in range(count):
            self.crew.submit(client, self._make_work(client))

    def _make_work(self, client: Client) -> Callable[[], None]:
        def work() -> None:
            end = threading.Event()
            with self.changed:
                self.begun.append(client.session)
                self.ends.append(end)
                if self.is_over:
                    end.set()
                self.changed.notify_all()
            assert end.wait(LONG)

        return work

    def wait_until_begun(self, count: int) -> list[str]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.begun) >= count, LONG)
            return list(self.begun)

    def end(self, number: int) -> None:
        self.ends[number].set()

    def end_all(self) -> None:
        """Let everything end, also what has not begun."""
        with self.changed:
            self.is_over = True
            for end in self.ends:
                end.set()


def go_on(office: Office, count: int) -> list[str]:
    """Let so many of the first end, and return whose work begins then."""
    for number in range(count):
        office.end(number)
        office.wait_until_begun(SIZE + 1 + number)
    return office.begun[SIZE : SIZE + count]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.end_all()


def test_nobody_has_more_than_half_of_the_threads(office: Office) -> None:
    office.submit(ANN, 10)
    office.submit(EVE)
    assert sorted(office.wait_until_begun(3)) == ["ann", "ann", "eve"]
    office.submit(BEN)
    assert sorted(office.wait_until_begun(4)) == ["ann", "ann", "ben", "eve"]


def test_whoever_comes_last_is_served_before_the_tenth_of_another(office: Office) -> None:
    office.submit(ANN, 10)
    office.submit(BEN, 10)
    office.wait_until_begun(SIZE)
    office.submit(EVE)
    assert "eve" in go_on(office, 2)


def test_addresses_take_turns_however_many_come_from_one(office: Office) -> None:
    for number in range(20):
        office.submit(Client("1", f"made up {number}"))
    office.wait_until_begun(SIZE)
    office.submit(EVE, 2)
    assert go_on(office, 4).count("eve") == 2


def test_all_that_one_asks_for_is_done(office: Office) -> None:
    office.submit(ANN, 50)
    for number in range(50):
        office.wait_until_begun(number + 1)
        office.end(number)
    assert office.begun == ["ann"] * 50


def test_one_thread_serves_all() -> None:
    crew, done = Crew(1, "test"), threading.Semaphore(0)
    for client in (ANN, ANN, EVE):
        crew.submit(client, done.release)
    for _ in range(3):
        assert done.acquire(timeout=LONG)


@pytest.fixture
def _threads_take_turns_often() -> Iterator[None]:
    """Have Python go from thread to thread between any two steps, as many cores and a load do."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.000_005)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_threads_take_turns_often")
@pytest.mark.parametrize("size", [SIZE, 30])
def test_nothing_is_forgotten_where_much_ends_at_the_same_moment(size: int) -> None:
    for _ in range(5):
        crew, begun, done = Crew(size, "test"), threading.Semaphore(0), threading.Semaphore(0)
        go = threading.Event()

        def hold(begun=begun, go=go) -> None:
            begun.release()
            assert go.wait(LONG)

        for _ in range(size // 2):
            crew.submit(ANN, hold)
        for _ in range(size // 2):
            assert begun.acquire(timeout=LONG)
        for _ in range(200):
            crew.submit(ANN, done.release)
        # By then a thread has come by for each of them, and found that it may not begin.
        for _ in range(300):
            crew.submit(EVE, begun.release)
            assert begun.acquire(timeout=LONG)
        go.set()
        for _ in range(200):
            assert done.acquire(timeout=LONG)
