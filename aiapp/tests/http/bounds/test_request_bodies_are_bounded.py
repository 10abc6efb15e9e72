"""No request may fill the server's memory, whatever it says about itself. Over real sockets."""

import json
import socket
import time
from contextlib import closing
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

pytestmark = pytest.mark.process

MEGABYTE = 1024 * 1024
PAGE, API, UPLOAD = "/accounts/login/", "/api/auth/token", "/api/documents"


def connect(web):
    address = urlsplit(web.url)
    return closing(socket.create_connection((address.hostname, address.port), timeout=60))


def head(path, *fields):
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", *fields, "", ""]
    return "\r\n".join(lines).encode()


def answer(connection):
    """Status and body of what comes until the server closes the connection."""
    received = b""
    while block := connection.recv(65536):
        received += block
    top, _, body = received.partition(b"\r\n\r\n")
    return int(top.split()[1]), body


def send_chunks(connection, size):
    """Send a body of unknown length; stops when the server answers or hangs up."""
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(size // 65536):
        try:
            connection.sendall(chunk)
        except OSError:
            return


def memory(web):
    return psutil.Process(web.process.pid).memory_info().rss


# Whoever is not known has no upload read at all (`test_body_limit`).
NAMED = "Authorization: Bearer whoever"


@pytest.fixture(scope="module")
def token(site_of_web):
    return site_of_web.client(site_of_web.programs[0], "alice").headers["Authorization"]


@pytest.mark.parametrize("path", [PAGE, API, UPLOAD])
def test_a_declared_length_is_refused_before_the_body_comes(web, path):
    with connect(web) as connection:
        connection.sendall(head(path, f"Content-Length: {10 * 1024 * MEGABYTE}", NAMED))
        # None of the body is ever sent.
        first = connection.recv(65536)
        assert first.startswith(b"HTTP/1.1 413 ")


def test_programs_get_json_and_people_a_page(web):
    for path, kind in ((API, "application/json"), (PAGE, "text/html; charset=utf-8")):
        response = httpx2.post(web.url + path, content=b"x" * 2 * MEGABYTE)
        assert response.status_code == 413
        assert response.headers["content-type"] == kind
    error = httpx2.post(web.url + API, content=b"x" * 2 * MEGABYTE).json()["error"]
    assert error["code"] == "too_large"
    assert error["data"] == {"limit": MEGABYTE}


@pytest.mark.parametrize("path", [PAGE, API, UPLOAD, "/chat/ask/", "/nowhere/"])
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_a_body_of_unknown_length_is_cut_off_and_memory_stays(web, token, path, known):
    httpx2.post(web.url + path, content=b"warm")
    before = memory(web)
    named = f"Authorization: {token}" if known else NAMED
    expected = 401 if path == UPLOAD and not known else 413
    with connect(web) as connection:
        connection.sendall(head(path, "Transfer-Encoding: chunked", "Connection: close", named))
        send_chunks(connection, 64 * MEGABYTE)
        try:
            status, body = answer(connection)
        except ConnectionError:
            # The server hung up on a sender who did not stop.
            status, body = expected, b""
    assert status == expected
    assert memory(web) - before < 32 * MEGABYTE
    if body and path.startswith("/api/"):
        assert (b"too_large" if status == 413 else b"not_authenticated") in body


def test_a_body_within_the_bound_is_read(web):
    response = httpx2.post(web.url + API, json={"username": "nobody", "password": "x" * 900})
    assert response.status_code == 401


def test_uploads_may_be_larger_than_other_requests(web):
    content = json.dumps({"file": "x" * 2 * MEGABYTE}).encode()
    assert httpx2.post(web.url + UPLOAD, content=content).status_code == 401
    assert httpx2.post(web.url + API, content=content).status_code == 413


def test_a_head_without_end_is_refused(web):
    with connect(web) as connection:
        fields = [f"X-Field-{number}: {'y' * 50}" for number in range(10_000)]
        try:
            connection.sendall(head(API, *fields))
            status, _ = answer(connection)
        except ConnectionError:
            status = 400
        assert status == 400
    assert httpx2.get(web.url + "/health/live").status_code == 200


def test_a_client_that_waits_for_leave_is_told_before_it_sends(web):
    with connect(web) as connection:
        fields = (f"Content-Length: {2 * MEGABYTE}", "Expect: 100-continue")
        connection.sendall(head(API, *fields))
        status, body = answer(connection)
    assert status == 413
    assert json.loads(body)["error"]["code"] == "too_large"


@pytest.mark.parametrize("field", ["X-Long: " + "x" * 100_000, "X-Bad: a\x0bb", "X-Bad: a\x00b"])
def test_an_impossible_field_of_the_head_is_refused(web, field):
    with connect(web) as connection:
        try:
            connection.sendall(head(API, field))
            status, _ = answer(connection)
        except ConnectionError:
            status = 400
    assert status == 400


def test_many_bodies_at_once_stay_out_of_memory(web):
    before = memory(web)
    connections = [
        socket.create_connection(("127.0.0.1", urlsplit(web.url).port)) for _ in "x" * 20
    ]
    for connection in connections:
        connection.sendall(head(UPLOAD, f"Content-Length: {3 * MEGABYTE}") + b"x" * 3_000_000)
    time.sleep(0.5)
    grown = memory(web) - before
    for connection in connections:
        connection.close()
    assert grown < 64 * MEGABYTE


def test_a_form_in_chunks_is_read_as_one_of_known_length(web):
    def chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nann\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nno\r\n--b--\r\n'

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    page = httpx2.get(web.url + PAGE)
    token = page.cookies["csrftoken"]

    def signing_in():
        yield (
            f'--b\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{token}\r\n'
        ).encode()
        yield from chunks()

    cookies = {"csrftoken": token}
    refused = httpx2.post(web.url + PAGE, content=signing_in(), headers=headers, cookies=cookies)
    # The form was read: its token was found in it, and its name and password are wrong.
    assert refused.status_code == 200
    assert "ann" in refused.text
