"""Files of chats, read a conversation at a time: JSON, or the archive of an assistant's data.

Nothing here trusts a size that the file claims: what comes out is counted as it comes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from aiapp.errors import InvalidInput, TooLarge
from chat.importing import pieces

# Of text, after unpacking. Years of daily use are some tens of megabytes.
MOST_BYTES = 1024 * 1024 * 1024
ZIP = b"PK\x03\x04"
# ChatGPT's, Claude's and DeepSeek's, in one part or several, and ours.
CHATS = re.compile(r"(?:.*/)?(?:conversations(?:-\d+)?|chats)\.json", re.IGNORECASE)
BLANK = b" \t\r\n\xef\xbb\xbf"
NOT_CHATS = "This is no file of chats. Choose a JSON file, or the ZIP archive as you got it."


def conversations(file: IO[bytes]) -> Iterator[Any]:
    """Yield what stands in the file for each conversation, `Damage` for what cannot be read.

    Raises InvalidInput or TooLarge.
    """
    with _refused():
        file.seek(0)
        start = file.read(len(ZIP))
        file.seek(0)
        if start == ZIP:
            yield from _in_archive(file)
        else:
            yield from _in_json(_Counted(file, MOST_BYTES))


def _in_archive(file: IO[bytes]) -> Iterator[Any]:
    with ZipFile(file) as archive:
        names = [name for name in archive.namelist() if CHATS.fullmatch(name)]
        if not names:
            raise InvalidInput(NOT_CHATS, code="not_chats")
        left = MOST_BYTES
        for name in sorted(names):
            with archive.open(name) as member:
                counted = _Counted(member, left)
                yield from _in_json(counted)
                left = counted.left


def _in_json(file: "_Counted") -> Iterator[Any]:
    """The objects of a list, or the one object that is all."""
    first = file.peek()
    if first not in {b"[", b"{"}:
        raise InvalidInput(NOT_CHATS, code="not_chats")
    yield from pieces.read_items(file, in_list=first == b"[")


class _Counted:
    """A file that ends with an error when more comes out of it than it may hold."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._begun = b""
        self.left = left

    def peek(self) -> bytes:
        """The first byte that is not blank."""
        while not self._begun:
            piece = self._file.read(4096)
            if not piece:
                return b""
            self._begun = piece.lstrip(BLANK)
        return self._begun[:1]

    def read(self, size: int = -1) -> bytes:
        if self._begun and size:
            data, self._begun = self._begun, b""
        else:
            data = self._file.read(size)
        self.left -= len(data)
        if self.left < 0:
            raise TooLarge("There is more in this file than can be imported at once.")
        return data


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError) as error:
        # An encrypted archive is a RuntimeError to zipfile, a method it lacks NotImplementedError.
        raise InvalidInput("This archive is damaged or encrypted.", code="broken_file") from error
