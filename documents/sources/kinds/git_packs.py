"""Bounds on what a pack of Git may unpack to, kept before Dulwich unpacks it.

An object says how large it is, and a change of another how large that makes it; Dulwich believes
both and holds such an object, and those that it is made from, in memory. So a pack of some
kilobytes could say, and have, 100 GB. Here it is read once in pieces, none of which is kept.
"""

import zlib
from collections.abc import Callable
from mmap import ACCESS_READ, mmap
from stat import S_ISDIR
from typing import IO, Any

from documents.sources.errors import SourceMisset, SourceUnavailable

MAX_OBJECTS = 1_000_000
# Of folders within each other, and of a name.
MAX_DEPTH, MAX_NAME_BYTES = 256, 4096
# Of one folder: some 300,000 names, each of which Dulwich keeps.
MAX_FOLDER_BYTES = 16 * 1024 * 1024
TOO_MANY_FILES = "The repository has more than a million files and folders."
# Of one object, of those that one is made from, one from the other, and of all.
MAX_OBJECT_BYTES = 256 * 1024 * 1024
MAX_CHAIN_BYTES = 1024 * 1024 * 1024
MAX_ALL_BYTES = 16 * 1024 * 1024 * 1024
# Most objects are short.
FIRST_BYTES, BLOCK_BYTES = 512, 64 * 1024
MAX_PIECE_BYTES = 1024 * 1024
_HEAD_BYTES, _HASH_BYTES = 12, 20
# A change begins with the sizes of what it changes and of what comes of it.
_SIZES_BYTES = 20
_OFS_DELTA, _REF_DELTA = 6, 7


def check_pack(file: IO[bytes], max_bytes: int, note_life: Callable[[], None]) -> None:
    """Refuse a pack that would be too much; no object may have more than `max_bytes`, if that is
    more than any may have. Raises a SourceError.
    """
    file.flush()
    try:
        with mmap(file.fileno(), 0, access=ACCESS_READ) as content:
            _Check(content, max(max_bytes, MAX_OBJECT_BYTES), note_life).run()
    except (IndexError, ValueError, zlib.error) as error:
        raise SourceUnavailable("The pack of the repository is damaged.") from error


