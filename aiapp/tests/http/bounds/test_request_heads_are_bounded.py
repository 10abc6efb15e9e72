"""No head, nor anything else around a body, may fill the server's memory or take its time.

Over real sockets. A flood is 64 MB of something that has no end.
"""

import base64
import os
import socket
from contextlib import closing
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

pytestmark = pytest.mark.process

MEGABYTE = 1024 * 1024
FLOOD = 64 * MEGABYTE
# Of which the kernel's buffers on both sides take some before anybody has read a byte.
MAX_TAKEN = 16 * MEGABYTE
# What the parser gathers of 64 KB is copied with each packet, which is no reason to spend more.
MAX_CPU_SECONDS = 3

CHUNKED = b"POST /api/auth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
SOCKET = (
    b"GET /ws/chat/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
    + base64.b64encode(b"0123456789abcdef")
    + b"\r\n"
)
GET = b"GET /health/live HTTP/1.1\r\nHost: a\r\n"

# What is sent first, and what is then repeated.
FLOODS = {
    "a value": (GET + b"X-Long: ", b"x" * 4096),
    "a cookie": (GET + b"Cookie: session=", b"0123456789abcdef" * 256),
    "a name": (GET, b"x" * 4096),
    "blanks before a value": (GET + b"X-Long:", b" " * 4096),
    "a folded value": (GET + b"X-Long: a\r\n", b" folded\r\n" * 400),
    "small fields": (GET, b"a:b\r\n" * 800),
    "fields without a value": (GET, b"abc:\r\n" * 600),
    "an address": (b"GET /", b"x" * 4096),
    "a query": (b"GET /health/live?", b"a=b&" * 1024),
    "a method": (b"", b"G" * 4096),
    "empty lines": (b"", b"\r\n" * 2048),
    "empty lines after a request": (GET + b"\r\n", b"\r\n" * 2048),
    "a field behind another request": (GET + b"\r\n" + GET + b"X-Long: ", b"x" * 4096),
    "the extension of a chunk": (CHUNKED + b"5;name=", b"x" * 4096),
    "extensions of a chunk": (CHUNKED + b"5", b";a=b" * 1024),
    "the size of a chunk": (CHUNKED, b"0" * 4096),
    "a trailer": (CHUNKED + b"0\r\nX-Long: ", b"x" * 4096),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n" * 600),
    "requests": (b"", (GET + b"\r\n") * 100),
    "requests to look for": (b"", b"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n" * 100),
    "the handshake of a socket": (SOCKET + b"X-Long: ", b"x" * 4096),
    "the protocols of a socket": (SOCKET + b"Sec-WebSocket-Protocol: a", b", bearer" * 500),
}


def connect(web):
    address = urlsplit(web.url)
    return closing(socket.create_connection((address.hostname, address.port), timeout=30))


