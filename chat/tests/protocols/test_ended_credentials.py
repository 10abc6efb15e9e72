"""A stream or socket ends within seconds of the credential that opened it."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.credentials import keys, tokens, validity, watch
from accounts.credentials.authentication import authenticate_scope
from accounts.models import ApiKey, User
from aiapp.asgi import application
from aiapp.db import in_db
from chat.models import Message
from chat.tests.conftest import ask

WITHIN = 5.0


class Clock:
    """The clock by which tokens that are open end, and how far it is ahead."""

    ahead = timedelta()

    def now(self) -> datetime:
        return timezone.now() + self.ahead


CLOCK = Clock()


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test need not wait as long as people may."""
    assert watch.CHECK_SECONDS < WITHIN - 1
    monkeypatch.setattr(watch, "CHECK_SECONDS", 0.3)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CLOCK, "ahead", timedelta())
    monkeypatch.setattr(validity, "timezone", CLOCK)


def deactivate(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def change_password(user: User) -> None:
    user.set_password("another long password")
    user.save()


def delete_keys(user: User) -> None:
    ApiKey.objects.filter(user=user).delete()


def narrow_keys(user: User) -> None:
    """The keys stay good for other things."""
    ApiKey.objects.filter(user=user).update(scopes=["documents:read"])


def token(user: User) -> str:
    return tokens.issue(user).access


def let_hours_pass(user: User) -> None:
    """Leave the token to its own end."""
    CLOCK.ahead = timedelta(hours=12)


def key(user: User) -> str:
    return keys.create(user, "script", ["chat"])[1]


def bearer(secret: str) -> tuple[bytes, bytes]:
    return b"authorization", f"Bearer {secret}".encode()


ENDS = [
    pytest.param(token, deactivate, id="deactivation"),
    pytest.param(token, change_password, id="password"),
    pytest.param(key, deactivate, id="key-of-a-deactivated-user"),
    pytest.param(key, change_password, id="key-and-password"),
    pytest.param(key, delete_keys, id="deleted-key"),
    pytest.param(key, narrow_keys, id="key-without-its-scope"),
    pytest.param(token, let_hours_pass, id="expired-token"),
]


@pytest.mark.parametrize(("credential", "end"), ENDS)
async def test_an_open_socket_closes(alice: User, credential: Any, end: Any) -> None:
    secret = await in_db(credential, alice)
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert (await socket.connect(timeout=60))[0]
    await in_db(end, alice)
    assert await socket.receive_output(timeout=WITHIN) == {
        "type": "websocket.close",
        "code": 4403 if end is narrow_keys else 4401,
    }
    await socket.disconnect()


@pytest.mark.parametrize(("credential", "end"), ENDS)
async def test_an_open_stream_ends(alice: User, credential: Any, end: Any) -> None:
    turn = (await ask(alice, "fault-hang")).turn
    secret = await in_db(credential, alice)
    since = await _seconds_until_end(
        f"/api/turns/{turn.id}/events", bearer(secret), lambda: in_db(end, alice)
    )
    assert since < WITHIN


@pytest.mark.parametrize("end", ["deactivation", "everywhere"])
async def test_whatever_is_open_ends_with_the_account_or_a_sign_out_everywhere(
    alice: User, bob: User, end: str
) -> None:
    """Streams and sockets by session, token and key, all at once; none of somebody else's."""
    turn = (await ask(alice, "fault-hang")).turn
    browser, page, others = Client(), Client(), Client()
    for client, user in ((browser, alice), (page, alice), (others, bob)):
        await in_db(client.force_login, user)
    events = f"/api/turns/{turn.id}/events"
    stream = reverse("chat:stream", args=[turn.id])
    opened = [
        *[await _open_stream(events, bearer(await in_db(make, alice))) for make in (token, key)],
        await _open_stream(stream, _cookie(page)),
        *[await _open_socket_by(await in_db(make, alice)) for make in (token, key)],
        await _open_socket(page),
    ]
    stranger = await _open_socket(others)
    if end == "everywhere":
        sent = {"password": "alice's password"}
        answer = await in_db(browser.post, reverse("accounts:sign_out_everywhere"), sent)
        assert answer.status_code == 302
    else:
        await in_db(deactivate, alice)
    for each in opened:
        async with asyncio.timeout(60):
            await _read_to_its_end(each)
    assert await stranger.receive_nothing(timeout=2 * watch.CHECK_SECONDS)
    await stranger.disconnect()
    # The browser in which it was done is signed in still, and only there.
    is_in = [(await in_db(client.get, "/api/me")).status_code for client in (browser, page)]
    assert is_in == ([200, 401] if end == "everywhere" else [401, 401])


@pytest.mark.parametrize("end", ["password", "sign-out"])
async def test_the_stream_of_a_page_ends_with_the_session(alice: User, end: str) -> None:
    turn = (await ask(alice, "fault-hang")).turn
    browser = Client()
    await in_db(browser.force_login, alice)
    cookie = _cookie(browser)
    path = reverse("chat:stream", args=[turn.id])
    ends = {"password": lambda: change_password(alice), "sign-out": browser.logout}
    since = await _seconds_until_end(path, cookie, lambda: in_db(ends[end]))
    assert since < WITHIN


async def test_the_socket_of_a_page_closes_with_the_session(alice: User) -> None:
    browser, other = Client(), Client()
    await in_db(browser.force_login, alice)
    await in_db(other.force_login, alice)
    opened = await _open_socket(browser), await _open_socket(other)
    await in_db(browser.logout)
    closed = {"type": "websocket.close", "code": 4401}
    assert await opened[0].receive_output(timeout=WITHIN) == closed
    assert await opened[1].receive_nothing(timeout=1)
    for each in opened:
        await each.disconnect()


def _cookie(browser: Client) -> tuple[bytes, bytes]:
    name = settings.SESSION_COOKIE_NAME
    return b"cookie", f"{name}={browser.cookies[name].value}".encode()


async def _open_socket_by(secret: str) -> WebsocketCommunicator:
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert (await socket.connect(timeout=60))[0]
    return socket


async def _read_to_its_end(opened: ApplicationCommunicator) -> None:
    while True:
        told = await opened.receive_output(60)
        if told["type"] == "websocket.close":
            assert told["code"] == 4401
            return
        if told["type"] == "http.response.body" and not told.get("more_body"):
            return


async def _open_socket(browser: Client) -> WebsocketCommunicator:
    headers = [
        _cookie(browser),
        (b"host", b"testserver"),
        (b"origin", b"http://testserver"),
    ]
    socket = WebsocketCommunicator(application, "/ws/chat/", headers=headers)
    assert (await socket.connect(timeout=60))[0]
    return socket


async def test_a_key_without_the_scope_opens_no_socket(alice: User) -> None:
    _, secret = await in_db(keys.create, alice, "script", ["documents:read"])
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert await socket.connect(timeout=60) == (False, 4403)


async def test_others_read_on(alice: User, bob: User) -> None:
    turn = (await ask(bob, "fault-hang")).turn
    access = (await in_db(tokens.issue, bob)).access
    reading = _seconds_until_end(
        f"/api/turns/{turn.id}/events", bearer(access), lambda: in_db(deactivate, alice)
    )
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reading, 2 * watch.CHECK_SECONDS)


