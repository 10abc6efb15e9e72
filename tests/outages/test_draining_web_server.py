"""A web server that is told to end finishes what it can, and hands over the rest at once.

A lease lasts for an hour here, so that what goes on goes on without its lapse.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import psutil
import pytest

from aiapp.server import FRESH_SECONDS
from tests.outages.test_killed_web_server import follow, read_to_the_end
from tests.processes.site import PLAIN, TWO, Program, Site, running, until

pytestmark = pytest.mark.process

# Two seconds, and a minute.
SHORT, LONG = "count-40-50", "count-300-200"
WORDS = {SHORT: 40, LONG: 300}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": SHORT}
    endpoint["CHAT_MODELS"] = LONG
    with running(folder, **endpoint, TURN_LEASE_SECONDS="3600") as site:
        yield site


def ask(client: httpx2.Client, model: str) -> str:
    conversation = client.post("/api/conversations", json={}).json()["id"]
    body = {"content": "go", "collections": [], "model": model}
    accepted = client.post(f"/api/conversations/{conversation}/messages", json=body)
    assert accepted.status_code == 202, accepted.text
    return accepted.json()["turn"]["id"]


def build_answer(model: str) -> str:
    return "".join(f"w{n} " for n in range(WORDS[model]))


def list_attempts(site: Site, turn: str) -> list[Any]:
    with site.connection() as connection:
        return connection.execute(
            "SELECT outcome, runner FROM chat_attempt WHERE turn_id = %s ORDER BY number", [turn]
        ).fetchall()


def count_runs(site: Site, turn: str) -> int:
    return len(list_attempts(site, turn))


def find_pid(runner: str) -> int:
    return int(runner.split(":")[1])


def stop(site: Site, turn: str, web: Program, name: str) -> None:
    """End an answer that would go on for a minute."""
    assert site.client(web, name).post(f"/api/turns/{turn}/stop").status_code < 300


def test_a_reader_stays_until_the_answer_is_whole_where_nobody_else_serves(site: Site) -> None:
    web = site.web(**TWO)
    client = site.client(web, "staying")
    events = follow(client, ask(client, SHORT))
    seen = [next(events)]
    web.process.send_signal(signal.SIGTERM)
    seen += list(events)
    kinds = [kind for _, kind, _ in seen]
    assert kinds[-1] == "done"
    assert "restarted" not in kinds
    assert "".join(data["text"] for _, kind, data in seen if kind == "delta") == build_answer(SHORT)
    assert web.process.wait(60) == 0


def test_a_worker_that_is_told_to_end_hands_over_what_it_runs(site: Site) -> None:
    web = site.web(DRAIN_SECONDS="0")
    worker = site.worker("turns")
    turn = ask(site.client(web, "worker"), LONG)
    until(lambda: count_runs(site, turn) == 1, "the first attempt")
    web.process.send_signal(signal.SIGTERM)
    until(lambda: count_runs(site, turn) == 2, "the worker's attempt", seconds=50)
    other = site.web()
    worker.process.send_signal(signal.SIGTERM)
    until(lambda: count_runs(site, turn) == 3, "the third attempt", seconds=50)
    outcomes = [outcome for outcome, _ in list_attempts(site, turn)]
    assert outcomes == ["handed over", "handed over", ""]
    assert find_pid(list_attempts(site, turn)[2][1]) == other.process.pid
    stop(site, turn, other, "worker")
    other.kill()


def test_the_place_of_a_process_that_drains_is_taken_by_another_at_once(site: Site) -> None:
    web = site.web(DRAIN_SECONDS="60", **TWO)
    client = site.client(web, "draining")
    turn = ask(client, LONG)
    until(lambda: count_runs(site, turn) == 1, "the first attempt")
    drains = psutil.Process(find_pid(list_attempts(site, turn)[0][1]))
    drains.send_signal(signal.SIGTERM)
    parent = psutil.Process(web.process.pid)
    until(lambda: len(parent.children()) == 3, "a process in its place")
    answers = {
        httpx2.get(f"{web.url}/health/live", timeout=30, verify=PLAIN).status_code
        for _ in range(30)
    }
    assert answers == {200}
    assert drains.is_running()
    stop(site, turn, web, "draining")
    until(lambda: len(parent.children()) == 2, "the end of the one that drained")
    web.kill()


def test_the_answers_of_a_process_that_died_in_its_place_go_on_before_their_lease_lapses(
    site: Site,
) -> None:
    web = site.web(**TWO)
    turn = ask(site.client(web, "died"), LONG)
    until(lambda: count_runs(site, turn) == 1, "the first attempt")
    os.kill(find_pid(list_attempts(site, turn)[0][1]), signal.SIGKILL)
    until(lambda: count_runs(site, turn) == 2, "the second attempt", seconds=50)
    assert [outcome for outcome, _ in list_attempts(site, turn)] == ["interrupted", ""]
    stop(site, turn, web, "died")
    web.kill()


def test_what_comes_to_one_that_is_silent_is_served_by_another_in_its_place(site: Site) -> None:
    web = site.web(WEB_SILENT_SECONDS="5", WEB_HANG_SECONDS="600", **TWO)
    parent = psutil.Process(web.process.pid)
    until(lambda: len(parent.children()) == 2, "both processes")
    silent, _ = parent.children()
    silent.suspend()
    answers = [httpx2.get(f"{web.url}/health/live", timeout=60, verify=PLAIN) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {200}
    assert len(parent.children()) == 3
    silent.resume()
    # It has come to itself, but there is another in its place.
    until(lambda: silent not in parent.children(), "its end")
    assert len(parent.children()) == 2
    web.kill()


def test_what_waits_at_the_door_of_a_server_that_ends_is_answered(site: Site) -> None:
    web = site.web()
    # It cannot accept until it goes on, and then it has been told to end already.
    os.killpg(web.process.pid, signal.SIGSTOP)
    with socket.create_connection(("127.0.0.1", urlsplit(web.url).port or 0)) as waits:
        waits.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        web.process.send_signal(signal.SIGTERM)
        os.killpg(web.process.pid, signal.SIGCONT)
        assert waits.recv(100).startswith(b"HTTP/1.1 200")


def test_connections_in_use_are_answered_until_they_are_told_to_be_closed(site: Site) -> None:
    """Nobody's next request meets a connection that was closed a moment after its last answer."""
    web = site.web()
    in_use = [HTTPConnection("127.0.0.1", urlsplit(web.url).port) for _ in range(8)]
    used_at = {connection: time.monotonic() for connection in in_use}
    for turn in count():
        if turn == 2:
            web.process.send_signal(signal.SIGTERM)
        for connection in list(used_at):
            began = time.monotonic()
            try:
                connection.request("GET", "/health/live")
                answer = connection.getresponse()
            except ConnectionError:
                connection.close()
                # A machine that was too busy to go on in time.
                assert began - used_at.pop(connection) > FRESH_SECONDS
                continue
            assert answer.read()
            assert answer.status == 200
            used_at[connection] = time.monotonic()
            if answer.headers["Connection"] == "close":
                del used_at[connection]
        if not used_at:
            break
    assert web.process.wait(60) in {0, -signal.SIGTERM}


