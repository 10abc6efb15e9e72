"""The files that parsers are given: by a path, or as the bytes of one that lay in another."""

import io
from pathlib import Path
from typing import IO

Contents = str | bytes


def read(contents: Contents) -> bytes:
    return contents if isinstance(contents, bytes) else Path(contents).read_bytes()


def open_file(contents: Contents) -> IO[bytes]:
    """A file to be closed by whoever has opened it."""
    return io.BytesIO(contents) if isinstance(contents, bytes) else Path(contents).open("rb")


def for_library(contents: Contents) -> str | IO[bytes]:
    """A path, or an open file, of which many libraries take either."""
    return io.BytesIO(contents) if isinstance(contents, bytes) else contents
