"""Clients that send slowly, or stop sending, hold no connection, no task and no file.

Over real sockets, against a server whose clocks are set short.
"""

import os
import socket
import threading
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from tests.processes.site import until

pytestmark = pytest.mark.process

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\n"
)


@pytest.fixture(scope="module")
def web(hasty):
    return hasty.programs[0]


@pytest.fixture(scope="module")
def at_rest(web):
    """The files that the server holds open for itself, before the first body."""
    until(lambda: httpx2.get(web.url + "/health/ready").status_code == 200, "the site")
    return set(nameless_files(web))


@pytest.fixture(scope="module")
def token(hasty, web):
    return hasty.client(web, "alice").headers["Authorization"].encode()


def connect(web):
    address = urlsplit(web.url)
    return closing(socket.create_connection((address.hostname, address.port), timeout=60))


def all_of(connection):
    received = b""
    try:
        while block := connection.recv(65536):
            received += block
    except ConnectionError:
        pass
    return received


def next_answer(connection):
    """Return what comes up to the end of one answer that is sent in chunks."""
    received = b""
    while not received.endswith(b"0\r\n\r\n"):
        received += connection.recv(65536)
    return received


def post(path, *fields):
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: localhost", *fields, b"", b""]
    return b"\r\n".join(lines)


def upload(token, *fields):
    kind = b"Content-Type: multipart/form-data; boundary=b"
    return post(b"/api/documents", b"Authorization: " + token, kind, *fields) + MULTIPART


@contextmanager
def trickling(connection, drop):
    """Something is sent again and again, until the server has had enough."""
    ended = threading.Event()

    def send():
        while not ended.wait(0.05):
            try:
                connection.sendall(drop)
            except OSError:
                return

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def nameless_files(web):
    """Files that the server holds open and that have no name any more, as a body has on disk."""
    folder = f"/proc/{web.process.pid}/fd"
    found = []
    for name in os.listdir(folder):
        try:
            found.append(os.readlink(f"{folder}/{name}"))
        except FileNotFoundError:
            continue
    return [path for path in found if "(deleted)" in path and "memfd" not in path]


@pytest.fixture
def open_bodies(web, at_rest):
    return lambda: set(nameless_files(web)) - at_rest


@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        (b"", b""),
        (b"G", b""),
        (b"GET /health", b"x"),
        (GET, b"X"),
        (GET + b"X-Long: ", b"x"),
        (GET, b"a: b\r\n"),
        (GET + b"\r\n" + GET, b"a: b\r\n"),
        (b"\r\n", b"\r\n"),
    ],
    ids=["nothing", "letter", "address", "name", "value", "fields", "second", "empty lines"],
)
def test_a_head_that_does_not_end_is_not_waited_for(web, begun, drop):
    with connect(web) as connection:
        connection.sendall(begun)
        with trickling(connection, drop):
            received = all_of(connection)
    whole = begun.count(b"\r\n\r\n")
    assert received.count(b"HTTP/1.1 200 ") == whole
    if begun.strip():
        assert received.split(b"HTTP/1.1 ")[-1].startswith(b"408 ")


def test_a_connection_may_be_idle_between_requests_and_not_for_ever(web):
    with connect(web) as connection:
        for _ in range(3):
            connection.sendall(GET + b"\r\n")
            assert next_answer(connection).startswith(b"HTTP/1.1 200 ")
        assert all_of(connection) == b""


def test_empty_lines_do_not_keep_a_connection(web):
    with connect(web) as connection:
        connection.sendall(GET + b"\r\n")
        assert next_answer(connection).startswith(b"HTTP/1.1 200 ")
        with trickling(connection, b"\r\n"):
            assert b" 200 " not in all_of(connection)


