"""Files within files: what is attached to a letter, or lies in an archive, by their own parsers."""

import io
from collections.abc import Iterator
from pathlib import PurePath

from documents.parsing import containers
from documents.parsing.detection import (
    TEXT,
    correct_name,
    detect_type,
    is_lfs_pointer,
    sniff_text,
)
from documents.parsing.formats import BY_SUFFIX, FORMATS, Format, Item, load
from documents.parsing.limits import ParseError
from documents.parsing.notes import Note

# An archive in an archive in an archive is as far as anybody packs on purpose.
MAX_DEPTH = 3
# Of the notes of one inner file; they are told with its name.
MAX_NOTES = 5


class Nesting:
    """The depth at which a file lies in others. The parsers of one process share it."""

    depth = 0


def read(name: str, data: bytes) -> Iterator[str | Note | None]:
    """Yield a file's pages, and the notes on them. Raises ParseError.

    None is no page, but a sign that the work goes on.
    """
    for item in read_as_document(data, 1, name):
        if not isinstance(item, int):
            yield item
        yield None


def read_as_document(data: bytes, first: int, name: str = "") -> Iterator[Item]:
    """Yield what a file's parser does, the number of its pages too. Raises ParseError."""
    known = find_format(name, data)
    if Nesting.depth >= MAX_DEPTH:
        raise ParseError("archive_too_large")
    Nesting.depth += 1
    try:
        yield from load(known.parser)(data, first)
    except (MemoryError, RecursionError) as error:
        raise ParseError("too_large") from error
    finally:
        Nesting.depth -= 1


def find_format(name: str, data: bytes) -> Format:
    """The format of a file by its bytes, of texts by its name. Raises ParseError."""
    if is_lfs_pointer(io.BytesIO(data)):
        raise ParseError("unsupported_format")
    found = detect_type(io.BytesIO(data))
    if found == containers.LOCKED:
        raise ParseError("password_protected")
    if found is None:
        raise ParseError("corrupt_file")
    detected = FORMATS[found]
    named = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if detected.media_type != TEXT:
        return detected
    if named and named.family == "text":
        return FORMATS[correct_name(named.media_type, io.BytesIO(data))]
    return FORMATS[sniff_text(io.BytesIO(data)) or TEXT]
