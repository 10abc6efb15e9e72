"""Requests beyond Django's: bodies without a length, forms read off the event loop, ways back."""

import asyncio
import re
from ipaddress import IPv6Address, ip_address, ip_network
from typing import IO, Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from aiapp.concurrency.crew import Client

# Whoever has one IPv6 address usually has the 2^64 around it.
IPV6_PREFIX = 64
_WITH_PORT = re.compile(
    r"(?P<v4>\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}|\[(?P<v6>[0-9A-Fa-f:.]{2,45})\](?::\d{1,5})?"
)
FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}


class SizedRequest(ASGIRequest):
    """Django takes a form of unknown length for an empty one, and clients such as OpenAI's for
    JavaScript send their files so. The body has been collected by now; `aiapp.body_limit`
    bounds it.
    """

    def __init__(self, scope: Any, body_file: IO[bytes]) -> None:
        super().__init__(scope, body_file)
        if "CONTENT_LENGTH" not in self.META:
            self.META["CONTENT_LENGTH"] = str(body_file.seek(0, 2))
            body_file.seek(0)


async def load_form(request: HttpRequest) -> None:
    """Read a request's form and files on a thread, where it has any.

    Otherwise they are read where they are first asked for, which for an operation of the API is
    the event loop. Raises what Django raises for a form that is broken or has too many fields.
    """
    if request.method == "POST" and request.content_type in FORMS:
        await asyncio.to_thread(getattr, request, "POST")


def find_address(request: HttpRequest) -> str:
    """Return the address that the outermost proxy of ours saw.

    Each proxy appends the address it was called from, so the client's own is as many entries
    from the right as there are proxies of ours; what stands before was written by the client.
    """
    peer: str = request.META.get("REMOTE_ADDR") or "unknown"
    if not settings.TRUSTED_PROXIES:
        return peer
    forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    place = len(forwarded) - settings.TRUSTED_PROXIES
    return _remove_port(forwarded[place]) if place >= 0 and forwarded[place] else peer


def _remove_port(address: str) -> str:
    """Return an address as it is without a port, which some proxies write behind it.

    Each connection has another one, so a client would have as many addresses as it likes.
    """
    found = _WITH_PORT.fullmatch(address)
    return (found["v4"] or found["v6"]) if found else address


def find_network(address: str) -> str:
    """Return what belongs to whoever has an address: itself, or the network around it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped:
        return str(ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)


def find_client(request: HttpRequest) -> Client:
    """Return whose turn a request takes: its address, and what it shows of who asks, unchecked."""
    shown = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return Client(
        find_network(find_address(request)), shown or request.headers.get("Authorization", "")
    )


def read_next(request: HttpRequest) -> str:
    """Return the page where a form was, if it names one of ours; "" if not.

    A path or a whole address: anything else would be taken for the name of a view.
    """
    url = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, request.is_secure())
    return url if ours and url.startswith(("/", "http://", "https://")) else ""
