"""Texts and answers of sources' servers that would hold a worker, or end every sync, do neither."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest

from documents.sources import http
from documents.sources.base import Config, Item
from documents.sources.elements import MAX_MARKUP_BYTES
from documents.sources.errors import SourceUnavailable
from documents.sources.kinds import feed, git, imap
from documents.sources.kinds.dates import read_date
from documents.sources.kinds.imap_connection import GuardedImap, read_headers
from documents.sources.kinds.s3 import Bucket
from documents.sources.kinds.webdav import WebDav
from documents.sources.kinds.website.site import Site
from documents.sources.kinds.website.sitemaps import parse_sitemap
from documents.tests.source_servers import website as websites
from documents.tests.source_servers.wsgi import serving
from tests.costs import growth, hostile_texts

TOO_LONG = "a" * (4 * MAX_MARKUP_BYTES)
# That `datetime` has no room for, in the year, the day, the hour or the zone.
NO_DATES = [
    "Mon, 01 Jan 99999999999999999999 00:00:00 +0000",
    "Mon, 99999999999 Jan 2026 00:00:00 +0000",
    "Mon, 01 Jan 2026 99999999999999999999:00:00 +0000",
    f"Mon, 01 Jan 2026 00:00:00 +{'9' * 30}",
    "Fri, 31 Dec 9999 23:59:59 -2359",
]


LOCAL = [ip_network("127.0.0.0/8")]


@pytest.fixture(autouse=True)
def near(settings) -> None:
    settings.SOURCE_PRIVATE_NETWORKS = LOCAL


@pytest.fixture
def site() -> Iterator[websites.Site]:
    with websites.running() as running:
        yield running


def crawl(site: websites.Site, **options: Any) -> list[str]:
    known = {"depth": 3, "pages": 100, "sitemap": True, "queries": False} | options
    opened = Site(Config(f"{site.url}/", options=known, max_bytes=10_000_000))
    try:
        listed = list(opened.list_items(None, None))
    finally:
        opened.close()
    return sorted(item.key.removeprefix(site.url) for item in listed if isinstance(item, Item))


# -- Texts


def test_a_tag_that_does_not_end_is_not_begun_anew_for_each_block() -> None:
    with pytest.raises(ValueError, match="without an end"):
        list(parse_sitemap(f'<urlset><url a="{TOO_LONG}"/></urlset>'.encode()))
    with pytest.raises(ValueError, match="without an end"):
        list(parse_sitemap(f"<urlset><!--{TOO_LONG}--></urlset>".encode()))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_long_texts_and_many_elements_are_read(encoding: str) -> None:
    url = "<url><loc>http://a/é</loc></url>"
    text = f'<?xml version="1.0" encoding="{encoding}"?><urlset>{url * 20_000}<x>{TOO_LONG}</x>'
    entries = list(parse_sitemap(f"{text}{url}</urlset>".encode(encoding)))
    assert (len(entries), set(entries)) == (20_001, {(False, "http://a/é", "")})


def test_what_stands_before_a_fault_is_told() -> None:
    entries = parse_sitemap(b"<urlset><url><loc>http://a/</loc></url><url></urlset>")
    assert next(entries) == (False, "http://a/", "")
    with pytest.raises(SyntaxError):
        next(entries)


def test_a_folder_of_webdav_is_no_longer_than_it_says() -> None:
    def answer(environ: Any, start: Callable[..., Any]) -> Any:
        start("207 Multi-Status", [("Content-Type", "application/xml")])
        return [f'<d:multistatus xmlns:d="DAV:" a="{TOO_LONG}"/>'.encode()]

    with serving(answer) as url:
        folder = WebDav(Config(f"{url}/"))
        with pytest.raises(SourceUnavailable, match="WebDAV"):
            list(folder.list_items(None, None))
        folder.close()


@pytest.mark.parametrize("unit", ['"', "\\", ",", "a ", "a.", "a@b,", "(", "=?utf-8?q?a?= "])
def test_senders_and_subjects_are_read_in_a_time_that_grows_with_them(unit: str) -> None:
    def read(text: str) -> object:
        return read_headers(f"From: {text}\r\nSubject: {text}\r\n\r\n".encode())

    cost = growth.measure(read, hostile_texts.Hostile("", unit).make, 0.6)
    assert not cost.fault


def test_a_sender_in_any_number_of_brackets_hides_no_subject() -> None:
    letter = f"From: {'(' * 5_000}\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n aus Wien\r\n\r\n"
    assert read_headers(letter.encode()) == ("Grüße aus Wien", "")


def test_senders_are_read_as_before() -> None:
    letter = "from: =?utf-8?b?w4Rubmk=?= <a@example.org>\r\nSubject:\r\n Grüße\r\n\r\n"
    subject, sender = read_headers(letter.encode())
    assert (subject[:2], sender) == ("Gr", "Änni <a@example.org>")
    assert read_headers(b"") == ("", "")


@pytest.mark.parametrize("told", NO_DATES)
def test_what_is_no_date_in_any_calendar_is_none(told: str) -> None:
    assert http.read_wait({"retry-after": told}) is None
    entry = f"<rss><item><title>One</title><pubDate>{told}</pubDate></item></rss>"
    (found,) = feed.parse_feed(entry.encode(), "https://example.org/")
    assert feed.read_modified(found.date) is None


def test_a_zone_that_leads_out_of_all_years_is_none() -> None:
    assert read_date("9999-12-31T23:59:59-23:59") is None
    assert read_date("0001-01-01T00:00:00+23:59") is None
    received = b'1 (UID 1 INTERNALDATE "01-Jan-0001 00:00:00 +2359" BODY[] {2}'
    assert imap.build_item("1:1", received, b"\r\n").modified is None


# -- Web sites


@pytest.mark.parametrize(
    "rule",
    [
        "Crawl-delay: ²",
        f"Crawl-delay: {'1' * 5_000}",
        f"Crawl-delay: {'1' * 400}",
        "Request-rate: ²/²",
        "Disallow: //[",
        "Allow: %2F%2F%5Ba",
    ],
)
def test_a_rule_for_robots_that_means_nothing_ends_no_sync(site: websites.Site, rule: str) -> None:
    site.serve("/", '<a href="/a.html">x</a><a href="/b.html">x</a>')
    site.serve("/a.html", "A.")
    site.serve("/b.html", "B.")
    rules = f"User-agent: other\n{rule}\nUser-agent: *\n{rule}\nDisallow: /b\n"
    site.serve("/robots.txt", rules, "text/plain")
    assert crawl(site) == ["/", "/a.html"]


def test_an_address_that_is_none_spoils_no_other(site: websites.Site) -> None:
    site.serve("/", '<base href="http://["><a href="/a.html">x</a><a href="//[">x</a>')
    site.serve("/a.html", "A.")
    assert crawl(site) == ["/", "/a.html"]
    base = f'<base href="/{"a/" * 100_000}"><a href="/a.html">x</a>'
    site.serve("/", base)
    assert crawl(site) == ["/", "/a.html"]
    named = f"<url><loc>http://[</loc></url><url><loc>{site.url}/a.html</loc></url>"
    site.serve("/sitemap.xml", f"<urlset>{named}</urlset>", "application/xml")
    assert crawl(site) == ["/a.html"]


def test_a_feed_with_a_link_that_is_none_has_its_other_entries() -> None:
    told = (
        b"<rss><item><link>http://[</link><guid>1</guid></item><item><link>/b</link></item></rss>"
    )
    links = [entry.link for entry in feed.parse_feed(told, "https://example.org/")]
    assert links == ["", "https://example.org/b"]


# -- Answers


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("302 Found\r\nLocation: http://[\r\nContent-Length: 0", b""),
        ("200 OK", b"[" * 100_000),
        (f"200 OK\r\nContent-Length: {'9' * 5_000}", b"1,"),
    ],
)
def test_an_answer_that_means_nothing_is_one_of_a_source_that_is_away(
    head: str, body: bytes
) -> None:
    with talking(lambda talk: talk.sendall(f"HTTP/1.1 {head}\r\n\r\n".encode() + body)) as port:
        client = http.Client(Config())
        with pytest.raises(SourceUnavailable):
            client.read_json(f"http://127.0.0.1:{port}/")
        client.close()


def test_a_listing_of_a_bucket_has_a_bound() -> None:
    def answer(environ: Any, start: Callable[..., Any]) -> Any:
        start("200 OK", [("Content-Type", "application/xml")])
        yield b"<ListBucketResult>"
        for _ in range(2 * http.MAX_PAGE_BYTES // 1_000_000):
            yield b" " * 1_000_000

    with serving(answer) as url:
        bucket = Bucket(Config("s3://bucket", options={"endpoint": url}))
        with pytest.raises(SourceUnavailable, match="too large"):
            list(bucket.list_items(None, None))
        bucket.close()


def test_a_repository_with_branches_without_end_is_left() -> None:
    kind = ("Content-Type", "application/x-git-upload-pack-advertisement")

    def answer(environ: Any, start: Callable[..., Any]) -> Any:
        start("200 OK", [kind])
        name = "a" * 60_000
        yield b"001e# service=git-upload-pack\n0000"
        for number in range(2 * git.MAX_REFS_BYTES // len(name)):
            line = f"{number:040x} refs/heads/{number}{name}\n".encode()
            yield f"{len(line) + 4:04x}".encode() + line
        yield b"0000"

    with serving(answer) as url:
        repository = git.Repository(Config(f"{url}/x.git"))
        with pytest.raises(SourceUnavailable, match="too large"):
            list(repository.list_items(None, None))
        repository.close()


def test_a_mail_server_that_tells_without_end_is_left() -> None:
    def tell(talk: socket.socket) -> None:
        line = b"* OK " + b"a" * 900_000 + b"\r\n"
        talk.sendall(b"* OK ready\r\n")
        while True:
            talk.sendall(line)

    with talking(tell) as port, pytest.raises(GuardedImap.abort, match="too much"):
        GuardedImap("127.0.0.1", port, 0, networks=LOCAL, is_tls=False)


def test_a_mail_server_that_says_a_byte_now_and_then_is_left() -> None:
    over = threading.Event()

    def drip(talk: socket.socket) -> None:
        talk.sendall(b"* OK ready\r\n")
        tag = talk.recv(1_000).split()[0]
        talk.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
        while not over.wait(0.05):
            talk.sendall(b"x")

    with talking(drip) as port:
        connection = GuardedImap("127.0.0.1", port, 0, networks=LOCAL, is_tls=False)
        with pytest.raises(GuardedImap.abort), connection.bounds(0.3):
            connection.noop()
        connection.shutdown()
        over.set()


@contextmanager
def talking(say: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that says something to its first client, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            talk, _ = server.accept()
            with talk:
                try:
                    say(talk)
                    talk.shutdown(socket.SHUT_WR)
                    while talk.recv(65_536):
                        pass
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()
