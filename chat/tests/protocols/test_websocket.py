"""Chat over a WebSocket: the same events as everywhere, for whoever may see them."""

from typing import Any
from uuid import uuid4

import orjson
import pytest
from channels.testing import WebsocketCommunicator
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.asgi import application
from aiapp.db import in_db
from chat.tests.conftest import ask, entries, reload_turn


async def open_socket(user: User) -> Any:
    access = (await in_db(tokens.issue, user)).access
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", access])
    connected, subprotocol = await socket.connect(timeout=60)
    assert (connected, subprotocol) == (True, "bearer")
    return socket


async def say(socket: Any, **frame: Any) -> None:
    await socket.send_to(text_data=orjson.dumps(frame).decode())


async def receive_frame(socket: Any) -> dict[str, Any]:
    frame: dict[str, Any] = orjson.loads(await socket.receive_from(timeout=60))
    return frame


async def until_done(socket: Any) -> list[dict[str, Any]]:
    frames = [await receive_frame(socket)]
    while frames[-1]["type"] != "done":
        frames.append(await receive_frame(socket))
    return frames


async def test_a_question_is_answered_with_the_events_of_its_turn(alice: User) -> None:
    socket = await open_socket(alice)
    await say(socket, type="send", content="hello there", model="echo", collections=[])
    frames = await until_done(socket)
    text = "".join(f["data"]["text"] for f in frames if f["type"] == "delta")
    assert text == frames[-1]["data"]["content"] == "hello there "
    assert [f["id"] for f in frames] == [f"1-{n + 1}" for n in range(len(frames))]
    assert len({f["turn"] for f in frames}) == 1
    await socket.disconnect()


@pytest.mark.parametrize("half", ["\\ud83d", "ok \\uDE00 end", "\\ud83d\\ud83d"])
async def test_half_a_character_becomes_a_mark_and_no_error(alice: User, half: str) -> None:
    socket = await open_socket(alice)
    frame = f'{{"type": "send", "content": "{half}", "model": "echo", "collections": []}}'
    await socket.send_to(text_data=frame)
    assert "\ufffd" in (await until_done(socket))[-1]["data"]["content"]
    await socket.disconnect()


async def test_a_turn_is_followed_from_where_a_reader_stopped(alice: User) -> None:
    accepted = await ask(alice, "count-30-3")
    whole = await entries(accepted.turn)
    socket = await open_socket(alice)
    after = str(whole[2].position)
    await say(socket, type="subscribe", turn=str(accepted.turn.id), after=after)
    frames = await until_done(socket)
    assert [f["id"] for f in frames] == [str(entry.position) for entry in whole[3:]]
    await socket.disconnect()


async def test_an_answer_is_stopped(alice: User) -> None:
    socket = await open_socket(alice)
    await say(socket, type="send", content="go", model="count-1000-10", collections=[])
    started = await receive_frame(socket)
    await say(socket, type="stop", turn=started["turn"])
    assert (await until_done(socket))[-1]["data"]["state"] == "stopped"
    await socket.disconnect()


@pytest.fixture(autouse=True)
def _models(settings: Any) -> None:
    settings.CHAT_MODELS = ["count-1000-10"]


async def test_somebody_elses_turn_answers_like_a_random_one(alice: User, bob: User) -> None:
    accepted = await ask(alice, "echo")
    await entries(accepted.turn)
    socket = await open_socket(bob)
    for kind in ("subscribe", "stop"):
        await say(socket, type=kind, turn=str(accepted.turn.id))
        theirs = await receive_frame(socket)
        await say(socket, type=kind, turn=str(uuid4()))
        assert theirs == await receive_frame(socket)
        assert theirs["data"]["code"] == "not_found"
    await socket.disconnect()
    assert (await reload_turn(accepted.turn)).state == "done"


@pytest.mark.parametrize("frame", ["nonsense", "[]", '{"type": "run"}', '{"type": "send"}'])
async def test_a_frame_that_makes_no_sense_is_answered_and_the_socket_lives(
    alice: User, frame: str
) -> None:
    socket = await open_socket(alice)
    await socket.send_to(text_data=frame)
    assert (await receive_frame(socket))["type"] == "error"
    await say(socket, type="send", content="still here", model="echo", collections=[])
    assert (await until_done(socket))[-1]["data"]["content"] == "still here "
    await socket.disconnect()


async def test_without_a_valid_token_the_socket_is_closed(transactional_db: None) -> None:
    for protocols in ([], ["bearer"], ["bearer", "x.y.z"]):
        socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=protocols)
        connected, _ = await socket.connect(timeout=60)
        assert not connected


async def test_a_cookie_opens_a_socket_only_from_our_own_pages(alice: User) -> None:
    browser = AsyncClient()
    await browser.aforce_login(alice)
    cookie = f"session={browser.cookies['session'].value}".encode()
    for origin, expected in [
        (b"http://testserver", True),
        (b"https://evil.example", False),
        (b"http://testserver.evil.example", False),
        (b"http://testserver@evil.example", False),
        (b"http://evil.example#http://testserver", False),
        (b"null", False),
        (b"http://[", False),
        (b"http://\xff", False),
        (b"http://testserver, http://evil.example", False),
        (None, False),
    ]:
        headers = [(b"cookie", cookie), (b"host", b"testserver")]
        headers += [(b"origin", origin)] if origin else []
        socket = WebsocketCommunicator(application, "/ws/chat/", headers=headers)
        connected, _ = await socket.connect(timeout=60)
        assert connected is expected
        if connected:
            await socket.disconnect()


async def test_a_page_over_plain_http_opens_no_socket_where_pages_are_encrypted(
    alice: User, settings
) -> None:
    settings.SITE_IS_HTTPS = True
    browser = AsyncClient()
    await browser.aforce_login(alice)
    cookie = f"session={browser.cookies['session'].value}".encode()
    for origin, expected in [(b"https://testserver", True), (b"http://testserver", False)]:
        headers = [(b"cookie", cookie), (b"host", b"testserver"), (b"origin", origin)]
        socket = WebsocketCommunicator(application, "/ws/chat/", headers=headers)
        assert (await socket.connect(timeout=60))[0] is expected
        await socket.disconnect()


async def test_a_token_in_the_address_is_not_a_token(alice: User) -> None:
    access = (await in_db(tokens.issue, alice)).access
    socket = WebsocketCommunicator(application, f"/ws/chat/?token={access}")
    connected, _ = await socket.connect(timeout=60)
    assert not connected