class _Check:
    def __init__(self, content: mmap, max_bytes: int, note_life: Callable[[], None]) -> None:
        self._content, self._max_bytes, self._note_life = content, max_bytes, note_life
        # Behind the head, and before the hash of all.
        self._at, self._end = _HEAD_BYTES, len(content) - _HASH_BYTES
        self._all = 0
        # What Dulwich holds to make an object, by its place; only of those made from others.
        self._chains: dict[int, int] = {}
        # Where the others are is not said, so they may be one chain.
        self._unplaced = 0

    def run(self) -> None:
        if self._content[:4] != b"PACK" or self._end < _HEAD_BYTES:
            raise ValueError
        count = int.from_bytes(self._content[8:_HEAD_BYTES], "big")
        if count > MAX_OBJECTS:
            raise SourceMisset(TOO_MANY_FILES)
        for number in range(count):
            self._check_object()
            if number % 1000 == 0:
                self._note_life()

    def _check_object(self) -> None:
        start = self._at
        kind, size = self._read_head()
        if kind not in (_OFS_DELTA, _REF_DELTA):
            self._count(size)
            self._inflate(size)
            return
        base = start - self._read_distance() if kind == _OFS_DELTA else None
        if base is None:
            self._at += _HASH_BYTES
        self._count(size)
        made = _read_sizes(self._inflate(size))
        self._count(made)
        self._lengthen(start, base, size + made)

    def _lengthen(self, start: int, base: int | None, size: int) -> None:
        if base is None:
            self._unplaced += size
            self._chains[start] = 0
        else:
            self._chains[start] = self._chains.get(base, 0) + size
        if self._chains[start] + self._unplaced > MAX_CHAIN_BYTES:
            raise SourceMisset("The files of the repository are packed too deeply to be unpacked.")

    def _count(self, size: int) -> None:
        self._all += size
        if size > self._max_bytes:
            megabytes = self._max_bytes // (1024 * 1024)
            raise SourceMisset(f"The repository has a file of more than {megabytes} MB.")
        if self._all > MAX_ALL_BYTES:
            raise SourceMisset("The files of the repository are more than 16 GB.")

    def _read_head(self) -> tuple[int, int]:
        byte = self._next_byte()
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        while byte & 0x80:
            byte = self._next_byte()
            size |= (byte & 0x7F) << shift
            shift += 7
            self._refuse_length(shift)
        return kind, size

    def _read_distance(self) -> int:
        byte = self._next_byte()
        distance, shift = byte & 0x7F, 0
        while byte & 0x80:
            byte = self._next_byte()
            distance = (distance + 1) << 7 | byte & 0x7F
            shift += 7
            self._refuse_length(shift)
        return distance

    @staticmethod
    def _refuse_length(shift: int) -> None:
        """Refuse a number that goes on and on: Python's have no end."""
        if shift > 64:  # noqa: PLR2004 - bits
            raise ValueError

    def _next_byte(self) -> int:
        if self._at >= self._end:
            raise ValueError
        byte = self._content[self._at]
        self._at += 1
        return byte

    def _inflate(self, size: int) -> bytes:
        """Go over an object's content, which must be as long as it says; return its beginning."""
        stream, told, beginning = zlib.decompressobj(), 0, b""
        length = FIRST_BYTES
        while not stream.eof:
            block = stream.unconsumed_tail or self._read_block(length)
            length = BLOCK_BYTES
            piece = stream.decompress(block, MAX_PIECE_BYTES)
            told += len(piece)
            if told > size:
                raise ValueError
            beginning += piece[: _SIZES_BYTES - len(beginning)]
        if told != size:
            raise ValueError
        self._at -= len(stream.unused_data)
        return beginning

    def _read_block(self, length: int) -> bytes:
        block = self._content[self._at : self._at + length]
        if not block:
            raise ValueError
        self._at += len(block)
        self._note_life()
        return block


def _read_sizes(change: bytes) -> int:
    """Return how large the object is that a change makes."""
    at, size = 0, 0
    for _ in range(2):
        size = shift = 0
        while True:
            byte = change[at]
            at += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
    return size


def check_folders(store: Any, root: bytes) -> None:
    """Refuse a folder with more in it than may be listed. Raises SourceMisset.

    One may stand in others any number of times and takes no room for that, so that a pack of a
    kilobyte could have 10,000,000,000 files. Each is gone over once.
    """
    if _count_files(store, root, {}, MAX_DEPTH) > MAX_OBJECTS:
        raise SourceMisset(TOO_MANY_FILES)


def _count_files(store: Any, folder: bytes, known: dict[bytes, int], depth: int) -> int:
    if folder in known:
        return known[folder]
    if not depth:
        raise SourceMisset(f"The repository has more than {MAX_DEPTH} folders within each other.")
    count = 0
    for entry in store[folder].iteritems():
        if len(entry.path) > MAX_NAME_BYTES:
            raise SourceMisset("The repository has a file whose name is too long.")
        count += 1
        if S_ISDIR(entry.mode):
            count += _count_files(store, entry.sha, known, depth - 1)
    known[folder] = count
    return count


class Folders:
    """A store that gives no folder which is more than a worker can go over."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getitem__(self, name: bytes) -> Any:
        from dulwich.objects import ShaFile  # noqa: PLC0415

        try:
            kind, content = self._store.get_raw(name)
        except KeyError as error:
            raise SourceUnavailable("The pack of the repository is damaged.") from error
        if len(content) > MAX_FOLDER_BYTES:
            raise SourceMisset("A folder of the repository has too many files.")
        return ShaFile.from_raw_string(kind, content)
