"""Threads that many people's work shares, each person's in its turn.

A queue in which all stand in one line belongs to whoever puts most into it: a hundred openings of
one long page kept everybody else's pages from coming for over a minute. Here addresses take turns,
and at each address those who came from there, and nobody has more than half of the threads.
"""

from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import NamedTuple


class Client(NamedTuple):
    """Whoever work is done for: the address that asks, and what tells people there apart."""

    address: str
    session: str


Work = Callable[[], None]
_Queue = deque[Work]


class Crew:
    """So many threads at most, started as they are needed."""

    def __init__(self, size: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(size, name)
        self._max_each = max(1, size // 2)
        self._lock = Lock()
        # Both in the order in which they are served next: who was served goes to the end.
        self._waiting: dict[str, dict[str, _Queue]] = {}
        self._running: Counter[Client] = Counter()
        # Calls of `_do_next` that found nothing that may begin. With those that are under way they
        # are as many as there is work that waits.
        self._put_off = 0

    def submit(self, client: Client, work: Work) -> None:
        """Have a thread do some work, which lets out no exception, when it is its client's turn."""
        with self._lock:
            sessions = self._waiting.setdefault(client.address, {})
            sessions.setdefault(client.session, deque()).append(work)
        self._threads.submit(self._do_next)

    def _do_next(self) -> None:
        """Do what comes next, if anything may: called once for each piece of work that may."""
        with self._lock:
            client = self._find_next()
            if client is None:
                self._put_off += 1
                return
            work = self._take(client)
            self._running[client] += 1
        try:
            work()
        finally:
            with self._lock:
                self._running[client] -= 1
                self._running += Counter()
                # What ends makes room for one more, if anybody was put off for want of it.
                has_room = self._put_off > 0 and self._find_next() is not None
                self._put_off -= has_room
            if has_room:
                self._threads.submit(self._do_next)

    def _find_next(self) -> Client | None:
        for address, sessions in self._waiting.items():
            for session in sessions:
                client = Client(address, session)
                if self._running[client] < self._max_each:
                    return client
        return None

    def _take(self, client: Client) -> Work:
        sessions = self._waiting.pop(client.address)
        queue = sessions.pop(client.session)
        work = queue.popleft()
        if queue:
            sessions[client.session] = queue
        if sessions:
            self._waiting[client.address] = sessions
        return work
