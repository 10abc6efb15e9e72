"""An object of a bucket as a file that is read piece by piece, from any place on.

Each request asks for a window, a small one at first and after a leap, a larger one while the
reading goes on. So a short range costs little, a long file few requests, memory is bounded by one
window, and whoever reads slowly keeps no connection to the store waiting.
"""

import io
from collections.abc import Callable
from typing import Any

from aiapp.files.errors import FilesUnavailable

FIRST_WINDOW, MAX_WINDOW = 256 * 1024, 2 * 1024 * 1024

# Gives so many bytes from a place on, and the size of the whole object.
Fetch = Callable[[int, int], tuple[bytes, int]]


class ObjectReader(io.RawIOBase):
    def __init__(self, fetch: Fetch, first: int = 0) -> None:
        self._fetch = fetch
        self._place = first
        self._window, self._window_at = b"", first
        self._next_window = FIRST_WINDOW
        self._load()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("A file has no place before its first byte.")
        self._place = base + offset
        return self._place

    def readinto(self, buffer: Any) -> int:
        if self._place >= self.size:
            return 0
        behind = self._window_at + len(self._window)
        if not self._window_at <= self._place < behind:
            is_next = self._place == behind
            self._next_window = min(self._next_window * 2, MAX_WINDOW) if is_next else FIRST_WINDOW
            self._load()
            if not self._window:
                # To say that the file ends here would cut it off without a word.
                raise FilesUnavailable
        start = self._place - self._window_at
        piece = self._window[start : start + len(buffer)]
        buffer[: len(piece)] = piece
        self._place += len(piece)
        return len(piece)

    def _load(self) -> None:
        self._window, self.size = self._fetch(self._place, self._next_window)
        self._window_at = self._place
