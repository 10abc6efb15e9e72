"""After a failover, or with a full disk, a database may answer for a while and take nothing."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections
from django.test import AsyncClient
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.models import Turn
from chat.tests.conftest import ask, entries, reload_turn, text_of
from chat.tests.turns.test_accepted_without_the_database import admin_of
from chat.turns.running import runner

SWITCH = 'ALTER DATABASE "{}" SET default_transaction_read_only = {}'
END_OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"


class Standby:
    """The database, which can be told to take no writes."""

    def __init__(self) -> None:
        self._parameters = connection.get_connection_params()

    def switch(self, value: str) -> None:
        with admin_of(self._parameters) as admin:
            name = self._parameters["dbname"]
            admin.execute(SWITCH.format(name, value))
            admin.execute(END_OTHERS, [name])


@pytest.fixture
def standby(alice: User) -> Iterator[Standby]:
    database = Standby()
    yield database
    database.switch("DEFAULT")
    connections.close_all()


@pytest.fixture
def headers(alice: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.issue(alice).access}"}


async def post(path: str, body: Any, headers: dict[str, str] | None = None) -> Any:
    return await AsyncClient().post(path, body, content_type="application/json", headers=headers)


async def test_who_writes_is_told_to_come_back_and_who_reads_reads(
    headers: dict[str, str], standby: Standby
) -> None:
    client, message = AsyncClient(), {"role": "user", "content": "hello"}
    await asyncio.to_thread(standby.switch, "on")
    # Its connection was ended with all others.
    await sync_to_async(connections.close_all)()
    sign_in = {"username": "alice", "password": "alice's password"}
    refused = [
        await post("/v1/chat/completions", {"model": "echo", "messages": [message]}, headers),
        await post("/api/chat", {"messages": [message]}, headers),
        await post("/api/auth/token", sign_in),
        await client.post("/accounts/login/", sign_in),
        await client.get("/health/ready"),
    ]
    assert [answer.status_code for answer in refused] == [503] * 5
    assert refused[0].headers["Retry-After"]
    assert refused[-1].json()["database"] == "failing"
    assert (await client.get("/api/conversations", headers=headers)).status_code == 200
    await asyncio.to_thread(standby.switch, "off")
    await sync_to_async(connections.close_all)()
    # A connection that was used a moment ago is not looked at before it is used again.
    async with asyncio.timeout(60):
        again = await post("/api/chat", {"messages": [message]}, headers)
        while again.status_code == 503:
            await asyncio.sleep(0.1)
            again = await post("/api/chat", {"messages": [message]}, headers)
    assert (again.status_code, again.json()["content"].split()) == (200, ["hello"])
    assert (await client.get("/health/ready")).status_code == 200


async def test_an_answer_that_ends_meanwhile_is_kept_when_writes_are_taken_again(
    alice: User,
    standby: Standby,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.CHAT_MODELS = ["count-20-20"]
    start: Callable[[Any], None] = runner.start

    def start_without_writes(asked: Any) -> None:
        standby.switch("on")
        start(asked)

    monkeypatch.setattr(runner, "start", start_without_writes)
    turn = (await ask(alice, "count-20-20")).turn
    reading = asyncio.create_task(entries(turn))
    async with asyncio.timeout(60):
        while "turn_unsaved" not in caplog.text:
            await asyncio.sleep(0.05)
    assert not (await reload_turn(turn)).is_final
    await asyncio.to_thread(standby.switch, "off")
    said = text_of(await asyncio.wait_for(reading, 60))
    kept = await reload_turn(turn)
    assert (kept.state, kept.message.content) == (Turn.State.DONE, said)
    assert said.split()[-1] == "w19"
    assert await in_db(Turn.objects.count) == 1
