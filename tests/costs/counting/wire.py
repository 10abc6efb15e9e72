"""Between a program and its PostgreSQL or Valkey: what it says is passed on, and counted."""

import asyncio
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_CHUNK = 256 * 1024


@dataclass
class Wire:
    """The number of orders that a program has given, and how often it waited for an answer."""

    orders: int = 0
    trips: int = 0


class _Orders:
    """Counts the orders in what a client sends, which comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> int:
        self._rest += data
        count = 0
        while (end := self._find_end(self._rest)) is not None:
            count += self._is_order(self._rest)
            self._rest = self._rest[end:]
        return count

    def _find_end(self, data: bytes) -> int | None:
        raise NotImplementedError

    def _is_order(self, data: bytes) -> bool:
        return True


class Statements(_Orders):
    """PostgreSQL's messages: a letter and a length each, but for the first. E and Q run one."""

    def __init__(self) -> None:
        super().__init__()
        self._has_begun = False

    def _find_end(self, data: bytes) -> int | None:
        start = 1 if self._has_begun else 0
        if len(data) < start + 4:
            return None
        end = start + int.from_bytes(data[start : start + 4], "big")
        return end if len(data) >= end else None

    def _is_order(self, data: bytes) -> bool:
        is_first, self._has_begun = not self._has_begun, True
        return not is_first and data[:1] in {b"E", b"Q"}


class Commands(_Orders):
    """Redis's commands: an array of strings each, which say their lengths."""

    _NUMBER = re.compile(rb"[*$](\d+)\r\n")

    def _find_end(self, data: bytes) -> int | None:
        head = self._NUMBER.match(data)
        if head is None:
            return None
        end = head.end()
        for _ in range(int(head[1])):
            part = self._NUMBER.match(data, end)
            if part is None:
                return None
            end = part.end() + int(part[1]) + 2
        return end if len(data) >= end else None


@contextmanager
def tap(path: Path, server: Path, orders: Callable[[], _Orders]) -> Iterator[Wire]:
    """Listen at a socket for a server's clients, on a thread, as long as the block lasts."""
    wire, loop = Wire(), asyncio.new_event_loop()
    # Sockets and no streams of asyncio's, which are closed only if their loop goes on.
    sockets = [_open_socket()]
    sockets[0].bind(str(path))
    sockets[0].listen()
    listening = loop.create_task(_listen(sockets, server, lambda: (wire, orders())))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield wire
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listening.cancel()
        loop.run_until_complete(_end(loop))
        for each in sockets:
            each.close()
        loop.close()


def _open_socket() -> socket.socket:
    opened = socket.socket(socket.AF_UNIX)
    opened.setblocking(False)
    return opened


async def _listen(
    sockets: list[socket.socket], server: Path, count: Callable[[], tuple[Wire, _Orders]]
) -> None:
    loop, tasks = asyncio.get_running_loop(), set[asyncio.Task[None]]()
    while True:
        client, _ = await loop.sock_accept(sockets[0])
        ours = _open_socket()
        sockets += [client, ours]
        task = loop.create_task(_pass_on(client, ours, server, *count()))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def _pass_on(
    client: socket.socket, ours: socket.socket, server: Path, wire: Wire, orders: _Orders
) -> None:
    loop, waits = asyncio.get_running_loop(), False

    async def ask() -> None:
        nonlocal waits
        while data := await loop.sock_recv(client, _CHUNK):
            wire.trips += not waits
            waits = True
            wire.orders += orders.feed(data)
            await loop.sock_sendall(ours, data)

    async def answer() -> None:
        nonlocal waits
        while data := await loop.sock_recv(ours, _CHUNK):
            waits = False
            await loop.sock_sendall(client, data)

    # One of the two may be gone.
    with suppress(OSError), client, ours:
        await loop.sock_connect(ours, str(server))
        both = [asyncio.ensure_future(ask()), asyncio.ensure_future(answer())]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)


async def _end(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