@pytest.mark.parametrize("more", [{}, TWO], ids=["one process", "two processes"])
def test_a_second_signal_ends_it_at_once_and_one_that_is_sent_twice_does_not(
    site: Site, more: dict[str, str]
) -> None:
    web = site.web(DRAIN_SECONDS="600", **more)
    client = site.client(web, f"hasty{len(more)}")
    events = follow(client, ask(client, LONG))
    next(events)
    for _ in range(2):
        os.killpg(web.process.pid, signal.SIGTERM)
    # Seconds of the answer, in which it goes on.
    for _ in range(15):
        next(events)
    web.process.send_signal(signal.SIGTERM)
    web.process.wait(60)
    assert web.process.returncode is not None


@pytest.fixture(scope="module")
def other(site: Site) -> Program:
    """A server for the rest of this file, which goes on with what others hand over."""
    return site.web()


def test_a_reader_goes_to_another_server_while_the_answer_goes_on_where_it_is(
    site: Site, other: Program
) -> None:
    web = site.web()
    client = site.client(web, "moving")
    turn = ask(client, SHORT)
    events = follow(client, turn)
    heard = [next(events)]
    web.process.send_signal(signal.SIGTERM)
    heard += list(events)
    text = "".join(data["text"] for _, kind, data in heard if kind == "delta")
    text, done = read_to_the_end(site.client(other, "moving"), turn, heard[-1][0], text)
    assert text == done["content"] == build_answer(SHORT)
    assert [outcome for outcome, _ in list_attempts(site, turn)] == ["done"]
    assert web.process.wait(60) in {0, -signal.SIGTERM}


def test_an_answer_that_takes_too_long_goes_on_in_another_web_server(
    site: Site, other: Program
) -> None:
    web = site.web(DRAIN_SECONDS="0.5")
    turn = ask(site.client(web, "long"), LONG)
    until(lambda: count_runs(site, turn) == 1, "the first attempt")
    web.process.send_signal(signal.SIGTERM)
    until(lambda: count_runs(site, turn) == 2, "the second attempt", seconds=50)
    first, second = list_attempts(site, turn)
    assert first[0] == "handed over"
    assert find_pid(second[1]) == other.process.pid
    stop(site, turn, other, "long")


def test_an_answer_of_seconds_ago_is_handed_over_like_an_old_one(
    site: Site, other: Program
) -> None:
    """The lease of a turn is missed only when the turn is older than a lease."""
    web = site.web(DRAIN_SECONDS="0")
    turn = ask(site.client(web, "young"), SHORT)
    web.process.send_signal(signal.SIGTERM)
    text, done = read_to_the_end(site.client(other, "young"), turn, "", "")
    assert text == done["content"] == build_answer(SHORT)
