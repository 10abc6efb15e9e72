"""Bodies of requests are bounded, and files of strangers refused, before anything is read."""

import asyncio
import base64
import errno
import json
from itertools import product
from typing import Any

import pytest
from django.test import Client

from accounts.credentials import keys, tokens
from accounts.models import User
from aiapp.body_limit import MAX_UNKNOWN_BYTES, BodyLimit
from aiapp.db import in_db
from aiapp.http.bodies import FRAME_BYTES, QUESTIONS_BYTES

MB = 1024 * 1024
# The same in each of the processes that run the tests.
DOCUMENT = "01a20a68-2648-7e71-a1cc-5620a6920a2c"
UPLOADS = [
    "/documents/upload/",
    f"/documents/{DOCUMENT}/versions/",
    "/api/documents",
    f"/api/documents/{DOCUMENT}/versions",
    "/api/audio/transcriptions",
    "/api/conversations/import",
    "/chat/import/",
]
OTHER_FILES = ["/v1/audio/transcriptions", "/api/attachments", "/api/images/analyze"]


def messages_of(body: bytes, *, stalls: bool) -> list[dict[str, Any]]:
    """A body as a server hands it on; one that stalls has an end that does not come."""
    parts = [body[start : start + 16 * 1024] for start in range(0, len(body), 16 * 1024)]
    found = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    found[-1]["more_body"] = stalls
    return found


async def send_request(
    path: str,
    length: int | None,
    headers: dict[str, str] | None = None,
    body: bytes = b"x",
    method: str = "POST",
    *,
    stalls: bool = False,
) -> tuple[int, list[str]]:
    """The status of the answer, and what was asked of the body or the application before it.

    The application reads a body as Django does: to its end, and nothing is said if it breaks off.
    """
    done: list[str] = []
    status = 0
    left = messages_of(body, stalls=stalls)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        done.append("application")
        message = await receive()
        while message.get("more_body"):
            message = await receive()
        if message["type"] == "http.disconnect":
            done.append("dropped")
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        done.append("read")
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            done.append("answer")

    declared = {} if length is None else {"content-length": str(length)}
    all_headers = {"content-type": "multipart/form-data; boundary=x", **declared, **(headers or {})}
    raw = [(name.encode(), value.encode()) for name, value in all_headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    await BodyLimit(application)(scope, receive, send)
    return status, done


@pytest.fixture
def alice(transactional_db):
    return User.objects.create_user("alice", "alice@example.org", "alice's password")


@pytest.fixture
def credentials(alice):
    """The credentials that alice has: each is enough by itself."""
    client = Client()
    client.force_login(alice)
    session = client.cookies["session"].value
    _, key = keys.create(alice, "mine", ["documents:write"])
    return {
        "token": {"authorization": f"Bearer {tokens.issue(alice).access}"},
        "key": {"authorization": f"Bearer {key}"},
        "session": {"cookie": f"theme=dark; session={session}"},
        # As a page is sent behind a proxy that asks for a password of its own.
        "session behind a proxy": {
            "authorization": "Basic YTpi",
            "cookie": f"session={session}; theme=dark",
        },
    }


MADE_UP = [
    {"authorization": "Bearer x"},
    {"authorization": "Bearer aiapp_" + "x" * 43},
    {"authorization": "Bearer " + ".".join(["eyJhbGciOiJub25lIn0"] * 3)},
    {"authorization": "Bearer "},
    {"authorization": "Basic YTpi"},
    {"authorization": "x"},
    {"cookie": "session=" + "a" * 32},
    {"cookie": "session=\x00"},
    {"cookie": "session=é" + "a" * 5000},
    {"cookie": "session="},
    {"authorization": "Bearer x", "cookie": "session=" + "b" * 32},
]
NOTHING = [{}, {"cookie": "theme=dark; mysession=x"}, {"x-api-key": "x"}]


async def test_a_file_may_be_as_large_as_documents_may(settings, credentials):
    settings.DOCUMENT_MAX_BYTES, settings.REQUEST_MAX_BYTES = 50 * MB, MB
    for path, headers in product(UPLOADS, credentials.values()):
        assert await send_request(path, 50 * MB, headers) == (
            200,
            ["application", "read", "answer"],
        )
        assert (await send_request(path, 50 * MB + FRAME_BYTES + 1, headers))[0] == 413
        assert (await send_request("/api/documents/search", 50 * MB, headers))[0] == 413


async def test_a_file_of_nobody_is_refused_before_it_is_read(transactional_db):
    for path, headers in product([*UPLOADS, *OTHER_FILES], [*NOTHING, *MADE_UP]):
        status, done = await send_request(path, 1000, headers)
        assert (status, done[0]) == (401, "answer"), headers
        assert "application" not in done


async def test_a_credential_that_has_ended_is_none(alice, credentials):
    """A key that was deleted, a password that was changed, an account that was closed."""

    def status_of(kind):
        return send_request("/api/documents", 1000, credentials[kind])

    await in_db(alice.api_keys.all().delete)
    assert (await status_of("key"))[0] == 401
    assert (await status_of("session"))[0] == 200
    await in_db(alice.set_password, "another password of alice's")
    await in_db(alice.save)
    for kind in ("token", "session"):
        assert (await status_of(kind))[0] == 401


async def test_an_account_that_was_closed_sends_no_files(alice, credentials):
    await in_db(User.objects.filter(pk=alice.pk).update, is_active=False)
    for headers in credentials.values():
        assert (await send_request("/documents/upload/", 1000, headers))[0] == 401


async def test_only_what_takes_a_file_takes_so_much(settings, credentials):
    settings.DOCUMENT_MAX_BYTES, settings.REQUEST_MAX_BYTES = 50 * MB, MB
    for path, method in product(UPLOADS, ["PUT", "PATCH", "DELETE", "OPTIONS", "GET"]):
        status, done = await send_request(path, 2 * MB, credentials["token"], method=method)
        assert (status, done[0]) == (413, "answer")


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/mixed", ""],
)
async def test_only_a_form_with_parts_is_as_large_as_a_file(settings, credentials, kind):
    """The escapes of 100 MB of another form would be read for 25 seconds."""
    settings.DOCUMENT_MAX_BYTES, settings.REQUEST_MAX_BYTES = 50 * MB, MB
    for path in UPLOADS + OTHER_FILES:
        headers = credentials["token"] | {"content-type": kind}
        status, done = await send_request(path, 2 * MB, headers)
        assert (status, done[0]) == (413, "answer")
        assert (await send_request(path, None, headers, b"x" * 2 * MB))[0] == 413
        assert (await send_request(path, MB, headers))[0] == 200


