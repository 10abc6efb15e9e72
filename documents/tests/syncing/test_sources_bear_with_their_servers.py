"""Servers as they are: busy, lying, forgetful, endless, and leading elsewhere."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from documents.models import Source, SourceItem, Version
from documents.sources import controls, http
from documents.sources.base import Config
from documents.sources.errors import SourceUnavailable
from documents.sources.filters import is_wanted
from documents.sources.kinds import feed, imap
from documents.sources.registry import KINDS
from documents.sources.syncing import sync
from documents.tests.source_servers import PLACES, Place
from documents.tests.source_servers import website as websites
from documents.tests.source_servers.imap import Mail
from documents.tests.source_servers.wsgi import serving
from documents.tests.sources import content, document, item, make_source, run, titles
from documents.tests.syncing import test_every_source_keeps_the_contract as contract

pytestmark = pytest.mark.django_db(transaction=True)

assert contract.FIRST
Make = Callable[[str], tuple[Place, Source]]


@pytest.fixture
def make(settings, alice: User, storage: Path, tmp_path: Path) -> Iterator[Make]:
    """A place of a kind with two things, and a source of it."""
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8"), ip_network("::1")]
    with ExitStack() as stack:

        def call(kind: str) -> tuple[Place, Source]:
            place = stack.enter_context(PLACES[kind](tmp_path))
            place.write("a.md", "First.")
            place.write("b.md", "Second.")
            return place, make_source(alice, kind, **place.fields)

        yield call


@pytest.fixture
def site(settings, storage: Path) -> Iterator[websites.Site]:
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    with websites.running() as running:
        yield running


def crawl(alice: User, site: websites.Site, path: str = "/docs/", **options: Any) -> Source:
    known = {"depth": 3, "pages": 100, "sitemap": True, "queries": False} | options
    return make_source(alice, "website", site.url + path, options=known)


def pages(*links: str, text: str = "Text.") -> str:
    return text + "".join(f'<a href="{link}">x</a>' for link in links)


# -- Busy


def test_a_busy_source_is_left_alone_as_long_as_it_says(make: Make) -> None:
    place, source = make("notion")
    place.vendor.first.append((429, {"Retry-After": "900"}, {"code": "rate_limited"}))
    run(source)
    assert (source.state, source.error_code) == (Source.State.IDLE, "rate_limited")
    assert timedelta(minutes=14) < source.due - timezone.now() <= timedelta(minutes=15)
    run(source)
    assert titles(source) == ["a.md.md", "b.md.md"]


def test_what_google_calls_forbidden_may_be_a_limit(make: Make) -> None:
    place, source = make("google_drive")
    run(source)
    good = place.vendor.answer
    busy = 403, {"error": {"errors": [{"reason": "userRateLimitExceeded"}]}}
    place.vendor.answer = lambda request: good(request) if request.path == "/token" else busy
    run(source)
    assert (source.state, source.error_code) == (Source.State.IDLE, "rate_limited")
    lost = 403, {"error": {"errors": [{"reason": "insufficientFilePermissions"}]}}
    place.vendor.answer = lambda request: good(request) if request.path == "/token" else lost
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "credential_refused")
    assert titles(source) == ["a.md", "b.md"]


def test_each_failure_in_a_row_makes_the_pause_longer(make: Make) -> None:
    place, source = make("notion")
    pauses = []
    for _ in range(3):
        place.vendor.first.append((500, {}, {}))
        Source.objects.filter(pk=source.pk).update(due=timezone.now())
        assert sync.run(source.pk) is False
        source.refresh_from_db()
        pauses.append(source.due - timezone.now())
    assert pauses[0] < pauses[1] < pauses[2]
    run(source)
    assert (source.failures, source.error) == (0, "")


def test_one_thing_that_cannot_be_had_holds_up_no_others(make: Make) -> None:
    place, source = make("sharepoint")
    place.write("c.md", "Third.")
    good = place.vendor.answer
    place.vendor.answer = lambda request: (
        (500, {}) if request.path == "/v1.0/drives/b!1/items/item-001/content" else good(request)
    )
    run(source)
    assert titles(source) == ["b.md", "c.md"]
    assert item(source, "a.md").state == SourceItem.State.FAILED
    place.vendor.answer = good
    run(source)
    assert titles(source) == ["a.md", "b.md", "c.md"]


# -- Lying


def test_changed_content_under_the_same_tag_is_found_by_the_full_check(make: Make) -> None:
    place, source = make("sharepoint")
    run(source)
    key = place.server.find("a.md")
    place.server.texts[key] = "First, changed."
    place.server.log.append(key)
    run(source)
    assert content(document(source, "a.md")) == b"First."
    Source.objects.filter(pk=source.pk).update(checked=timezone.now() - timedelta(days=8))
    run(source)
    assert content(document(source, "a.md")) == b"First, changed."
    assert source.checked > timezone.now() - timedelta(minutes=5)


def test_other_tags_of_the_same_content_are_no_new_versions(make: Make) -> None:
    place, source = make("sharepoint")
    run(source)
    for key, found in place.server.items.items():
        found["cTag"] += "!"
        place.server.log.append(key)
    run(source)
    assert source.counts["unchanged"] == 2
    assert Version.objects.count() == 2


def test_a_change_that_is_told_is_followed_without_listing_all(make: Make) -> None:
    place, source = make("sharepoint")
    run(source)
    place.remove("a.md")
    place.write("b.md", "Second, changed.")
    run(source)
    assert source.is_partial
    assert source.counts["seen"] == 2
    assert titles(source) == ["b.md"]
    assert content(document(source, "b.md")) == b"Second, changed."


def test_a_source_that_forgot_its_place_is_listed_from_the_beginning(make: Make) -> None:
    place, source = make("sharepoint")
    run(source)
    place.server.forgotten = True
    place.remove("a.md")
    run(source)
    assert source.error_code == "position_lost"
    assert titles(source) == ["a.md", "b.md"]
    run(source)
    assert source.error == ""
    assert titles(source) == ["b.md"]


def test_a_listing_that_leads_to_another_server_is_not_followed(make: Make) -> None:
    place, source = make("sharepoint")
    good = place.vendor.answer

    def mislead(request):
        status, body = good(request)
        if "value" in body:
            body = {**body, "@odata.nextLink": "https://elsewhere.example.org/"}
        return status, body

    place.vendor.answer = mislead
    run(source)
    assert source.error_code == "source_unavailable"
    assert "another server" in source.error


def test_letters_keep_their_documents_when_the_mailbox_is_numbered_anew(make: Make) -> None:
    place, source = make("imap")
    run(source)
    before = set(source.collection.documents.values_list("pk", flat=True))
    mail: Mail = place.server
    mail.validity = 8
    mail.letters = {uid + 100: letter for uid, letter in mail.letters.items()}
    run(source)
    assert set(source.collection.documents.values_list("pk", flat=True)) == before
    assert len(titles(source)) == 2


def test_names_of_mail_folders_are_written_as_servers_have_them() -> None:
    assert imap.encode_folder("Grüße") == "Gr&APwA3w-e"
    assert imap.encode_folder("Q&A") == "Q&-A"
    assert imap.encode_folder("台北") == "&U,BTFw-"


def test_a_branch_that_has_not_moved_is_not_fetched(make: Make) -> None:
    place, source = make("git")
    run(source)
    run(source)
    assert source.is_partial
    assert source.counts["seen"] == 0
    assert titles(source) == ["a.md", "b.md"]
    place.remove("a.md")
    run(source)
    assert titles(source) == ["b.md"]


# -- Endless, and leading elsewhere


def test_a_crawl_reads_what_its_pages_link_to_and_robots_allow(
    alice: User, site: websites.Site
) -> None:
    site.serve("/robots.txt", "User-agent: *\nDisallow: /docs/private/", "text/plain")
    links = ("a.html", "b", "/docs/private/x.html", "/other/", "https://elsewhere.example.org/")
    site.serve("/docs/", pages(*links, "a.html#part", "photo.jpg2", "mailto:x@example.org"))
    site.serve("/docs/a.html", pages("b", "deep/c.html", text="Page A."))
    site.serve("/docs/b", pages("a.html", text="Page B."))
    site.serve("/docs/deep/c.html", pages(text="<meta name=robots content=noindex>Page C."))
    site.serve("/docs/private/x.html", "Secret.")
    source = crawl(alice, site)
    run(source)
    assert source.error == ""
    assert titles(source) == ["docs.html", "docs/a.html", "docs/b.html"]
    assert not any("private" in path or "other" in path for path in site.asked)
    # What the crawl has read is not asked for again.
    assert site.asked.count("/docs/a.html") == 1


def test_a_calendar_without_end_is_left_out(alice: User, site: websites.Site) -> None:
    site.serve("/docs/", pages("?month=1", "loop/", "page-0.html"))
    for n in range(40):
        site.serve(f"/docs/page-{n}.html", pages(f"page-{n + 1}.html", text=f"Page {n}."))
    loop = "loop/"
    for _ in range(6):
        site.serve(f"/docs/{loop}", pages("loop/", text="Again."))
        loop += "loop/"
    run(crawl(alice, site, depth=50, pages=10))
    assert not any("month" in path for path in site.asked)
    assert not any("loop/loop/loop" in path for path in site.asked)
    assert len(site.asked) <= 12


def test_a_page_that_fails_for_now_takes_nothing_away(alice: User, site: websites.Site) -> None:
    site.serve("/docs/", pages("a.html", "b.html"))
    site.serve("/docs/a.html", "Page A.")
    site.serve("/docs/b.html", "Page B.")
    source = crawl(alice, site)
    run(source)
    site.serve("/docs/b.html", "Oops.", status=500)
    run(source)
    assert titles(source) == ["docs.html", "docs/a.html", "docs/b.html"]
    del site.pages["/docs/b.html"]
    run(source)
    assert titles(source) == ["docs.html", "docs/a.html"]


def test_a_page_in_other_markup_is_no_new_version(alice: User, site: websites.Site) -> None:
    site.serve("/docs/", "<p>Hello.</p><script>token = 1</script>")
    source = crawl(alice, site)
    run(source)
    site.serve("/docs/", "<p>Hello.</p><script>token = 2</script>")
    run(source)
    assert Version.objects.count() == 1
    site.serve("/docs/", "<p>Hello again.</p>")
    run(source)
    assert Version.objects.count() == 2


def test_a_sitemap_names_pages_that_nothing_links_to(alice: User, site: websites.Site) -> None:
    form = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'
    urls = "".join(
        f"<url><loc>{site.url}{path}</loc><lastmod>2026-05-0{n}</lastmod></url>"
        for n, path in enumerate(("/docs/a.html", "/docs/b.html", "/elsewhere/c.html"), 1)
    )
    site.serve("/sitemap.xml", form.format(urls), "application/xml")
    site.serve("/docs/a.html", "Page A.")
    site.serve("/docs/b.html", "Page B.")
    source = crawl(alice, site)
    run(source)
    assert titles(source) == ["docs/a.html", "docs/b.html"]
    asked = len(site.asked)
    run(source)
    # By the dates, without reading a page.
    assert len(site.asked) == asked + 2


def test_a_sitemap_leads_to_no_other_server(alice: User, site: websites.Site) -> None:
    """Nor does robots.txt; what stands there may be inside, or change something when asked for."""
    form = "<sitemapindex>{}</sitemapindex>"
    with websites.running() as other:
        there = [f"{other.url}/{n}.xml" for n in ("told", "nested")]
        own = f"{site.url}/own.xml"
        named = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in (there[1], own))
        site.serve("/map.xml", form.format(named), "application/xml")
        site.serve("/robots.txt", f"Sitemap: {there[0]}\nSitemap: {site.url}/map.xml", "text/plain")
        page = f"<urlset><url><loc>{site.url}/docs/a.html</loc></url></urlset>"
        site.serve("/own.xml", page, "application/xml")
        site.serve("/docs/a.html", "Page A.")
        source = run(crawl(alice, site))
    assert titles(source) == ["docs/a.html"]
    assert other.asked == []


def test_a_sitemap_that_unfolds_without_end_is_refused(alice: User, site: websites.Site) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><urlset><url>&b;</url></urlset>'
    site.serve("/docs/map.xml", bomb, "application/xml")
    source = crawl(alice, site, "/docs/map.xml")
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "source_misset")


@pytest.mark.parametrize("name", ["Authorization", "authorization", "Cookie", "X-Api-Key"])
def test_a_redirect_takes_no_credential_to_another_server(
    alice: User, site: websites.Site, settings, storage, name: str
) -> None:
    seen: list[str] = []

    def elsewhere(environ, start):
        seen.append(environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))
        start("200 OK", [("Content-Length", "0")])
        return [b""]

    with serving(elsewhere) as target:

        def redirect(environ, start):
            start("302 Found", [("Location", f"{target}/x"), ("Content-Length", "0")])
            return [b""]

        with serving(redirect) as url:
            client = http.Client(Config(), {name: "Basic c2VjcmV0"})
            client.read(f"{url}/x")
            with pytest.raises(SourceUnavailable):
                client.read(f"{url}/token", "POST", body=b"client_secret=c2VjcmV0")
            client.close()
    assert seen == [""]


@pytest.mark.parametrize("own", ["127.0.0.1", "127.0.0.2"])
def test_a_source_outside_leads_nowhere_inside(settings, own: str) -> None:
    """By a redirect, or by a link in what it lists."""
    settings.FETCH_PRIVATE_NETWORKS = [ip_network("127.0.0.1")]
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.2")]
    seen: list[str] = []

    def inside(environ, start):
        seen.append(environ["PATH_INFO"])
        start("200 OK", [])
        return [b"secret"]

    with serving(inside, "127.0.0.2") as secret:

        def redirect(environ, start):
            start("302 Found", [("Location", f"{secret}/redirected")])
            return [b""]

        with serving(redirect, own) as url:
            client = http.Client(Config(address=f"{url}/feed"))
            for asked in (f"{url}/feed", f"{secret}/linked"):
                with suppress(SourceUnavailable):
                    assert client.read(asked) == b"secret"
            client.close()
    assert seen == ([] if own == "127.0.0.1" else ["/redirected", "/linked"])


@pytest.mark.parametrize("kind", ["feed", "website", "webdav", "git", "imap"])
def test_a_name_that_leads_inside_later_on_is_followed_by_a_persons_word_alone(
    settings, alice: User, storage: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    settings.FETCH_PRIVATE_NETWORKS = [ip_network("127.0.0.1")]
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.2")]
    leads_to, look_up = "127.0.0.1", socket.getaddrinfo

    def resolve(host: str, *args: Any, **options: Any) -> Any:
        return look_up(leads_to if host == "moving.example" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with socket.create_server(("127.0.0.2", 0)) as inside:
        inside.setblocking(False)
        port = inside.getsockname()[1]
        scheme = "imaps" if kind == "imap" else "http"
        source = run(make_source(alice, kind, f"{scheme}://moving.example:{port}/x"))
        assert (source.error_code, source.is_inside) == ("source_unavailable", False)
        leads_to = "127.0.0.2"
        run(source)
        assert (source.state, source.error_code) == (Source.State.STOPPED, "moved_inside")
        with pytest.raises(BlockingIOError):
            inside.accept()
        # To run it again says nothing of that, to resume it does.
        assert run(source).error_code == "moved_inside"
        controls.resume(source)
        source.refresh_from_db()
        assert (source.state, source.is_inside) == (Source.State.IDLE, None)


@pytest.mark.parametrize("fault", ["outside", "unwanted"])
def test_a_password_of_a_mailbox_is_told_to_nobody_in_between(
    make: Make, settings, fault: str
) -> None:
    """Without encryption it is sent within the operator's networks alone, and where it may be."""
    place, source = make("imap")
    run(source)
    assert titles(source) != []
    place.server.told.clear()
    if fault == "outside":
        settings.FETCH_PRIVATE_NETWORKS = [ip_network("127.0.0.1")]
    else:
        place.server.capabilities += " LOGINDISABLED"
    run(source)
    assert (source.state, source.error_code) == (Source.State.STOPPED, "source_misset")
    assert "encryption" in source.error
    assert place.server.told == []


