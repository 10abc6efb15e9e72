"""Addresses of pages: in one form for each page, as paths of documents, and yet to be visited."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from documents.parsing.formats import BY_SUFFIX
from documents.sources.base import Item

MAX_URL_CHARS = 1_000
HTML_TYPES = {"text/html", "application/xhtml+xml"}


@dataclass(slots=True)
class Frontier:
    """The addresses that a crawl has yet to visit, and those that it knows."""

    waiting: list[tuple[str, int]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    visited: int = 0
    # Pages that could not be read for now.
    failures: int = 0

    def add(self, url: str, depth: int, most: int) -> None:
        mark = sha256(url.encode()).hexdigest()[:16]
        if mark not in self.known and len(self.known) < most:
            self.known.add(mark)
            self.waiting.append((url, depth))

    def save(self) -> Any:
        return {
            "waiting": self.waiting,
            "known": sorted(self.known),
            "visited": self.visited,
            "failures": self.failures,
        }

    @classmethod
    def load(cls, saved: Any) -> "Frontier":
        waiting = [(str(url), int(depth)) for url, depth in saved["waiting"]]
        visited, failures = int(saved["visited"]), int(saved["failures"])
        return cls(waiting, set(saved["known"]), visited, failures)


# Endings of programs that make pages.
DYNAMIC = {".php", ".asp", ".aspx", ".jsp", ".jspx", ".do", ".cgi", ".shtml", ".xhtml"}
_SUFFIX = re.compile(r"\.[a-z][a-z0-9]{1,5}$")


def find_suffix(path: str) -> str:
    found = _SUFFIX.search(path.rpartition("/")[2].lower())
    return found[0] if found else ""


def describe(url: str, etag: str, media_type: str) -> Item:
    return Item(
        key=url,
        path=_compose_path(url, media_type),
        etag=etag,
        link=url,
        metadata={"url": url},
    )


def _compose_path(url: str, media_type: str) -> str:
    """Return the path of an address with the ending of its type, for a page without one."""
    parts = urlsplit(url)
    path = unquote(parts.path).strip("/") or "index"
    if parts.query:
        path = f"{path} {unquote(parts.query).replace('/', ' ')}"
    is_page = media_type in HTML_TYPES or not media_type
    suffix = find_suffix(path)
    if suffix in {".html", ".htm"} or (suffix in BY_SUFFIX and media_type not in HTML_TYPES):
        return path
    return f"{path}.html" if is_page else path


def normalize(url: str) -> str:
    """Return an address as it stands for all that lead to the same page."""
    parts = urlsplit(urldefrag(url).url)
    port = parts.port
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "") + (f":{port}" if port and port != usual else "")
    return parts._replace(netloc=host, path=parts.path or "/").geturl().replace(" ", "%20")


def find_base(url: str, told: str) -> str:
    """Return what a page's links are to be joined with; its own address if it tells of no other."""
    try:
        return urljoin(url, told) if len(told) <= MAX_URL_CHARS else url
    except ValueError:
        return url