@pytest.mark.parametrize(
    ("fields", "drop"),
    [
        ([b"Content-Length: 1000000"], b""),
        ([b"Content-Length: 1000000"], b"x"),
        ([b"Transfer-Encoding: chunked"], b""),
        ([b"Transfer-Encoding: chunked"], b"1\r\nx\r\n"),
        ([b"Content-Length: 1000000", b"Connection: keep-alive"], b"x" * 100),
        ([b"Content-Length: 1000000", b"Expect: 100-continue"], b""),
    ],
    ids=["stopped", "trickling", "chunks stopped", "chunks", "keep-alive", "continue"],
)
@pytest.mark.parametrize("path", [b"/api/auth/token", b"/accounts/login/", b"/nowhere"])
def test_a_body_that_does_not_end_is_not_waited_for(web, path, fields, drop):
    with connect(web) as connection:
        connection.sendall(post(path, *fields))
        with trickling(connection, drop):
            received = all_of(connection)
    assert received.replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"").startswith(b"HTTP/1.1 408 ")
    assert (b"request_timeout" in received) == path.startswith(b"/api/")


def test_an_upload_that_stops_leaves_no_file_and_no_connection(web, token, open_bodies):
    httpx2.get(web.url + "/health/live")
    process = psutil.Process(web.process.pid)
    # One that has been there before has opened what stays open.
    with connect(web) as connection:
        connection.sendall(upload(token, b"Content-Length: 60000000"))
        all_of(connection)
    files, threads = process.num_fds(), process.num_threads()
    for fields in ([b"Content-Length: 60000000"], [b"Transfer-Encoding: chunked"]):
        with connect(web) as connection:
            connection.sendall(upload(token, *fields).removesuffix(MULTIPART))
            part = MULTIPART + b"x" * 4_000_000
            if b"chunked" in fields[0]:
                part = b"%x\r\n%s\r\n" % (len(part), part)
            connection.sendall(part)
            until(open_bodies, "the body on disk")
            assert all_of(connection).startswith(b"HTTP/1.1 408 ")
    until(lambda: not open_bodies(), "the end of the files")
    until(lambda: process.num_fds() <= files, "the end of the connections")
    assert process.num_threads() <= threads + 4
    assert httpx2.get(web.url + "/health/live").status_code == 200


@pytest.mark.parametrize("path", [b"/api/documents", b"/documents/upload/", b"/chat/import/"])
@pytest.mark.parametrize(
    "credential",
    [b"Cookie: session=" + b"a" * 32, b"Authorization: Bearer made.up.one", b"X-Api-Key: x"],
)
@pytest.mark.parametrize("length", [b"Content-Length: 60000000", b"Transfer-Encoding: chunked"])
def test_a_made_up_credential_puts_nothing_on_the_disk(web, open_bodies, path, credential, length):
    head = post(path, credential, length, b"Content-Type: multipart/form-data; boundary=b")
    with connect(web) as connection:
        connection.sendall(head)
        # Refused before any of the body has come.
        assert connection.recv(65536).startswith(b"HTTP/1.1 401 ")
        block = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        with suppress(OSError):
            for _ in range(20):
                connection.sendall(block)
        assert open_bodies() == set()


def test_an_upload_whose_sender_hangs_up_leaves_no_file(web, token, open_bodies):
    with connect(web) as connection:
        connection.sendall(upload(token, b"Content-Length: 60000000") + b"x" * 4_000_000)
        until(open_bodies, "the body on disk")
    until(lambda: not open_bodies(), "the end of the file")


def test_a_body_that_is_slow_and_steady_arrives(web, token):
    """In more time than a body has for nothing."""
    rest = b"x" * 400_000 + b"\r\n--b--\r\n"
    parts = [rest[start : start + 50_000] for start in range(0, len(rest), 50_000)]
    length = b"Content-Length: %d" % (len(MULTIPART) + len(rest))
    with connect(web) as connection:
        connection.sendall(upload(token, length, b"Connection: close"))
        for part in parts:
            connection.sendall(part)
            threading.Event().wait(0.1)
        assert all_of(connection).startswith(b"HTTP/1.1 202 ")


def test_however_steady_a_body_has_a_longest_time(web, token):
    with connect(web) as connection:
        connection.sendall(upload(token, b"Content-Length: 90000000"))
        with trickling(connection, b"x" * 20_000):
            assert all_of(connection).startswith(b"HTTP/1.1 408 ")
