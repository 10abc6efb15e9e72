"""The beginning of a web page or a text, for a model that has asked for it."""

from collections.abc import Iterator

from documents.parsing.contents import Contents
from documents.parsing.formats import Item
from documents.parsing.parsers.text import plain
from documents.parsing.parsers.web import html

# More than any model is given of one page.
MAX_CHARS = 200_000


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    pages = html.read_pages if str(path).endswith(".html") else plain.read_pages
    for item in pages(path, first):
        yield item[:MAX_CHARS] if isinstance(item, str) else item
