"""The opening of OLE files, with the reason of those that cannot be read."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import olefile

from documents.parsing.contents import Contents, for_library
from documents.parsing.limits import ParseError

# What libraries, and readers of records, stumble over in a damaged file.
BROKEN = (
    *(OSError, ValueError, KeyError, IndexError, struct.error, zlib.error, AttributeError),
    RecursionError,
)
# Streams in which encrypted files keep what they are.
_LOCKS = ("EncryptedSummary", "EncryptedPackage", "EncryptionInfo")


@contextmanager
def open_streams(path: Contents) -> Iterator[Any]:
    """An `OleFileIO`. Raises ParseError for a file that is damaged or locked."""
    try:
        with olefile.OleFileIO(for_library(path)) as file:
            if any(file.exists(name) for name in _LOCKS):
                raise ParseError("password_protected")
            yield file
    except BROKEN as error:
        raise ParseError("corrupt_file") from error


def read_stream(file: Any, *names: str) -> bytes:
    """Return the first of these streams that is there. Raises OSError."""
    name = next((each for each in names if file.exists(each)), names[0])
    data: bytes = file.openstream(name).read()
    return data
