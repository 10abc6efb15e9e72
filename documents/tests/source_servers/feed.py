"""A feed with the newest entries."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from documents.tests.source_servers import Place, place
from documents.tests.source_servers.website import running

FEED = '<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'
ITEM = "<item><guid>{name}</guid><title>{name}</title><description>{text}</description></item>"


@place("feed")
def make_feed(path: Path) -> Iterator[Place]:
    entries: dict[str, str] = {}
    with running() as site:

        def show() -> None:
            items = [
                ITEM.format(name=escape(name), text=escape(f"<p>{escape(text)}</p>"))
                for name, text in entries.items()
            ]
            site.serve("/feed.xml", FEED.format(items="".join(items)), "application/rss+xml")

        def write(name: str, text: str) -> None:
            entries[name] = text
            show()

        def remove(name: str) -> None:
            del entries[name]
            show()

        show()
        yield Place(
            "feed",
            {"address": f"{site.url}/feed.xml", "options": {"pages": False}},
            write,
            remove,
            None,
            name=lambda each: f"{each.replace('/', ' ')}.html",
            is_window=True,
        )
