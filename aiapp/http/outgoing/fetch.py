"""Fetch a web page that somebody named, and nothing that is not for everybody to see.

Off unless FETCH_PAGES is set. Time, size before and after unpacking, redirects and types are
bounded; `aiapp.http.outgoing.fetch_guard` decides where a connection may go.
"""

import asyncio
import codecs
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from yarl import URL

from aiapp.concurrency.late import LateModule
from aiapp.errors import AppError, Conflict, TooLarge, UnsupportedType
from aiapp.http.outgoing.fetch_guard import (
    AddressRefused,
    check_url,
    make_refusal,
    open_guarded_socket,
)

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = LateModule("aiohttp")

MAX_REDIRECTS = 3
BLOCK = 64 * 1024
MAX_TYPE_CHARS = 500
# The kinds of page that are taken, and the ending that stands for each.
SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}
_REDIRECTS = {301, 302, 303, 307, 308}
_OK = 200
# Codecs of Python that no page is written in; some take time that grows with the square.
_NO_CHARSETS = {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"}
# 32 lets zlib tell gzip from zlib's own form by its header.
_WINDOW_BITS = {"gzip": 32 + zlib.MAX_WBITS, "deflate": 32 + zlib.MAX_WBITS, "": 0, "identity": 0}


class PageUnavailable(AppError):
    code = "page_unavailable"
    status = 422
    message = "The page could not be fetched. Check its address, or try again later."
    retryable = True


@dataclass(frozen=True, slots=True)
class Page:
    """`url` is where it was found in the end, `suffix` the ending for a file of its type."""

    url: str
    suffix: str
    body: bytes


async def fetch(address: str) -> Page:
    """The page at an address. Raises Conflict while fetching is off, InvalidInput for addresses
    that are refused, PageUnavailable, TooLarge or UnsupportedType.
    """
    if not settings.FETCH_PAGES:
        raise Conflict("Fetching web pages is switched off here.", code="fetching_is_off")
    return await fetch_found(address)


async def fetch_found(address: str) -> Page:
    """The page at an address that nobody here named but a search engine, which has its own switch.

    Raises as `fetch` does.
    """
    url = check_url(address)
    try:
        async with asyncio.timeout(settings.FETCH_SECONDS), _session() as session:
            for _ in range(MAX_REDIRECTS + 1):
                found = await _step(session, url)
                if isinstance(found, Page):
                    return found
                url = found
    except TimeoutError as error:
        raise PageUnavailable("The page took too long to answer.") from error
    except aiohttp.InvalidURL as error:
        raise make_refusal() from error
    except aiohttp.ClientConnectorError as error:
        raise _translate_error(error) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise PageUnavailable from error
    raise PageUnavailable("The page redirects too many times.")


def _translate_error(error: "aiohttp.ClientConnectorError") -> AppError:
    hidden = isinstance(error, aiohttp.ClientConnectorDNSError) or isinstance(
        error.os_error, AddressRefused
    )
    return make_refusal() if hidden else PageUnavailable()


@asynccontextmanager
async def _session() -> AsyncIterator["aiohttp.ClientSession"]:
    """Without cookies, proxies of the environment, or anything kept from the last fetch."""
    connector = aiohttp.TCPConnector(
        socket_factory=open_guarded_socket, use_dns_cache=False, force_close=True, limit=1
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={
            "User-Agent": "aiapp (fetches a page that a person named)",
            "Accept": ", ".join(SUFFIXES),
            "Accept-Encoding": "gzip, deflate",
        },
    ) as session:
        yield session


async def _step(session: "aiohttp.ClientSession", url: URL) -> Page | URL:
    """The page, or where it says that it is."""
    async with session.get(url, allow_redirects=False) as response:
        if response.status in _REDIRECTS:
            return _next(url, response.headers.get("Location", ""))
        if response.status != _OK:
            raise PageUnavailable(f"The page's server answered with status {response.status}.")
        # To read a long one takes the square of its length.
        is_type = len(response.headers.get("Content-Type", "")) <= MAX_TYPE_CHARS
        suffix = SUFFIXES.get(response.content_type) if is_type else None
        if suffix is None:
            raise UnsupportedType("Only web pages, texts and PDF files can be fetched.")
        body = await _body(response)
        charset = response.charset or ""
    if suffix != ".pdf" and charset:
        body = await asyncio.to_thread(_mark, body, charset)
    return Page(str(url), suffix, body)


def _next(url: URL, location: str) -> URL:
    try:
        target = str(url.join(URL(location)))
    except ValueError as error:
        raise make_refusal() from error
    # Checked as strictly as the first address was.
    return check_url(target if location else "")


async def _body(response: "aiohttp.ClientResponse") -> bytes:
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    if coding not in _WINDOW_BITS:
        raise PageUnavailable("The page is compressed in a way that cannot be read.")
    if (response.content_length or 0) > settings.FETCH_MAX_BYTES:
        raise _too_large()
    unpack = zlib.decompressobj(_WINDOW_BITS[coding]) if _WINDOW_BITS[coding] else None
    body = bytearray()
    received = 0
    try:
        async for block in response.content.iter_chunked(BLOCK):
            received += len(block)
            left = settings.FETCH_MAX_BYTES - len(body)
            # One byte more than is allowed is enough to know; the rest stays packed.
            body += unpack.decompress(block, left + 1) if unpack else block
            if max(len(body), received) > settings.FETCH_MAX_BYTES:
                raise _too_large()
    except zlib.error as error:
        raise PageUnavailable from error
    return bytes(body)


def _too_large() -> TooLarge:
    megabytes = settings.FETCH_MAX_BYTES // (1024 * 1024)
    return TooLarge(f"The page is larger than {megabytes} MB.", max_bytes=settings.FETCH_MAX_BYTES)


def _mark(body: bytes, charset: str) -> bytes:
    """The text in UTF-8 with its mark, where only the server said what it is written in.

    Piece by piece, since a codec does not let others run before it is done.
    """
    marked = bytearray(codecs.BOM_UTF8)
    try:
        # Refuses codecs that are not of text, which would unpack whatever they are given.
        bytes(4).decode(charset)
        if codecs.lookup(charset).name in _NO_CHARSETS:
            return body
        decoder = codecs.getincrementaldecoder(charset)()
        for at in range(0, len(body), BLOCK):
            marked += decoder.decode(body[at : at + BLOCK]).encode()
        marked += decoder.decode(b"", final=True).encode()
    except (LookupError, ValueError):
        return body
    return bytes(marked)
