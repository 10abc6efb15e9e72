"""A web page that a model has asked for: its text, whatever its author has made of it."""

from contextlib import suppress
from ipaddress import ip_network
from time import process_time

import pytest

from aiapp.errors import UnsupportedType
from aiapp.http.outgoing.fetch import PageUnavailable
from chat.tools import web_page
from chat.tools.base import Caller
from tests.processes import web_server

SITE = "127.0.0.4"


@pytest.fixture(scope="module")
def site():
    with web_server.running(SITE) as server:
        yield server


@pytest.fixture(autouse=True)
def switched_on(settings, site):
    settings.FETCH_PAGES = True
    settings.FETCH_PRIVATE_NETWORKS = [ip_network(SITE)]
    settings.FETCH_PORTS = [str(site.port)]


async def read(url):
    outcome = await web_page.run(Caller(user=None), web_page.Arguments(url=url))
    return outcome.text


async def test_a_page_is_read_as_markdown_without_addresses_and_scripts(site):
    page = """<title>Tide table</title><script>x()</script><h1>Tides</h1><p>High at <a
        href="/nine">nine</a>.</p><table><tr><th>day<th>hour<tr><td>Monday<td>9</table>"""
    text = await read(site.serve("/tides", page))
    assert text.startswith("# Tides\n\nHigh at nine.")
    assert "| Monday | 9 |" in text
    assert "x()" not in text


async def test_a_text_is_read_as_it_stands(site):
    url = site.serve("/a.txt", "# 조수\n<b>", Content_Type="text/plain; charset=utf-8")
    assert await read(url) == "# 조수\n<b>"


@pytest.mark.parametrize("charset", ["euc-kr", "utf-16", "no-such", "punycode", "zlib", "idna"])
async def test_a_charset_is_taken_for_what_it_is(site, charset):
    known = charset in {"euc-kr", "utf-16"}
    body = "<p>안녕하세요".encode(charset) if known else b"<p>hello-" + b"a" * 300_000
    url = site.serve(f"/{charset}", body, Content_Type=f"text/html; charset={charset}")
    started = process_time()
    text = await read(url)
    assert process_time() - started < SECONDS
    assert text.startswith("안녕하세요" if known else "hello-")


# Of this process's CPU, most of it for the fetching; the pages below took it from 10 to 100.
SECONDS = 3.0
HOSTILE = {
    "tags that do not end": "<a " * 17_000,
    "attributes": "<p " + "a=b " * 12_000,
    "quotes": "<p a='" * 9_000,
    "comments": "<!--" * 12_000,
    "declarations": "<![" * 17_000,
    "instructions": "<?" * 25_000,
    "ends": "</" * 25_000,
    "entities": "&#" * 25_000,
    "an entity": "&#" + "9" * 50_000 + ";",
    "elements in elements": "<div>" * 10_000,
    "formatting in formatting": "<b><i><p>" * 5_000,
    "tables in tables": "<table><td>" * 4_000,
    "lists in lists": "<ul><li>" * 5_000,
    "scripts": "<script>" * 6_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_a_hostile_page_is_read_or_refused_and_holds_nobody_up(site, kind):
    url = site.serve("/hostile", HOSTILE[kind] + "<p>end")
    started = process_time()
    with suppress(PageUnavailable):
        await read(url)
    assert process_time() - started < SECONDS


async def test_a_page_that_takes_too_long_is_given_up(site, monkeypatch):
    monkeypatch.setattr(web_page, "MAX_SECONDS", 1)
    with pytest.raises(PageUnavailable):
        await read(site.serve("/endless", "<div>" * 400_000 + "x" * 1_000_000))


async def test_a_pdf_is_refused(site):
    with pytest.raises(UnsupportedType):
        await read(site.serve("/a.pdf", b"%PDF-", Content_Type="application/pdf"))
