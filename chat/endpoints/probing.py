"""Asking a server for its models, and saying in a sentence what is wrong where it tells none.

Redirects are not followed: the key goes to the server that it was entered for.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx2
from django.utils.translation import gettext as _

from aiapp.http.outgoing.fetch_guard import is_of_no_server
from aiapp.llm.errors import ModelBusy, ModelRefused
from aiapp.llm.listing import MAX_BYTES, parse_models
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.transport import load_certificates, needs_proxy
from chat.endpoints.addresses import API_VERSION, list_alternatives
from chat.endpoints.presets import ANTHROPIC, PRESETS

CONNECT_SECONDS, READ_SECONDS = 3.0, 5.0
# For all other paths together.
SEARCH_SECONDS = 10.0
MAX_WORDS = 200
ANTHROPIC_VERSION = "2023-06-01"
OK, NOT_FOUND = 200, 404
NO_ACCESS = {401, 403}
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Server:
    """A server to ask: which kind it is said to be, where it is and with which key."""

    kind: str
    address: str
    key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of asking: models by their names, or what is wrong, in a sentence."""

    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    fault: str = ""
    # The address that answered, where it is not the one that was asked.
    address: str = ""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: str = ""

    @property
    def is_page(self) -> bool:
        start = self.body[:200].lstrip().lower()
        is_said = "html" in self.headers.get("content-type", "").lower()
        return is_said or start.startswith((b"<!doctype", b"<html"))


async def probe(server: Server, *, seconds: float = READ_SECONDS) -> Report:
    """Ask a server for its models; where there is nothing, at other paths of the same server."""
    async with _build_client(seconds) as client:
        reply = await _ask(client, server, server.address)
        if models := _read_models(reply):
            return Report(models)
        # Some servers answer a wrong path with success: a page, or an error in words.
        if reply.status in {OK, NOT_FOUND}:
            with suppress(TimeoutError):
                async with asyncio.timeout(SEARCH_SECONDS):
                    if found := await _search(client, server):
                        return found
    return Report(fault=_explain(server, reply))


async def _search(client: httpx2.AsyncClient, server: Server) -> Report | None:
    """Ask at other paths; None where the models are at none of them."""
    for address in list_alternatives(server.address):
        other = await _ask(client, server, address)
        if models := _read_models(other):
            return Report(models, address=address)
        if other.fault:
            break
    return None


def explain_status(server: Server, status: int, words: str = "") -> str:
    """Say what an HTTP status of a server means, and what to do."""
    host = urlsplit(server.address).hostname or ""
    if status in NO_ACCESS or _is_about_key(status, words):
        if server.key:
            return _(
                "The server refused the key. Check that it is complete, has not been revoked and"
                " may use this."
            )
        return _("The server requires a key.")
    if status == NOT_FOUND:
        return _("There is nothing at %(address)s. Most addresses end in /v1.") % {
            "address": server.address
        }
    if isinstance(interpret(status, {}, words), ModelBusy):
        return _("The server is busy or has limited this key. Try again later.")
    sentence = _("%(host)s answered with the error %(status)s.") % {"host": host, "status": status}
    shown = hide_key(server, " ".join(words.split()))[:MAX_WORDS]
    return f"{sentence} “{shown}”" if shown else sentence


def _is_about_key(status: int, words: str) -> bool:
    """Tell a refusal of the key that has another status, as Gemini's."""
    is_refusal = isinstance(interpret(status, {}, words), ModelRefused)
    return is_refusal and bool(re.search(r"api[ _-]?key", words, re.IGNORECASE))


def hide_key(server: Server, words: str) -> str:
    return words.replace(server.key, "…") if server.key else words


def _build_client(seconds: float) -> httpx2.AsyncClient:
    timeout = httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
    return httpx2.AsyncClient(timeout=timeout, follow_redirects=False, verify=load_certificates())


async def _ask(client: httpx2.AsyncClient, server: Server, address: str) -> _Reply:
    url, headers = _build_request(server, address)
    body = bytearray()
    try:
        await refuse_metadata(address)
        async with (
            asyncio.timeout(CONNECT_SECONDS + READ_SECONDS),
            client.stream("GET", url, headers=headers) as response,
        ):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    break
            return _Reply(response.status_code, response.headers, bytes(body))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
        return _Reply(fault=explain_fault(address, error))


def _build_request(server: Server, address: str) -> tuple[str, dict[str, str]]:
    if PRESETS[server.kind].vendor == ANTHROPIC:
        # The key where Anthropic's library puts it, so that both find the same.
        headers = {"Authorization": f"Bearer {server.key}", "anthropic-version": ANTHROPIC_VERSION}
        return f"{address}/v1/models?limit=1000", headers
    parts = urlsplit(address)
    url = parts._replace(path=f"{parts.path}/models").geturl()
    if API_VERSION in parts.query:
        return url, {"api-key": server.key}
    return url, {"Authorization": f"Bearer {server.key}"} if server.key else {}


def _read_models(reply: _Reply) -> dict[str, dict[str, Any]]:
    return parse_models(reply.body) if reply.status == OK and not reply.is_page else {}


def _name_target(location: str) -> str:
    try:
        target = urlsplit(location)
    except ValueError:
        return "?"
    return target.hostname or target.path or "?"


def _explain(server: Server, reply: _Reply) -> str:
    if reply.fault:
        return reply.fault
    if reply.status in range(300, 400):
        return _("The server redirects to %(host)s. Enter that address if you trust it.") % {
            "host": _name_target(reply.headers.get("location", ""))
        }
    if reply.is_page and reply.status in {OK, NOT_FOUND}:
        return _(
            "The server returned a web page: this is the address of a website, not of its API."
            " Most API addresses end in /v1."
        )
    if reply.status == OK:
        return _("The server responds but lists no models. Enter their names by hand.")
    return explain_status(server, reply.status, reply.body[:4_000].decode(errors="replace"))


def explain_fault(address: str, error: BaseException) -> str:
    """Say why there was no answer at all."""
    parts = urlsplit(address)
    host = {"host": parts.netloc}
    causes = list(_list_causes(error))
    if any(isinstance(cause, MetadataAddress) for cause in causes):
        return _("This address is not allowed.")
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return _("There is no host %(host)s. Check the address for typos.") % host
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            _(
                "%(host)s has no trusted certificate, or it speaks plain HTTP: then its address"
                " begins with http://."
            )
            % host
        )
    if any(isinstance(cause, httpx2.TimeoutException | TimeoutError) for cause in causes):
        return _("%(host)s did not answer in time. Is it reachable from this machine?") % host
    sentence = _("Nothing answers at %(host)s. Is the server running?") % host
    if parts.hostname in LOOPBACK:
        sentence += " " + _(
            "In a container, localhost is the container itself: use host.docker.internal there."
        )
    return sentence


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


class MetadataAddress(OSError):
    """A name that leads to where clouds tell machines their secrets."""


async def refuse_metadata(address: str) -> None:
    """Raises MetadataAddress for a name whose host is no place for a model, or OSError."""
    if needs_proxy(address):
        # The proxy looks the name up, and what it may reach is its operator's to say.
        return
    parts = urlsplit(address)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await loop.getaddrinfo(parts.hostname, parts.port or 443)
    except UnicodeError as error:
        raise socket.gaierror from error
    for *_rest, place in found:
        if is_of_no_server(ip_address(str(place[0]).partition("%")[0])):
            raise MetadataAddress
