"""Sitemaps, packed or not, and those that name others."""

import gzip
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from documents.sources.elements import read_elements
from documents.sources.kinds.website.pages import normalize

_GZIP = b"\x1f\x8b"


def parse_sitemap(body: bytes) -> Iterator[tuple[bool, str, str]]:
    """Yield whether it is a sitemap, the address and the date of each entry.

    Raises ParseError, DefusedXmlException, ValueError, OSError or EOFError for what is none.
    """
    if body.startswith(_GZIP):
        with TemporaryFile() as file:
            file.write(body)
            file.seek(0)
            with gzip.GzipFile(fileobj=file) as packed:
                yield from _parse_entries(_Bounded(packed))
        return
    with TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        yield from _parse_entries(file)


class _Bounded:
    """A file that ends with an error where it unpacks to far more than a sitemap may be."""

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, 100 * 1024 * 1024

    def read(self, size: int = -1) -> bytes:
        block: bytes = self._file.read(min(size, 65536) if size > 0 else 65536)
        self._left -= len(block)
        if self._left < 0:
            raise ValueError("too large")
        return block


def _parse_entries(file: Any) -> Iterator[tuple[bool, str, str]]:
    for element in read_elements(file):
        name = element.tag.rpartition("}")[2]
        if name not in {"url", "sitemap"}:
            continue
        told = {each.tag.rpartition("}")[2]: (each.text or "").strip() for each in element}
        if url := _find_address(told.get("loc", "")):
            yield name == "sitemap", url, told.get("lastmod", "")[:60]
        element.clear()


def _find_address(told: str) -> str:
    """Return the address of an entry; "" for one that can be none, beside which others are good."""
    try:
        return normalize(told) if told else ""
    except ValueError:
        return ""
