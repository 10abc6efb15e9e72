"""Web pages by their address: what is fetched, and that nothing inside of the house ever is.

`site` stands for a public server: it has a loopback address that the settings allow. `inside`
is a server that nobody may reach, and counts who tries.
"""

import asyncio
import gzip
import resource
import socket
import zlib
from ipaddress import ip_network

import pytest
from aiohttp import web

from aiapp.errors import AppError, Conflict, TooLarge, UnsupportedType
from aiapp.http.outgoing import fetch_guard
from aiapp.http.outgoing.fetch import PageUnavailable, fetch
from tests.processes import web_server

SITE, INSIDE = "127.0.0.2", "127.0.0.1"


@pytest.fixture
def site():
    with web_server.running(SITE) as server:
        yield server


@pytest.fixture
def inside():
    with web_server.running(INSIDE) as server:
        server.serve("/", "a secret of the house")
        yield server


@pytest.fixture(autouse=True)
def switched_on(settings, site, inside):
    settings.FETCH_PAGES = True
    settings.FETCH_PRIVATE_NETWORKS = [ip_network(SITE)]
    settings.FETCH_PORTS = ["80", "443", str(site.port), str(inside.port)]


async def reason(url):
    with pytest.raises(AppError) as failed:
        await fetch(url)
    return failed.value.reason


async def test_a_page_is_fetched(site):
    page = await fetch(site.serve("/about", "<p>Hello</p>"))
    assert (page.body, page.suffix, page.url) == (b"<p>Hello</p>", ".html", site.url("/about"))


async def test_nothing_is_fetched_unless_it_is_switched_on(settings, site):
    settings.FETCH_PAGES = False
    with pytest.raises(Conflict) as failed:
        await fetch(site.url())
    assert failed.value.reason == "fetching_is_off"
    assert site.hits == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://localhost.:{port}/",
        "http://127.1:{port}/",
        "http://0x7f.1:{port}/",
        "http://0x7f000001:{port}/",
        "http://2130706433:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://①②⑦.⓪.⓪.①:{port}/",
        "http://127。0。0。1:{port}/",
        "http://0.0.0.0:{port}/",
        "http://0:{port}/",
        "http://[::]:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[::127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://[2002:7f00:1::]:{port}/",
        "http://[fe80::1%25lo]:{port}/",
        "http://127.0.0.2\\@127.0.0.1:{port}/",
        "http://127.0.0.2:{site}\\@127.0.0.1:{port}/",
        "http://127.0.0.2:22#@127.0.0.1:{port}/",
        "http://127.0.0.2:{site}@127.0.0.1:{port}/",
        "http://someone@127.0.0.2:{site}/",
        "http://127.0.0.2:{site}/ \r\nHost: 127.0.0.1",
        "http://127.0.0.2:22/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://168.63.129.16/",
        "http://192.0.0.192/opc/v2/",
        "http://192.0.0.8/",
        "http://[3fff::1]/",
        "http://100.100.100.200/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://192.168.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://does-not-exist.invalid/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:{port}/_x",
        "unix:///run/x.sock",
        "data:text/html,x",
        "//127.0.0.1:{port}/",
        "127.0.0.1:{port}",
        "http://",
        "http:///",
        "http://127.0.0.1:99999/",
        "http://" + "a" * 3000,
        "http://xn--" + "a" * 1900,
        "http://xn--a-/",
        "",
    ],
)
async def test_an_address_inside_is_refused_in_every_spelling(site, inside, url):
    assert await reason(url.format(port=inside.port, site=site.port)) == "address_refused"
    assert inside.hits == []


