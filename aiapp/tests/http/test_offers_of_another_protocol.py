"""A client that offers to go on in HTTP/2, as all of Java's do, is answered as if it had not.

Its request keeps its body: https://github.com/Kludex/uvicorn/issues/2722
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.process

# As the client of Java 21 writes it.
OFFER = (
    b"Connection: Upgrade, HTTP2-Settings\r\nHost: localhost\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nUpgrade: h2c\r\n"
    b"Content-Type: application/json\r\n"
)
POST = b"POST /api/auth/token HTTP/1.1\r\n" + OFFER
GET = b"GET /health/live HTTP/1.1\r\n" + OFFER
BODY = json.dumps({"username": "nobody", "password": "x" * 900}).encode() + b" " * 9_000
LENGTH = b"Content-Length: %d\r\n\r\n" % len(BODY)
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
LAST = b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
def connection(web: Any) -> Iterator[socket.socket]:
    address = urlsplit(web.url)
    with closing(socket.create_connection((address.hostname, address.port), timeout=30)) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield opened


def read_statuses(connection: socket.socket) -> list[int]:
    received = b"".join(iter(lambda: connection.recv(65536), b""))
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


# A name and a password that were read are nobody's (401); a body that was lost has neither (422).
@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [(POST + LENGTH + BODY, 401), (POST + CHUNKS, 401), (GET + b"\r\n", 200)],
    ids=["a body", "chunks", "no body"],
)
@pytest.mark.parametrize("size", [1, 700, 1_000_000])
def test_what_it_asked_for_is_answered_and_so_is_what_comes_next(
    connection: socket.socket, request_bytes: bytes, status: int, size: int
) -> None:
    sent = request_bytes * 2 + LAST
    for start in range(0, len(sent), size):
        connection.sendall(sent[start : start + size])
    assert read_statuses(connection) == [status, status, 404]


@pytest.mark.parametrize("offer", [b"TLS/1.0", b"websocket, h2c", b"h2c, TLS/1.2", b"h3"])
def test_other_offers_are_declined_alike(connection: socket.socket, offer: bytes) -> None:
    head = POST.replace(b"Upgrade: h2c", b"Upgrade: " + offer)
    connection.sendall(head + LENGTH + BODY + LAST)
    assert read_statuses(connection) == [401, 404]


def test_no_request_hides_behind_an_offer(connection: socket.socket) -> None:
    """A head that says its length twice is refused with an offer, too."""
    head = POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"0\r\n\r\n" + LAST)
    assert read_statuses(connection) == [400]


def test_a_tunnel_is_refused(connection: socket.socket) -> None:
    connection.sendall(b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost:443\r\n\r\n" + LAST)
    assert read_statuses(connection) == [400]