async def _open_stream(path: str, header: tuple[bytes, bytes]) -> ApplicationCommunicator:
    """Open a stream and read the first of it."""
    headers = [(b"host", b"testserver"), header]
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": path}
    scope |= {"query_string": b"", "headers": headers, "client": ("127.0.0.1", 1)}
    reader = ApplicationCommunicator(application, scope)
    await reader.send_input({"type": "http.request"})
    assert (await reader.receive_output(10))["status"] == 200
    assert (await reader.receive_output(10))["body"]
    return reader


async def _seconds_until_end(
    path: str, header: tuple[bytes, bytes], end: Callable[[], Any]
) -> float:
    """Open a stream, end the credential, and read to the stream's end."""
    reader = await _open_stream(path, header)
    await end()
    began = time.monotonic()
    try:
        while (await reader.receive_output(20)).get("more_body"):
            pass
    finally:
        await reader.send_input({"type": "http.disconnect"})
        await reader.wait()
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("credential", "end", "code"),
    [
        pytest.param(token, deactivate, 4401, id="deactivation"),
        pytest.param(token, change_password, 4401, id="password"),
        pytest.param(key, delete_keys, 4401, id="key-deleted"),
        pytest.param(key, narrow_keys, 4403, id="key-demoted"),
        pytest.param(token, let_hours_pass, 4401, id="expired-token"),
    ],
)
async def test_the_next_frame_is_refused_without_waiting_for_a_look(
    alice: User, monkeypatch: pytest.MonkeyPatch, credential: Any, end: Any, code: int
) -> None:
    monkeypatch.setattr(watch, "CHECK_SECONDS", 60)
    secret = await in_db(credential, alice)
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", secret])
    assert (await socket.connect(timeout=60))[0]
    await in_db(end, alice)
    await socket.send_to(text_data='{"type": "send", "content": "hello", "collections": []}')
    told = await socket.receive_output(timeout=60)
    assert (told["type"], told["code"]) == ("websocket.close", code)
    assert not await in_db(Message.objects.exists)


async def test_a_token_ends_by_itself_while_the_database_tells_nothing(
    alice: User, bob: User
) -> None:
    ended, other = asyncio.Event(), asyncio.Event()
    secret = await in_db(token, alice)
    scope = {"subprotocols": ["bearer", secret]}
    let_in = watch.start(await authenticate_scope(scope, "chat"), ended.set)
    scope = {"subprotocols": ["bearer", await in_db(key, bob)]}
    still_in = watch.start(await authenticate_scope(scope, "chat"), other.set)
    await in_db(_execute, "ALTER TABLE accounts_user RENAME TO away")
    try:
        let_hours_pass(alice)
        await asyncio.wait_for(ended.wait(), 60)
        assert not other.is_set()
    finally:
        await in_db(_execute, "ALTER TABLE away RENAME TO accounts_user")
    # The looks go on once the database answers.
    await in_db(delete_keys, bob)
    await asyncio.wait_for(other.wait(), 60)
    for each in (let_in, still_in):
        watch.stop(each)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
