"""Archives that office formats and e-books are: looked at before anything in them is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

from documents.parsing.contents import Contents, for_library, open_file
from documents.parsing.limits import ParseError

_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MB = 1024 * 1024


class Bounds(NamedTuple):
    """The most that an archive may promise."""

    entries: int
    unpacked_bytes: int
    # Text compresses tenfold; what promises a hundred times its size is made to fill a memory.
    ratio: int


# The parts of one document are held in memory, the files of an archive one after the other.
OF_DOCUMENT = Bounds(2_000, 200 * MB, 100)
OF_FILES = Bounds(10_000, 4_096 * MB, 1_000)
# Small parts, such as a sheet of one repeated value, may well compress more.
UNSUSPICIOUS_BYTES = 1024 * 1024


@contextmanager
def open_archive(contents: Contents, most: Bounds = OF_DOCUMENT) -> Iterator[ZipFile]:
    """The archive, if it is one and what it says of itself is bearable. Raises ParseError."""
    try:
        archive = ZipFile(for_library(contents))
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ParseError("password_protected" if is_locked(contents) else "corrupt_file") from error
    with archive:
        check(archive, most)
        yield archive


def is_locked(contents: Contents) -> bool:
    """Tell whether an office document lies encrypted in a container of the format before."""
    with open_file(contents) as file:
        return file.read(len(_OLE_MARK)) == _OLE_MARK


def check(archive: ZipFile, most: Bounds) -> None:
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > most.entries or total > most.unpacked_bytes:
        raise ParseError("archive_too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ParseError("password_protected")
    for entry in entries:
        packed = max(entry.compress_size, 1)
        if entry.file_size > UNSUSPICIOUS_BYTES and entry.file_size / packed > most.ratio:
            raise ParseError("archive_too_large")
