"""Plain text, Markdown and source code: one page, as it is."""

from collections.abc import Iterator

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        yield decoded.text
