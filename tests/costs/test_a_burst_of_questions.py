"""A hundred and twenty questions within a second, on a busy machine: late, and nothing lost."""

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from tests.processes.site import PLAIN, Program, Site, running, until

pytestmark = pytest.mark.process

# Twice as many as a web server has connections to Redis, and four times those to the database.
QUESTIONS = 120
WORDS = 10
WHOLE = "".join(f"w{n} " for n in range(WORDS))
# What a web server may open, and what a worker, its scheduler and this test have beside it.
POOL, WORKER_CONNECTIONS = 30, 8
# What would say that something was given up for want of a connection.
POOL_ERRORS = {"MaxConnectionsError", "NoFreeConnection", "ConnectionError"}
LOSSES = {"figures_late", "news_untold", "lease_lost", "turn_fenced", "turn_unsaved", "turn_broke"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k"}
    with running(folder, **endpoint, CHAT_MODEL=f"count-{WORDS}-100") as site:
        # Who would take over what looks abandoned, every three seconds.
        site.worker("turns,default", beat=True)
        yield site


@contextmanager
def busy_machine(web: Program) -> Iterator[None]:
    """A machine whose other programs leave a server a third of the time, and burn none of ours."""
    ended = Event()

    def hold_up() -> None:
        while not ended.wait(0.01):
            os.killpg(web.process.pid, signal.SIGSTOP)
            time.sleep(0.02)
            os.killpg(web.process.pid, signal.SIGCONT)

    holding = Thread(target=hold_up)
    holding.start()
    try:
        yield
    finally:
        ended.set()
        holding.join()


async def ask(client: httpx2.AsyncClient, number: int) -> list[tuple[str, dict[str, object]]]:
    """Ask a question; return all events of its stream."""
    await asyncio.sleep(number / QUESTIONS)
    body = {"messages": [{"role": "user", "content": f"question {number}"}], "collections": []}
    events: list[tuple[str, dict[str, object]]] = []
    async with client.stream("POST", "/api/chat/stream", json=body) as response:
        assert response.status_code == 200
        kind = ""
        async for line in response.aiter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: {"):
                events.append((kind, json.loads(line.removeprefix("data: "))))
    return events


async def all_asked(url: str, authorization: str) -> list[list[tuple[str, dict[str, object]]]]:
    limits = httpx2.Limits(max_connections=None)
    headers = {"Authorization": authorization}
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, timeout=None, limits=limits
    ) as client:
        return list(await asyncio.gather(*(ask(client, n) for n in range(QUESTIONS))))


def join_text(events: list[tuple[str, dict[str, object]]]) -> str:
    return "".join(str(data["text"]) for kind, data in events if kind == "delta")


def figure(web: Program, name: str) -> float:
    lines = httpx2.get(f"{web.url}/metrics", verify=PLAIN).text.splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


def test_all_are_answered_once_and_nothing_is_lost(site: Site) -> None:
    web = site.web()
    authorization = site.client(web, "alice").headers["Authorization"]
    with busy_machine(web):
        found = asyncio.run(all_asked(web.url, authorization))

    assert [each for each in found if join_text(each) != WHOLE] == []
    kinds = Counter(kind for each in found for kind, _ in each)
    assert kinds["done"] == QUESTIONS
    assert kinds["restarted"] == kinds["error"] == 0

    with site.connection() as connection:
        attempts = connection.execute("SELECT number, outcome FROM chat_attempt").fetchall()
        states = connection.execute("SELECT state, attempt FROM chat_turn").fetchall()
    assert Counter(attempts) == {(1, "done"): QUESTIONS}
    assert Counter(states) == {("done", 1): QUESTIONS}

    # Those of a burst stay open for a minute.
    with site.connection() as connection:
        opened = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [site.database]
        ).fetchone()
    assert opened[0] <= POOL + WORKER_CONNECTIONS

    until(lambda: figure(web, 'aiapp_turns_total{state="done"}') >= QUESTIONS, "the figures")
    assert figure(web, 'aiapp_turns_total{state="done"}') == QUESTIONS
    assert figure(web, "aiapp_turn_first_text_seconds_count") == QUESTIONS

    lines = (site.data_dir / "site.log").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    assert {line.get("reason") for line in told} & POOL_ERRORS == set()
    assert {line["event"] for line in told} & LOSSES == set()
