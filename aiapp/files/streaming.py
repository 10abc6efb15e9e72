"""Files for readers of HTTP, piece by piece, without a thread that waits for a slow reader."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiapp.files.store import store

PIECE = 256 * 1024
R = TypeVar("R")

# Of their own: a store that hangs holds up those who read files, and nobody else.
_threads = ThreadPoolExecutor(16, thread_name_prefix="files")


async def open_stream(name: str, first: int, length: int) -> "Stream":
    """Open a part of a file.

    Raises FileNotFoundError or FilesUnavailable before anything is promised to the reader.
    """
    return await _on_a_thread(lambda: Stream(name, first, length))


class Stream:
    """The pieces of a part of a file. A response closes it at its end, read or not."""

    def __init__(self, name: str, first: int, length: int) -> None:
        self._file = store().open_at(name, first)
        self._remaining = length
        self._head = self._read()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> bytes:
        piece, self._head = self._head, b""
        if not piece and self._remaining:
            piece = await _on_a_thread(self._read)
        if not piece:
            self.close()
            raise StopAsyncIteration
        return piece

    def _read(self) -> bytes:
        piece: bytes = self._file.read(min(self._remaining, PIECE))
        self._remaining -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()


async def _on_a_thread(function: Callable[[], R]) -> R:
    return await asyncio.get_running_loop().run_in_executor(_threads, function)
