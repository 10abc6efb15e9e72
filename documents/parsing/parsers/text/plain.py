"""Plain text, Markdown and source code: one page, as it is."""

from collections.abc import Iterator
from pathlib import Path

from documents.parsing.notes import Note
from documents.parsing.parsers.text import encodings


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    yield 1
    if first == 1:
        decoded = encodings.read(Path(path).read_bytes())
        yield from decoded.notes()
        yield decoded.text