def test_a_server_that_says_a_byte_now_and_then_is_left(settings) -> None:
    settings.SOURCE_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            talk, _ = server.accept()
            with talk:
                talk.recv(1000)
                talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not over.wait(0.05):
                    try:
                        talk.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        client = http.Client(Config())
        began = monotonic()
        with pytest.raises(SourceUnavailable):
            client.read(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.5)
        assert monotonic() - began < 30
        client.close()
        over.set()
        thread.join()


def test_a_feed_is_read_as_people_write_them() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>
      <title>One &amp; more</title>
      <link rel="self" href="/self"/><link href="/one"/><updated>2026-05-04T10:00:00Z</updated>
      <author><name>Anna</name></author><content type="html">&lt;p&gt;Hi&lt;/p&gt;</content>
      </entry></feed>"""
    (entry,) = feed.parse_feed(atom, "https://example.org/feed")
    assert (entry.key, entry.title, entry.author) == ("1", "One & more", "Anna")
    assert (entry.link, entry.text) == ("https://example.org/one", "<p>Hi</p>")
    # Not well formed, as many are.
    broken = b"<rss><channel><item><title>A & B</title><link>javascript:x</link></item></channel>"
    (entry,) = feed.parse_feed(broken, "https://example.org/feed")
    assert entry.link == ""
    for other in (b"", b"<html><body>No feed.</body></html>", b"\x00\x01"):
        with pytest.raises(SourceUnavailable):
            list(feed.parse_feed(other, "https://example.org/feed"))


# -- As they are entered


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("webdav", "ftp://example.org/"),
        ("webdav", "https://anna:secret@example.org/"),
        ("website", "javascript:alert(1)"),
        ("git", "file:///etc"),
        ("git", "ssh://git@example.org/x"),
        ("imap", "https://mail.example.org"),
        ("imap", "imaps://anna:x@mail.example.org"),
        ("s3", "https://bucket"),
        ("feed", "https://"),
        ("confluence", "wiki"),
    ],
)
def test_addresses_that_lead_nowhere_are_refused(kind: str, address: str) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].check(Config(address=address, username="a", credential="b"))


@pytest.mark.parametrize(
    ("pattern", "wanted", "unwanted"),
    [
        ("*.pdf", ["a.pdf", "x/y/A.PDF"], ["a.pdf.txt"]),
        ("reports/**", ["reports/a", "reports/x/y"], ["reports2/a", "x/reports/a"]),
        ("reports/*.md", ["reports/a.md"], ["reports/x/a.md"]),
        ("**/drafts/**", ["drafts/a", "x/drafts/y/a"], ["draft/a"]),
        ("drafts/", ["drafts/a", "x/drafts/a"], ["a/drafts"]),
        ("node_modules", ["x/node_modules/y"], ["x/my_node_modules/y"]),
    ],
)
def test_patterns_fit_what_people_mean(
    pattern: str, wanted: list[str], unwanted: list[str]
) -> None:
    assert all(is_wanted(path, [pattern], []) for path in wanted)
    assert not any(is_wanted(path, [pattern], []) for path in unwanted)
    assert all(is_wanted(path, [], [pattern]) for path in unwanted)


def test_names_that_no_database_stores_are_mended(make: Make) -> None:
    place, source = make("notion")
    place.write("nul\x00 and \ud800.md", "Third.")
    run(source)
    assert source.error == ""
    assert titles(source) == ["a.md.md", "b.md.md", "nul and ?.md.md"]


def test_a_server_that_closes_every_connection_uses_none_up(site: websites.Site) -> None:
    site.serve("/x", "x")
    client = http.Client(Config(), {"Connection": "close"})
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(100):
        assert client.read(f"{site.url}/x") == b"x"
    assert len(os.listdir("/proc/self/fd")) - before < 60
    client.close()
