"""A web server that is killed, or told to end, in the middle of an answer."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.processes.site import TWO, Program, Site, running, until

pytestmark = pytest.mark.process

MODEL = "count-40-50"
# A minute, which no machine is too busy to come in time for.
LONG = "count-300-200"
ANSWER = "".join(f"w{n} " for n in range(40))
# No test lasts so long: what is taken over is not taken over since a lease has lapsed.
LEASE_SECONDS = "3600"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    endpoint["CHAT_MODELS"] = LONG
    with running(folder, **endpoint, TURN_LEASE_SECONDS=LEASE_SECONDS) as site:
        site.worker("turns,default", beat=True)
        yield site


@pytest.fixture(scope="module")
def survivor(site: Site) -> Program:
    return site.web()


def follow(client: httpx2.Client, turn: str, after: str = "") -> Iterator[tuple[str, str, Any]]:
    """The events of a turn as (id, event, data), until the stream ends."""
    headers = {"Last-Event-ID": after} if after else {}
    with client.stream("GET", f"/api/turns/{turn}/events", headers=headers) as response:
        event: dict[str, str] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            if line:
                event[name] = value
                continue
            if "event" in event:
                yield event["id"], event["event"], json.loads(event["data"])
            event = {}


def ask(client: httpx2.Client, model: str = MODEL) -> dict[str, Any]:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    accepted = client.post(
        f"/api/conversations/{conversation}/messages",
        json={"content": "go", "collections": [], "model": model},
    )
    assert accepted.status_code == 202
    return accepted.json()


def read_until_some_text(client: httpx2.Client, turn: str) -> tuple[str, str]:
    """The last event's id and the text so far, a little way into the answer."""
    text = ""
    for event_id, event, data in follow(client, turn):
        text += data["text"] if event == "delta" else ""
        if "w5 " in text:
            return event_id, text
    raise AssertionError("the answer ended too early")


def read_to_the_end(client: httpx2.Client, turn: str, after: str, text: str) -> tuple[str, Any]:
    for _, event, data in follow(client, turn, after):
        if event == "restarted":
            text = ""
        if event == "delta":
            text += data["text"]
        if event == "done":
            return text, data
    raise AssertionError("the stream ended without a last word")


def find_runner(site: Site, turn: str) -> int:
    """Return the number of the process that makes the answer."""
    with site.connection() as connection:
        row = connection.execute(
            "SELECT runner FROM chat_attempt WHERE turn_id = %s", [turn]
        ).fetchone()
    assert row is not None
    return int(row[0].split(":")[1])


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_its_answer_is_completed_elsewhere_soon(
    site: Site, survivor: Program, sign: signal.Signals
) -> None:
    """That of one process, of one of several, and one that nobody reads."""
    servers = [site.web(), site.web(**TWO)]
    names = [f"reader{sign}{number}" for number in range(len(servers))]
    clients = [site.client(web, name) for web, name in zip(servers, names, strict=True)]
    absent = f"absent{sign}"
    unread = ask(site.client(servers[0], absent))
    asked = [ask(client) for client in clients]
    turns = [accepted["turn"]["id"] for accepted in asked]
    seen = [read_until_some_text(client, turn) for client, turn in zip(clients, turns, strict=True)]
    for web in servers:
        web.kill(sign)

    for name, accepted, turn, place in zip(names, asked, turns, seen, strict=True):
        other = site.client(survivor, name)
        text, done = read_to_the_end(other, turn, *place)
        assert text == done["content"] == ANSWER
        assert done["state"] == "done"
        messages = other.get(f"/api/conversations/{accepted['conversation_id']}/messages").json()
        assert [message["role"] for message in messages] == ["user", "assistant"]
        assert messages[1]["content"] == ANSWER
    assert read_answer(site.client(survivor, absent), unread) == ANSWER


def read_answer(client: httpx2.Client, accepted: dict[str, Any]) -> str:
    """Wait for an answer without its stream."""
    path = f"/api/conversations/{accepted['conversation_id']}/messages"
    answer: str = until(lambda: client.get(path).json()[1]["content"], "the answer")
    return answer


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_the_answer_of_one_of_its_processes_is_completed_and_read_through_the_others(
    site: Site, sign: signal.Signals
) -> None:
    web = site.web(**TWO)
    client = site.client(web, f"patient{sign}")
    turn = ask(client)["turn"]["id"]
    seen, text = read_until_some_text(client, turn)
    os.kill(find_runner(site, turn), sign)

    # One that was told to end closes the stream, or a connection that was not in use, and the
    # reader comes again.
    other, done = site.client(web, f"patient{sign}"), None
    while not done:
        with suppress(httpx2.RemoteProtocolError):
            for event_id, event, data in follow(other, turn, seen):
                seen = event_id
                text = "" if event == "restarted" else text
                text += data["text"] if event == "delta" else ""
                done = data if event == "done" else None

    assert text == done["content"] == ANSWER
    assert web.process.poll() is None


def test_one_that_is_told_to_end_is_not_ready_any_more_and_ends_streams(site: Site) -> None:
    web = site.web()
    client = site.client(web, "leaving")
    turn = ask(client, LONG)["turn"]["id"]
    events = follow(client, turn)
    next(events)
    web.process.send_signal(signal.SIGTERM)
    kinds = [event for _, event, _ in events]
    assert "done" not in kinds
    assert web.process.wait(60) in {0, -signal.SIGTERM}