QUESTIONS = ["/v1/chat/completions", "/api/chat", "/api/chat/stream", "/api/ai-sdk/chat"]
PHOTO = (
    b'{"url": "data:image/jpeg;base64,' + base64.b64encode(bytes(range(256)) * 16 * 1024) + b'"}'
)


@pytest.mark.parametrize("path", QUESTIONS)
async def test_a_question_brings_its_photos_along(credentials, path):
    """A photo of a phone has a few megabytes, of which clients make base64."""
    headers = credentials["token"] | {"content-type": "application/json"}
    assert (await send_request(path, len(PHOTO), headers, PHOTO))[0] == 200
    assert (await send_request(path, None, headers, PHOTO))[0] == 200
    assert (await send_request(path, QUESTIONS_BYTES + 1, headers))[0] == 413
    assert (await send_request(path, None, headers, PHOTO * 2))[0] == 413
    assert (await send_request(path, None, {}, PHOTO))[0] == 413


@pytest.mark.parametrize("path", QUESTIONS)
async def test_the_rest_of_a_question_is_no_larger_than_of_any_request(credentials, path):
    """So many lists and texts would take the loop for seconds."""
    headers = credentials["token"] | {"content-type": "application/json"}
    for body in (b"[]," * MB, b"a word " * MB, b"\\ud83d" * (MB + 1)):
        assert (await send_request(path, len(body), headers, body))[0] == 413


@pytest.mark.parametrize("packing", ["gzip", "GZIP", "deflate", "br", "zstd", "identity, x-gzip"])
async def test_a_packed_body_is_told_to_be_that(credentials, packing):
    """It was not readable JSON, which says nothing to whoever packed it."""
    headers = credentials["token"] | {"content-encoding": packing}
    for path in ("/api/chat", "/v1/chat/completions", "/api/documents"):
        assert await send_request(path, 100, headers) == (415, ["answer", "read"])


@pytest.mark.parametrize("named", ["identity", "utf-8", ""])
async def test_what_packs_nothing_may_be_named(credentials, named):
    headers = credentials["token"] | {"content-encoding": named}
    assert (await send_request("/api/chat", 1, headers))[0] == 200


async def test_strangers_may_send_no_more_than_forms_need(transactional_db):
    for headers in [*NOTHING, *MADE_UP]:
        within = await send_request("/accounts/login/", None, headers, b"x" * MAX_UNKNOWN_BYTES)
        assert within[0] == 200
        over = await send_request("/accounts/login/", None, headers, b"x" * (MAX_UNKNOWN_BYTES + 1))
        assert over[0] == 413
        assert over[1][-2:] == ["dropped", "answer"]


async def test_who_is_known_may_send_as_much_as_any_request(credentials):
    long = b"x" * (MAX_UNKNOWN_BYTES * 4)
    for headers in credentials.values():
        assert (await send_request("/api/chat", None, headers, long))[0] == 200


async def test_a_body_that_grows_beyond_the_bound_is_dropped(settings, credentials):
    settings.DOCUMENT_MAX_BYTES = MB
    body = b"x" * (2 * MB)
    status, done = await send_request("/api/documents", None, credentials["token"], body)
    assert status == 413
    assert "dropped" in done


async def test_a_body_that_came_fast_may_not_stand_still_for_that(settings, credentials):
    """At this rate its first megabyte would be good for twelve days."""
    settings.BODY_BYTES_PER_SECOND, settings.BODY_SECONDS = 1, 0.2
    status, done = await send_request(
        "/api/documents", None, credentials["key"], b"x" * MB, stalls=True
    )
    assert status == 408
    assert done[-2:] == ["dropped", "answer"]


async def test_a_body_has_a_longest_time(settings, credentials):
    settings.BODY_SECONDS, settings.BODY_MAX_SECONDS = 3600, 0.2
    status, _ = await send_request("/api/documents", None, credentials["key"], b"x", stalls=True)
    assert status == 408


@pytest.mark.parametrize(("error", "status"), [(errno.ENOSPC, 503), (errno.EDQUOT, 503)])
async def test_a_body_that_the_disk_has_no_room_for_is_told_so(error: int, status: int) -> None:
    """Django writes what is long to the disk before anything of ours sees the request."""
    sent: list[dict[str, Any]] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise OSError(error, "No space left on device")

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/chat", "headers": []}
    await BodyLimit(application)(scope, receive, send)
    assert sent[0]["status"] == status
    assert (b"retry-after", b"30") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["error"]["code"] == "disk_full"
