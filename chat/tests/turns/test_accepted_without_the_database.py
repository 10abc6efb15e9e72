"""The database goes away the moment a question is accepted: it is answered all the same, once."""

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from threading import Timer
from typing import Any
from uuid import uuid4

import orjson
import psycopg
import pytest
from channels.testing import WebsocketCommunicator
from django.db import connection, connections
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.asgi import application
from aiapp.db import in_db, retry_in_outage
from chat.models import Message, Turn
from chat.tests.conftest import ask, entries
from chat.turns import turn
from chat.turns.running import runner
from documents.tests.library import ready_document

AWAY_SECONDS = 1.0
Parameters = dict[str, Any]


def admin_of(parameters: Parameters) -> Any:
    names = ("host", "port", "user", "password")
    server = {name: parameters[name] for name in names if name in parameters}
    return closing(psycopg.connect(**server, dbname="postgres", autocommit=True))


def close_database(parameters: Parameters) -> None:
    """Let nobody in, and end every connection that there is."""
    name = parameters["dbname"]
    with admin_of(parameters) as admin:
        admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(others, [name])


def open_database(parameters: Parameters) -> None:
    with admin_of(parameters) as admin:
        admin.execute(f'ALTER DATABASE "{parameters["dbname"]}" ALLOW_CONNECTIONS true')


@pytest.fixture
def _lose_database(alice: User, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the database away for a second as soon as a question is accepted."""
    parameters = connection.get_connection_params()
    start: Callable[[Any], None] = runner.start
    timers: list[Timer] = []

    def start_without_database(asked: Any) -> None:
        if not timers:
            close_database(parameters)
            timers.append(Timer(AWAY_SECONDS, open_database, [parameters]))
            timers[0].start()
        start(asked)

    monkeypatch.setattr(runner, "start", start_without_database)
    yield
    for timer in timers:
        timer.join()
    connections.close_all()


@pytest.fixture
def client() -> AsyncClient:
    return AsyncClient()


async def post(client: AsyncClient, path: str, body: Any, user: User) -> Any:
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, user)).access}"}
    return await client.post(path, body, content_type="application/json", headers=headers)


def only_turn() -> Turn:
    found: Turn = Turn.objects.select_related("message").get()
    return found


@pytest.mark.usefixtures("_lose_database")
async def test_a_program_is_told_the_ids_of_what_it_asked(client, alice) -> None:
    body = {"content": "one two", "model": "echo", "collections": []}
    made = await in_db(lambda: alice.conversations.create().id)
    response = await post(client, f"/api/conversations/{made}/messages", body, alice)
    assert response.status_code == 202
    told = response.json()
    assert told["user_message"]["siblings"] == [told["user_message"]["id"]]
    assert told["assistant_message"]["turn"]["id"] == told["turn"]["id"]
    await entries(Turn(id=told["turn"]["id"], owner=alice))
    assert (await in_db(only_turn)).message.content == "one two "


@pytest.mark.usefixtures("_lose_database")
@pytest.mark.parametrize(
    ("path", "extra"), [("/api/chat", {"collections": []}), ("/v1/chat/completions", {})]
)
async def test_who_waits_for_the_whole_answer_gets_it(client, alice, path, extra) -> None:
    body = {"model": "echo", "messages": [{"role": "user", "content": "one two"}]} | extra
    response = await post(client, path, body, alice)
    assert response.status_code == 200
    assert "one two" in response.content.decode()
    assert (await in_db(only_turn)).state == Turn.State.DONE


@pytest.mark.usefixtures("_lose_database")
async def test_its_documents_are_searched_when_the_database_is_there_again(client, alice) -> None:
    await in_db(ready_document, alice, ["The handbook says that the lamp is green."])
    asked = "Which colour is the lamp of the handbook?"
    body = {"model": "echo", "messages": [{"role": "user", "content": asked}]}
    response = await post(client, "/api/chat", body, alice)
    assert response.status_code == 200
    answered = await in_db(only_turn)
    assert answered.state == Turn.State.DONE
    assert "passages" in {part["name"] for part in answered.prompt}


@pytest.mark.usefixtures("_lose_database")
async def test_one_that_stays_away_for_longer_than_is_waited_ends_the_answer_with_that_reason(
    client: AsyncClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turn, "_bridge", partial(retry_in_outage, AWAY_SECONDS / 10))
    await in_db(ready_document, alice, ["The handbook says that the lamp is green."])
    body = {"model": "echo", "messages": [{"role": "user", "content": "Which colour is it?"}]}
    response = await post(client, "/api/chat", body, alice)
    assert (response.status_code, response.json()["error"]["code"]) == (502, "unavailable")
    saved = await in_db(only_turn)
    assert (saved.state, saved.error_code) == (Turn.State.FAILED, "unavailable")


@pytest.mark.usefixtures("_lose_database")
async def test_a_page_gets_its_fragment(client, alice) -> None:
    await in_db(lambda: client.force_login(alice))
    form = {"content": "one two", "request_id": uuid4().hex, "model": "echo"}
    response = await client.post("/chat/ask/", form, headers={"X-Requested-With": "fetch"})
    assert response.status_code == 200
    assert "one two" in response.content.decode()
    await entries(await in_db(only_turn))
    assert await in_db(Message.objects.count) == 2


@pytest.mark.usefixtures("_lose_database")
async def test_a_socket_hears_the_answer_to_its_end(alice) -> None:
    access = (await in_db(tokens.issue, alice)).access
    socket = WebsocketCommunicator(application, "/ws/chat/", subprotocols=["bearer", access])
    await socket.connect(timeout=60)
    frame = {"type": "send", "content": "one two", "model": "echo", "collections": []}
    await socket.send_to(text_data=orjson.dumps(frame).decode())
    heard = orjson.loads(await socket.receive_from(timeout=60))
    while heard["type"] != "done":
        heard = orjson.loads(await socket.receive_from(timeout=60))
    assert heard["data"]["content"] == "one two "
    await socket.disconnect()


async def test_an_edited_question_tells_what_stands_beside_it(client, alice) -> None:
    first = await ask(alice, "echo", "one two")
    await entries(first.turn)
    path = f"/api/messages/{first.user_message.id}"
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    response = await client.patch(
        path, {"content": "three"}, content_type="application/json", headers=headers
    )
    told = response.json()["user_message"]
    assert told["siblings"] == [str(first.user_message.id), told["id"]]
    await entries(Turn(id=response.json()["turn"]["id"], owner=alice))