@pytest.mark.parametrize(
    "location",
    ["http://127.0.0.1:{port}/", "//127.0.0.1:{port}/", "file:///etc/passwd", "http://[::1]/", ""],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_page_that_leads_inside_is_not_followed(site, inside, location, status):
    target = location.format(port=inside.port)
    url = site.serve("/away", status=status, Location=target)
    assert await reason(url) == "address_refused"
    assert inside.hits == []


async def test_a_page_that_has_moved_is_followed(site):
    site.serve("/a", status=302, Location="/b")
    site.serve("/b", status=307, Location="sub/c")
    site.serve("/sub/c", "found")
    page = await fetch(site.url("/a"))
    assert (page.body, page.url) == (b"found", site.url("/sub/c"))


async def test_a_page_that_leads_round_is_given_up(site):
    site.serve("/round", status=302, Location="/round")
    assert await reason(site.url("/round")) == "page_unavailable"
    assert len(site.hits) == 4


async def test_a_name_that_changes_its_address_gains_nothing(site, inside, monkeypatch):
    """The first answer is public and passes every check; the second would lead inside."""
    answers = iter([SITE, INSIDE, INSIDE])
    real = socket.getaddrinfo

    def rebinding(host, *args, **kwargs):
        return real(next(answers) if host == "rebind.example" else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    site.serve("/", status=302, Location=f"http://rebind.example:{inside.port}/")
    assert await reason(f"http://rebind.example:{site.port}/") == "address_refused"
    assert site.hits == ["/"]
    assert inside.hits == []


async def test_of_several_addresses_only_public_ones_are_connected_to(site, inside, monkeypatch):
    real = socket.getaddrinfo

    def both(host, port, *args, **kwargs):
        if host != "both.example":
            return real(host, port, *args, **kwargs)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (INSIDE, port)), (*kind, (SITE, port))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    site.serve("/", "public")
    assert (await fetch(f"http://both.example:{site.port}/")).body == b"public"
    assert await reason(f"http://both.example:{inside.port}/") == "page_unavailable"
    assert inside.hits == []


async def test_a_proxy_of_the_environment_is_not_asked(site, inside, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", inside.url())
    monkeypatch.setenv("http_proxy", inside.url())
    assert (await fetch(site.serve("/", "direct"))).body == b"direct"
    assert inside.hits == []


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
async def test_a_packed_page_is_unpacked(site, pack, request):
    coding = request.node.callspec.id
    url = site.serve("/", pack(b"unpacked"), Content_Encoding=coding)
    assert (await fetch(url)).body == b"unpacked"


async def test_a_page_that_swells_is_given_up_before_it_does(settings, site):
    settings.FETCH_MAX_BYTES = 5_000_000
    bomb = gzip.compress(bytes(300_000_000), 9)
    site.serve("/", bomb, Content_Encoding="gzip")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(TooLarge):
        await fetch(site.url())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


@pytest.mark.parametrize("announced", [True, False])
async def test_a_page_that_is_too_large_is_given_up(settings, site, announced):
    settings.FETCH_MAX_BYTES = 100_000

    async def endless(request):
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        if announced:
            response.content_length = 200_000
        await response.prepare(request)
        for _ in range(200):
            await response.write(b"x" * 1000)
        return response

    site.pages["/"] = endless
    with pytest.raises(TooLarge):
        await fetch(site.url())


async def test_bytes_behind_a_packed_page_do_not_pile_up(settings, site):
    settings.FETCH_MAX_BYTES = 100_000
    url = site.serve("/", gzip.compress(b"x") + bytes(200_000), Content_Encoding="gzip")
    with pytest.raises(TooLarge):
        await fetch(url)


@pytest.mark.parametrize("where", ["before the head", "within the body"])
async def test_a_page_that_trickles_is_given_up(settings, site, where):
    settings.FETCH_SECONDS = 0.5

    async def slow(request):
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        if where == "within the body":
            await response.prepare(request)
            for _ in range(20):
                await response.write(b"x")
                await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        return response

    site.pages["/"] = slow
    with pytest.raises(PageUnavailable, match="too long"):
        await fetch(site.url())


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content_Type": "image/png"}, UnsupportedType),
        ({"Content_Type": "application/x-sh"}, UnsupportedType),
        ({"Content_Type": 'text/html; a="' + ";" * 500}, UnsupportedType),
        ({"Content_Encoding": "br"}, PageUnavailable),
        ({"Content_Encoding": "gzip"}, PageUnavailable),
        ({"status": 404}, PageUnavailable),
        ({"status": 500}, PageUnavailable),
    ],
)
async def test_what_is_no_readable_page_is_refused(site, headers, expected):
    with pytest.raises(expected):
        await fetch(site.serve("/", "no page", **headers))


async def test_a_server_that_is_gone_is_told_apart_from_an_address_inside(site, settings):
    settings.FETCH_PORTS = ["1"]
    assert await reason(f"http://{SITE}:1/") == "page_unavailable"


async def test_what_only_the_server_said_about_the_writing_is_kept(site):
    url = site.serve(
        "/", "<p>한국어</p>".encode("euc-kr"), Content_Type="text/html; charset=euc-kr"
    )
    assert (await fetch(url)).body.decode("utf-8-sig") == "<p>한국어</p>"
    url = site.serve("/", b"<p>x</p>", Content_Type="text/html; charset=no-such")
    assert (await fetch(url)).body == b"<p>x</p>"


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", SITE])
def test_public_addresses_and_those_of_the_settings_are_allowed(address):
    assert fetch_guard.is_allowed(address)
