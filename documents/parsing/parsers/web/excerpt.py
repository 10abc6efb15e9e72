"""The beginning of a web page or a text, for a model that has asked for it."""

from collections.abc import Iterator

from documents.parsing.notes import Note
from documents.parsing.parsers.text import plain
from documents.parsing.parsers.web import html

# More than any model is given of one page.
MAX_CHARS = 200_000


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    pages = html.read_pages if path.endswith(".html") else plain.read_pages
    for item in pages(path, first):
        yield item[:MAX_CHARS] if isinstance(item, str) else item
