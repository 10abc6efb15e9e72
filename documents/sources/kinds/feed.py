"""A feed, RSS or Atom: each entry's page, or the text that the feed itself holds.

A feed is a window: what has left it is still there, so nothing is ever removed for that. It is read
by lxml, which mends what is not well formed and takes a time linear to its length.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import urljoin

from django.utils.translation import gettext_lazy
from lxml import etree

from aiapp.text.mail_dates import read_mail_date
from documents.sources.base import Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import ItemGone, SourceUnavailable
from documents.sources.http import Client
from documents.sources.kinds.addresses import check_web_address
from documents.sources.kinds.dates import read_date

MAX_ENTRIES = 5_000
MAX_TITLE_CHARS = 150
_TEXTS = ("encoded", "content", "description", "summary")
_DATES = ("updated", "modified", "pubDate", "published", "date")


@dataclass(frozen=True, slots=True)
class Entry:
    key: str
    title: str
    link: str
    author: str
    date: str
    text: str


class Feed:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._client = Client(config)
        self._entries: dict[str, Entry] | None = None

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        for entry in self._read().values():
            yield self._describe(entry)
        yield End(is_partial=True)

    def fetch(self, item: Item, file: Writable) -> None:
        if self._takes_pages and item.link:
            self._client.download(item.link, file)
            return
        entry = self._read().get(item.key)
        if entry is None:
            raise ItemGone
        title = escape(entry.title)
        page = f"<!doctype html><meta charset=utf-8><title>{title}</title>{entry.text}"
        file.write(page.encode())

    def close(self) -> None:
        self._client.close()

    @property
    def _takes_pages(self) -> bool:
        return bool(self._config.options.get("pages"))

    def _read(self) -> dict[str, Entry]:
        if self._entries is None:
            body = self._client.read(self._config.address)
            entries = parse_feed(body, self._config.address)
            self._entries = {entry.key: entry for entry in entries}
        return self._entries

    def _describe(self, entry: Entry) -> Item:
        name = entry.title[:MAX_TITLE_CHARS].replace("/", " ").strip() or "entry"
        told = {"author": entry.author, "date": entry.date, "url": entry.link}
        return Item(
            key=entry.key,
            path=f"{name}.html",
            etag=sha256("\n".join((entry.date, entry.title, entry.text)).encode()).hexdigest(),
            modified=read_modified(entry.date),
            link=entry.link,
            metadata={name: value for name, value in told.items() if value},
        )


def parse_feed(body: bytes, address: str) -> Iterator[Entry]:
    """Yield the entries of a feed. Raises SourceUnavailable for what is none."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None or _name(root).lower() not in {"rss", "rdf", "feed"}:
        raise SourceUnavailable("There is no feed at this address.")
    found = [each for each in root.iter() if _name(each) in {"item", "entry"}]
    for element in found[:MAX_ENTRIES]:
        yield _read_entry(element, address)


def _read_entry(element: Any, address: str) -> Entry:
    told: dict[str, str] = {}
    for each in element:
        told.setdefault(_name(each), _read_text(each))
    link = _join(address, _find_link(element, told))
    text = next((told[name] for name in _TEXTS if told.get(name)), "")
    return Entry(
        key=told.get("guid") or told.get("id") or link or sha256(text.encode()).hexdigest(),
        title=" ".join(told.get("title", "").split()),
        link=link if link.startswith(("https://", "http://")) else "",
        author=" ".join((told.get("creator") or told.get("author") or "").split())[:200],
        date=next((told[name] for name in _DATES if told.get(name)), ""),
        text=text,
    )


def _join(address: str, link: str) -> str:
    """Return a link as a whole address; "" for one that can be none."""
    try:
        return urljoin(address, link)
    except ValueError:
        return ""


def _find_link(element: Any, told: dict[str, str]) -> str:
    """Return the link of an RSS entry's text, or of an Atom entry's attribute."""
    for each in element:
        if _name(each) == "link" and each.get("href") and each.get("rel", "alternate") in _ITSELF:
            return str(each.get("href"))
    return told.get("link", "").strip()


_ITSELF = {"alternate", ""}


def _read_text(element: Any) -> str:
    """Return an element's text; of XHTML inside of it, the markup."""
    if len(element) and element.get("type") == "xhtml":
        return "".join(etree.tostring(each, encoding="unicode") for each in element)
    return "".join(element.itertext()).strip()


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def read_modified(text: str) -> datetime | None:
    """Return when an entry was written, taken for a time in UTC where no zone is told."""
    return read_mail_date(text) or read_date(text, usual=UTC)


def check(config: Config) -> None:
    """Raises ValidationError."""
    check_web_address(config.address)


KIND = Kind(
    name="feed",
    title=gettext_lazy("Feed (RSS, Atom)"),
    hint=gettext_lazy("The entries of a feed. What leaves the feed stays here."),
    open=Feed,
    check=check,
    address_label=gettext_lazy("Address of the feed"),
    options=(
        Option(
            name="pages",
            label=gettext_lazy("Fetch the page of each entry"),
            hint=gettext_lazy("Otherwise the text in the feed is taken."),
            type="flag",
            default=False,
        ),
    ),
    compares_text=True,
)
