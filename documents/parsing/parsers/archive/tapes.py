"""Archives of tapes (tar), packed or as they are, and single files that were packed (gz, bz2, xz).

A tape has no list: what is on it is known only when all of it has passed by.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from tarfile import TarFile, TarInfo
from typing import IO, Any, cast

from documents.parsing import archives, contents, encodings, nested
from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError
from documents.parsing.notes import note
from documents.parsing.parsers.archive import files

_BLOCK, _MARK, _MARK_AT = 512, b"ustar", 257
# An archive of nothing consists of empty blocks.
_EMPTY = bytes(_BLOCK)
_PACKERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\0": lzma.open,
}
# Of so many files, one gives a sign that the work goes on.
_SIGN_EVERY = 100
_BROKEN = (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError)


class _Unpacking:
    """The bytes that come out of a packed file, as long as there are bearably many."""

    def __init__(self, source: io.BufferedReader, packed: int) -> None:
        self._source, self._packed, self._total = source, packed, 0
        self.is_broken = False

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end, or where the file breaks off."""
        data = bytearray()
        while len(data) < size and (piece := self._read_piece(size - len(data))):
            data += piece
        return bytes(data)

    def _read_piece(self, size: int) -> bytes:
        try:
            piece = self._source.read1(size)
        except _BROKEN:
            self.is_broken = True
            return b""
        self._total += len(piece)
        most = min(archives.OF_FILES.unpacked_bytes, archives.OF_FILES.ratio * self._packed)
        if self._total > max(archives.UNSUSPICIOUS_BYTES, most):
            raise ParseError("archive_too_large")
        return piece


class _Tape:
    """The files of an archive, one after the other; whether it breaks off is known at its end."""

    def __init__(self, path: Contents) -> None:
        self._path = path
        self.is_cut = False

    def walk(self) -> Iterator[tuple[TarFile, TarInfo]]:
        """Yield the files that people have packed, each to be read before the next."""
        with _unpack(self._path) as source:
            try:
                with _open(source) as tape:
                    for number, entry in enumerate(iter(tape.next, None)):
                        if number >= archives.OF_FILES.entries:
                            raise ParseError("archive_too_large")
                        if entry.isreg() and files.is_file(entry.name, entry.size):
                            yield tape, entry
            except _BROKEN:
                self.is_cut = True
            self.is_cut = self.is_cut or source.is_broken


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    with _unpack(path) as source:
        head = source.read(_BLOCK)
    if head.startswith(_MARK, _MARK_AT) or head == _EMPTY:
        yield from _read_tape(path, first)
    else:
        yield from _read_single(path, first)


def read_after_crash(path: Contents, first: int) -> Iterator[Item]:
    """Go on behind a file on which its parser has crashed."""
    yield from files.leave_out(read_pages(path, first + 1), first)


@contextmanager
def _unpack(path: Contents) -> Iterator[_Unpacking]:
    with contents.open_file(path) as file:
        packed = file.seek(0, 2)
        file.seek(0)
        head = file.read(6)
        file.seek(0)
        opened = next((each for mark, each in _PACKERS.items() if head.startswith(mark)), None)
        source = opened(file) if opened else file
        yield _Unpacking(cast("io.BufferedReader", source), packed)


def _read_single(path: Contents, first: int) -> Iterator[Item]:
    """Read a file that was packed alone, as it would be read unpacked."""
    with _unpack(path) as source:
        data = source.read(files.MAX_FILE_BYTES + 1)
    if source.is_broken and not data:
        raise ParseError("corrupt_file")
    if len(data) > files.MAX_FILE_BYTES:
        raise ParseError("too_large")
    for item in nested.read_as_document(data, first):
        yield item
        if isinstance(item, int) and source.is_broken and first == 1:
            yield note("archive_cut")


def _read_tape(path: Contents, first: int) -> Iterator[Item]:
    tape, count = _Tape(path), 0
    for count, _ in enumerate(tape.walk(), 1):
        if count % _SIGN_EVERY == 0:
            # That the work goes on.
            yield None
    if not count:
        raise ParseError("corrupt_file" if tape.is_cut else "no_text")
    kept = min(count, files.MAX_FILES)
    yield kept
    if first == 1 and count > kept:
        yield note("entries_left_out", count=count - kept)
    if first == 1 and tape.is_cut:
        yield note("archive_cut")
    for held, entry in islice(tape.walk(), first - 1, kept):
        yield from files.read_entry(_read_name(entry), entry.size, partial(_take, held, entry))


def _open(source: _Unpacking) -> TarFile:
    return tarfile.open(
        fileobj=cast("IO[bytes]", source), mode="r|", encoding="utf-8", errors="surrogateescape"
    )


def _take(tape: TarFile, entry: TarInfo) -> bytes:
    held = tape.extractfile(entry)
    return held.read() if held is not None else b""


def _read_name(entry: TarInfo) -> str:
    """Return a name, which old programs wrote in the encoding of their machine."""
    return encodings.decode(entry.name.encode("utf-8", "surrogateescape"))
