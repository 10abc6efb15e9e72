"""A web site: the pages that its sitemap names, or those that its pages link to.

A crawl stays on the host and below the folder of its first page, goes so many links deep and to so
many pages, asks `robots.txt` first, and follows no address with a query unless it is told to:
calendars and filters have more of them than anybody has time for. What is yet to be visited is the
position, so another worker goes on with it.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from django.conf import settings
from django.utils.translation import gettext_lazy
from lxml import html
from lxml.etree import LxmlError

from documents.parsing.formats import BY_SUFFIX
from documents.sources.base import Checkpoint, Config, End, Item, Kind, Listed, Option, Writable
from documents.sources.errors import (
    CredentialRefused,
    NotThere,
    RateLimited,
    SourceError,
    SourceMisset,
)
from documents.sources.http import USER_AGENT, Client
from documents.sources.kinds.addresses import check_web_address
from documents.sources.kinds.website.pages import (
    DYNAMIC,
    HTML_TYPES,
    MAX_URL_CHARS,
    Frontier,
    describe,
    find_base,
    find_suffix,
    normalize,
)
from documents.sources.kinds.website.robots import read_rules
from documents.sources.kinds.website.sitemaps import parse_sitemap

MAX_PAGES, MAX_DEPTH = 10_000, 50
# Of a page, what links are looked for in.
MAX_READ_BYTES = 5 * 1024 * 1024
MAX_LINKS_OF_A_PAGE = 2_000
MAX_SITEMAPS = 200
# The protocol allows no more in one; each is held against all rules of robots.txt.
MAX_SITEMAP_ENTRIES = 50_000
# Between two requests; a site may ask for more, up to a bound.
PAUSE, MAX_PAUSE = 0.2, 5.0
MAX_KEPT, MAX_KEPT_BYTES = 500, 32 * 1024 * 1024
# A larger page is kept on the disk.
IN_MEMORY = 256 * 1024
# A folder that comes more often in an address is one that leads to itself.
MAX_REPEATS = 2
CHECKPOINT_EVERY = 20


@dataclass(slots=True)
class Page:
    """A page as a crawl has read it."""

    url: str
    media_type: str
    digest: str
    links: list[str] = field(default_factory=list)
    is_unwanted: bool = False


class Site:
    def __init__(self, config: Config) -> None:
        options = config.options
        self._config = config
        self._client = Client(config)
        self._start = normalize(config.address)
        parts = urlsplit(self._start)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._below = parts.path[: parts.path.rfind("/") + 1] or "/"
        self._most = min(int(options.get("pages") or 0), MAX_PAGES)
        self._deepest = min(int(options.get("depth") or 0), MAX_DEPTH)
        self._takes_queries = bool(options.get("queries"))
        self._robots: RobotFileParser | None = None
        self._pause = PAUSE
        # Pages that the crawl has read in this slice need not be asked for again.
        self._kept: dict[str, IO[bytes]] = {}
        self._kept_bytes = 0

    def list_items(self, position: Any, cursor: Any) -> Iterator[Listed]:
        robots = self._read_robots()
        if position is None and self._config.options.get("sitemap", True):
            maps = [self._start] if self._start.endswith((".xml", ".xml.gz")) else []
            count = 0
            for item in self._read_sitemaps(maps or self._find_sitemaps(robots)):
                count += 1
                yield item
            if count or maps:
                yield End()
                return
        yield from self._crawl(Frontier.load(position) if position else None)

    def fetch(self, item: Item, file: Writable) -> None:
        kept = self._kept.pop(item.key, None)
        if kept is None:
            self._client.download(item.key, file)
            time.sleep(self._pause)
            return
        with kept:
            kept.seek(0)
            while block := kept.read(64 * 1024):
                file.write(block)

    def close(self) -> None:
        for kept in self._kept.values():
            kept.close()
        self._client.close()

    # -- Robots and sitemaps

    def _read_robots(self) -> RobotFileParser:
        if self._robots is not None:
            return self._robots
        robots = RobotFileParser()
        try:
            text = self._client.read(f"{self._origin}/robots.txt")
        except NotThere:
            robots.parse([])
        except CredentialRefused:
            # Whoever guards it lets no robot in.
            robots.parse(["User-agent: *", "Disallow: /"])
        else:
            robots.parse(read_rules(text))
        wanted = robots.crawl_delay(USER_AGENT)
        self._pause = min(max(float(wanted or 0), PAUSE), MAX_PAUSE)
        self._robots = robots
        return robots

    def _find_sitemaps(self, robots: RobotFileParser) -> list[str]:
        told = robots.site_maps() or [f"{self._origin}/sitemap.xml"]
        return [url for url in told if self._is_of_site(url)][:MAX_SITEMAPS]

    def _is_of_site(self, url: str) -> bool:
        """Tell whether an address lies on the site: no file of it leads the server elsewhere."""
        return url.startswith(f"{self._origin}/")

    def _read_sitemaps(self, maps: list[str]) -> Iterator[Item]:
        """Yield the pages that sitemaps name, and those that these name in turn."""
        known, waiting = set(maps), list(maps)
        seen: set[str] = set()
        while waiting:
            for is_map, url, date in self._read_sitemap(waiting.pop(0)):
                self._config.note_life()
                if is_map:
                    is_new = url not in known and self._is_of_site(url)
                    if is_new and len(known) < MAX_SITEMAPS:
                        known.add(url)
                        waiting.append(url)
                elif len(seen) < self._most and url not in seen and self._is_inside(url):
                    seen.add(url)
                    yield describe(url, date, "")

    def _read_sitemap(self, url: str) -> Iterator[tuple[bool, str, str]]:
        """Yield whether it is a sitemap, the address and the date of each entry."""
        try:
            body = self._client.read(url)
        except NotThere:
            return
        try:
            yield from islice(parse_sitemap(body), MAX_SITEMAP_ENTRIES)
        except (ParseError, DefusedXmlException, ValueError, OSError, EOFError):
            # Many sites answer what is not there with a page; a crawl finds the rest.
            if url.startswith(self._start):
                raise SourceMisset("There is no sitemap at this address.") from None

    # -- Crawling

    def _crawl(self, frontier: Frontier | None) -> Iterator[Listed]:
        frontier = frontier or self._begin_crawl()
        while frontier.waiting:
            url, depth = frontier.waiting.pop(0)
            page = self._visit(frontier, url)
            frontier.visited += 1
            for link in page.links if page and depth < self._deepest else ():
                frontier.add(link, depth + 1, self._most)
            if page and not page.is_unwanted:
                yield describe(page.url, page.digest, page.media_type)
            if frontier.visited % CHECKPOINT_EVERY == 0:
                yield Checkpoint(frontier.save())
            time.sleep(self._pause)
        # A page that could not be read is not gone.
        yield End(is_partial=frontier.failures > 0)

    def _begin_crawl(self) -> Frontier:
        if not self._is_inside(self._start):
            raise SourceMisset("The site’s robots.txt does not let its first page be read.")
        frontier = Frontier()
        frontier.add(self._start, 0, self._most)
        return frontier

    def _visit(self, frontier: Frontier, url: str) -> Page | None:
        """Read a page; None for one that cannot be read. Raises a SourceError."""
        try:
            with self._client.open(url) as response:
                media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
                page = Page(url, media_type.lower(), "")
                body = self._keep(page, response)
        except (RateLimited, SourceMisset):
            raise
        except SourceError as error:
            # One page that fails ends no crawl, unless it is the first.
            if frontier.visited == 0:
                raise
            is_gone = isinstance(error, NotThere | CredentialRefused)
            frontier.failures += not is_gone
            return None
        if page.media_type in HTML_TYPES and body is not None:
            self._find_links(page, body)
        return page

    def _keep(self, page: Page, response: Any) -> bytes | None:
        """Keep a page for when it is fetched; return its beginning if it may hold links."""
        digest, size = sha256(), 0
        with ExitStack() as stack:
            folder = str(settings.FILE_UPLOAD_TEMP_DIR)
            file = stack.enter_context(SpooledTemporaryFile(IN_MEMORY, dir=folder))
            for block in self._client.read_blocks(response):
                size += len(block)
                if size > self._config.max_bytes:
                    # It is left out when it is fetched.
                    break
                digest.update(block)
                file.write(block)
            page.digest = digest.hexdigest()
            file.seek(0)
            body = file.read(MAX_READ_BYTES) if page.media_type in HTML_TYPES else None
            has_room = self._kept_bytes + size <= MAX_KEPT_BYTES and len(self._kept) < MAX_KEPT
            if size <= self._config.max_bytes and has_room:
                self._kept_bytes += size
                self._kept[page.url] = file
                stack.pop_all()
        return body

    def _find_links(self, page: Page, body: bytes) -> None:
        try:
            tree = html.document_fromstring(body, parser=html.HTMLParser(no_network=True))
        except (LxmlError, ValueError):
            return
        told = " ".join(tree.xpath("//meta[translate(@name,'ROBTS','robts')='robots']/@content"))
        page.is_unwanted = "noindex" in told.lower()
        if "nofollow" in told.lower():
            return
        base = find_base(page.url, next(iter(tree.xpath("//base/@href")), ""))
        for href in tree.xpath("//a[not(contains(@rel,'nofollow'))]/@href")[:MAX_LINKS_OF_A_PAGE]:
            try:
                link = normalize(urljoin(base, href.strip()))
            except ValueError:
                continue
            if self._is_inside(link):
                page.links.append(link)

    def _is_inside(self, url: str) -> bool:
        """Tell whether an address is one of the site's pages that may be read."""
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self._origin or len(url) > MAX_URL_CHARS:
            return False
        if not parts.path.startswith(self._below) or (parts.query and not self._takes_queries):
            return False
        folders = [part for part in parts.path.split("/") if part]
        if any(folders.count(part) > MAX_REPEATS for part in set(folders)):
            return False
        suffix = find_suffix(parts.path)
        if suffix and suffix not in BY_SUFFIX and suffix not in DYNAMIC:
            return False
        return self._read_robots().can_fetch(USER_AGENT, url)


def check(config: Config) -> None:
    """Raises ValidationError."""
    check_web_address(config.address)


KIND = Kind(
    name="website",
    title=gettext_lazy("Web site"),
    hint=gettext_lazy(
        "The pages below an address: those of its sitemap, or else those that its pages link to."
        " robots.txt is respected."
    ),
    open=Site,
    check=check,
    address_label=gettext_lazy("Address"),
    address_hint=gettext_lazy("Of the first page, or of a sitemap."),
    options=(
        Option(
            name="sitemap",
            label=gettext_lazy("Go by the sitemap, if there is one"),
            type="flag",
            default=True,
        ),
        Option(
            name="depth",
            label=gettext_lazy("How many links deep"),
            type="number",
            default=3,
        ),
        Option(
            name="pages",
            label=gettext_lazy("How many pages at most"),
            type="number",
            default=500,
        ),
        Option(
            name="queries",
            label=gettext_lazy("Also addresses with a query (?…)"),
            hint=gettext_lazy("Calendars and filters may have any number of them."),
            type="flag",
            default=False,
        ),
    ),
    compares_text=True,
)
