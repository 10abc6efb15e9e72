"""Web pages, without what is not their text, as Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter

from documents.parsing.limits import ParseError
from documents.parsing.notes import Note
from documents.parsing.parsers.text.encodings import decode

_NOT_TEXT = ["script", "style", "noscript", "template", "svg", "iframe", "object", "nav", "form"]
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w-]{2,40})", re.IGNORECASE)
_HEAD = 4096


def read_pages(path: str, first: int) -> Iterator[int | str | Note]:
    yield 1
    if first == 1:
        yield markdown(_decode(Path(path).read_bytes()))


def markdown(html: str) -> str:
    """The text of a page with its headings, lists and tables. Raises ParseError."""
    try:
        soup = BeautifulSoup(html, "lxml")
        for tag in soup(_NOT_TEXT):
            tag.decompose()
        title = soup.title.get_text(" ", strip=True) if soup.title else ""
        if soup.title:
            soup.title.decompose()
        text = _converter().convert_soup(soup).strip()
    except RecursionError as error:
        raise ParseError("corrupt_file") from error
    if title and not soup.h1:
        text = f"# {title}\n\n{text}"
    return _BLANK_LINES.sub("\n\n", text)


def _converter() -> MarkdownConverter:
    # Neither addresses nor pictures are what a passage is found by.
    return MarkdownConverter(
        heading_style="ATX",
        strip=["a", "img"],
        bullets="-",
        escape_misc=False,
        escape_asterisks=False,
        escape_underscores=False,
    )


def _decode(data: bytes) -> str:
    """As the page says of itself, if it does and that is true."""
    if declared := _CHARSET.search(data[:_HEAD]):
        try:
            return data.decode(declared[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data)
