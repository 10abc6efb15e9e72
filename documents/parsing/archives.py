"""Archives that office formats and e-books are: looked at before anything in them is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from documents.parsing.limits import ParseError

_OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAX_ENTRIES = 2_000
MAX_UNPACKED_BYTES = 200 * 1024 * 1024
# Text compresses tenfold; what promises a hundred times its size is made to fill a memory.
MAX_RATIO = 100
# Small parts, such as a sheet of one repeated value, may well compress more.
UNSUSPICIOUS_BYTES = 1024 * 1024


@contextmanager
def open_archive(path: str) -> Iterator[ZipFile]:
    """The archive, if it is one and what it says of itself is bearable. Raises ParseError."""
    try:
        archive = ZipFile(path)
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ParseError("password_protected" if is_locked(path) else "corrupt_file") from error
    with archive:
        check(archive)
        yield archive


def is_locked(path: str) -> bool:
    """Tell whether an office document lies encrypted in a container of the format before."""
    with Path(path).open("rb") as file:
        return file.read(len(_OLE_MARK)) == _OLE_MARK


def check(archive: ZipFile) -> None:
    entries = archive.infolist()
    total = sum(entry.file_size for entry in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_UNPACKED_BYTES:
        raise ParseError("archive_too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise ParseError("password_protected")
    for entry in entries:
        packed = max(entry.compress_size, 1)
        if entry.file_size > UNSUSPICIOUS_BYTES and entry.file_size / packed > MAX_RATIO:
            raise ParseError("archive_too_large")