def flood(connection, first, again):
    """Send until the server hangs up or the flood is over; give how much it took."""
    sent = 0
    block = again * (MEGABYTE // len(again))
    try:
        connection.sendall(first)
        while sent < FLOOD:
            connection.sendall(block)
            sent += len(block)
    except OSError:
        pass
    return sent


def all_of(connection):
    """Return all that the server says until it closes the connection."""
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionError:
        # It closed the connection on what it did not want to read.
        pass
    return received


def status_of(received):
    return int(received.split()[1])


@pytest.mark.parametrize("kind", FLOODS)
def test_what_has_no_end_is_refused_as_it_comes(web, kind):
    process = psutil.Process(web.process.pid)
    httpx2.get(web.url + "/health/live")
    memory, cpu = process.memory_info().rss, sum(process.cpu_times()[:2])
    with connect(web) as connection:
        taken = flood(connection, *FLOODS[kind])
        assert httpx2.get(web.url + "/health/live").status_code == 200
    assert taken <= MAX_TAKEN
    assert process.memory_info().rss - memory < 16 * MEGABYTE
    assert sum(process.cpu_times()[:2]) - cpu < MAX_CPU_SECONDS


@pytest.mark.parametrize("kind", ["a value", "a trailer"])
def test_a_flood_in_single_bytes_costs_no_more(web, kind):
    first, again = FLOODS[kind]
    process = psutil.Process(web.process.pid)
    cpu = sum(process.cpu_times()[:2])
    with connect(web) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(first)
        sent = 0
        try:
            while sent < 2 * 65536:
                connection.sendall(again[sent % len(again) :][:1])
                sent += 1
        except OSError:
            pass
    assert sent < 2 * 65536
    # 64 thousand packets cost something, whatever is in them.
    assert sum(process.cpu_times()[:2]) - cpu < 20


def test_many_heads_without_end_at_once_stay_out_of_memory(web):
    process = psutil.Process(web.process.pid)
    httpx2.get(web.url + "/health/live")
    memory = process.memory_info().rss
    address = urlsplit(web.url)
    open_ones = [
        socket.create_connection((address.hostname, address.port), timeout=30) for _ in range(100)
    ]
    for connection in open_ones:
        connection.sendall(GET + b"X-Long: " + b"x" * 60_000)
    assert httpx2.get(web.url + "/health/live").status_code == 200
    grown = process.memory_info().rss - memory
    for connection in open_ones:
        connection.close()
    assert grown < 32 * MEGABYTE


@pytest.mark.parametrize(
    "head",
    [
        GET + b"Cookie: " + b"x" * 60_000 + b"\r\n\r\n",
        GET + b"".join(b"X-%d: y\r\n" % number for number in range(190)) + b"\r\n",
        b"GET /health/live?" + b"x" * 60_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=["cookie", "fields", "query"],
)
def test_a_long_head_within_the_bounds_is_answered(web, head):
    with connect(web) as connection:
        connection.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert status_of(all_of(connection)) == 200


@pytest.mark.parametrize(
    "field", [b"X: " + b"x" * 70_000, b"\r\n".join(b"X-%d: y" % n for n in range(250))]
)
def test_who_sends_too_large_a_head_is_told(web, field):
    with connect(web) as connection:
        connection.sendall(GET + field + b"\r\n\r\n")
        received = all_of(connection)
    assert status_of(received) == 400
    assert b"connection: close" in received.lower()


def test_a_few_requests_at_once_are_answered_in_their_order(web):
    paths = [b"/health/live", b"/nowhere", b"/health/live", b"/nowhere"] * 5
    with connect(web) as connection:
        last = b"Connection: close\r\n"
        for number, path in enumerate(paths):
            end = last if number == len(paths) - 1 else b""
            connection.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n" % (path, end))
        received = all_of(connection)
    statuses = [
        int(line.split()[1]) for line in received.splitlines() if line.startswith(b"HTTP/1.1 ")
    ]
    assert [status == 200 for status in statuses] == [path == b"/health/live" for path in paths]


def test_chunks_of_one_byte_are_a_body_as_any(web):
    body = b'{"username": "nobody", "password": "%s"}' % (b"x" * 900)
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    head = CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with connect(web) as connection:
        connection.sendall(head.replace(b"Host: a", b"Host: localhost") + chunks)
        # The name and the password were read, and are nobody's.
        assert status_of(all_of(connection)) == 401


def test_a_trailer_is_no_field_of_the_head(web):
    """A proxy removes some fields of a head, and passes trailers on as they are."""
    head = b"POST /api/auth/token HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n"
    with connect(web) as connection:
        connection.sendall(head + b"Host: localhost\r\n\r\n0\r\nContent-Type: text/html\r\n")
        connection.sendall(b"Host: elsewhere.example\r\n\r\n")
        # Not the 400 of a host that is none of ours.
        assert status_of(all_of(connection)) == 422


def test_a_socket_may_be_opened_with_a_long_head_or_is_refused(web):
    for size, statuses in ((4_000, {403}), (20_000, {400})):
        with connect(web) as connection:
            connection.sendall(SOCKET + b"X-Long: " + b"x" * size + b"\r\n\r\n")
            assert status_of(all_of(connection)) in statuses
    with connect(web) as connection:
        connection.sendall(SOCKET + b"".join(b"X-%d: y\r\n" % n for n in range(150)) + b"\r\n")
        assert status_of(all_of(connection)) == 400


def test_a_refused_head_leaves_no_connection(web):
    process = psutil.Process(web.process.pid)
    httpx2.get(web.url + "/health/live")
    before = process.num_fds()
    for _ in range(20):
        with connect(web) as connection:
            connection.sendall(GET + os.urandom(50).hex().encode() + b": " + b"x" * 70_000)
            all_of(connection)
    assert httpx2.get(web.url + "/health/live").status_code == 200
    assert process.num_fds() <= before + 2
