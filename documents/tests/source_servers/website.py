"""A web site whose first page links to all others, with robots.txt and perhaps a sitemap."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.wsgi import serving

INDEX = "<!doctype html><meta name=robots content=noindex><title>Site</title>{links}"


@dataclass
class Site:
    """Pages by their path, each a status, a type and a body; `asked` tells what was asked for."""

    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def serve(self, path: str, body: str, kind: str = "text/html", status: int = 200) -> None:
        self.pages[path] = (status, kind, body.encode())

    def answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        # Cheroot gives the path decoded, as Latin-1.
        path = environ["PATH_INFO"].encode("latin-1").decode()
        query = environ.get("QUERY_STRING", "")
        self.asked.append(f"{path}?{query}" if query else path)
        status, kind, body = self.pages.get(path, (404, "text/html", b"Not here."))
        start(f"{status} Status", [("Content-Type", kind), ("Content-Length", str(len(body)))])
        return [body]


@contextmanager
def running() -> Iterator[Site]:
    site = Site()
    with serving(site.answer) as url:
        site.url = url
        yield site


@place("website")
def make_site(path: Path) -> Iterator[Place]:
    with running() as site:

        def link_all() -> None:
            paths = [each for each in site.pages if each.startswith("/site/") and each != "/site/"]
            links = "".join(f'<a href="{quote(each)}">{escape(each)}</a>' for each in paths)
            site.serve("/site/", INDEX.format(links=links))

        def write(name: str, text: str) -> None:
            site.serve(f"/site/{name}", text, "text/markdown")
            link_all()

        def remove(name: str) -> None:
            del site.pages[f"/site/{name}"]
            link_all()

        def move(name: str, to: str) -> None:
            site.pages[f"/site/{to}"] = site.pages.pop(f"/site/{name}")
            link_all()

        options = {"depth": 2, "pages": 100, "sitemap": True, "queries": False}
        fields = {"address": f"{site.url}/site/", "options": options}
        yield Place("website", fields, write, remove, move, name=lambda each: f"site/{each}")
