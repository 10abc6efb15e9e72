"""A site whose processes have clocks that are minutes off: nobody is sent away, nothing is lost."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.processes.site import PASSWORD, PLAIN, Program, Site, running, until

pytestmark = pytest.mark.process

AHEAD, BEHIND = 300, -300
# Three seconds, and none to speak of.
MODEL, QUICK = "count-60-50", "count-6-10"
ANSWER = "".join(f"w{n} " for n in range(60))
QUICK_ANSWER = "".join(f"w{n} " for n in range(6))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    endpoint["CHAT_MODELS"] = QUICK
    with running(folder, **endpoint, TURN_LEASE_SECONDS="2", SUGGESTIONS="0") as site:
        yield site


@pytest.fixture(scope="module")
def right(site: Site) -> Program:
    return site.web()


def ask(client: httpx2.Client, chat: str = "", model: str = MODEL) -> tuple[str, str]:
    """Ask, and return the chat and the turn."""
    chat = chat or client.post("/api/conversations", json={}).json()["id"]
    question = {"content": "go", "collections": [], "cache": False, "model": model}
    accepted = client.post(f"/api/conversations/{chat}/messages", json=question)
    assert accepted.status_code == 202, accepted.text
    return chat, accepted.json()["turn"]["id"]


def list_messages(client: httpx2.Client, chat: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/conversations/{chat}/messages").json()
    return found


def wait_for_answer(client: httpx2.Client, chat: str, number: int = 1) -> str:
    messages = until(
        lambda: (
            found
            if len(found := list_messages(client, chat)) == 2 * number and found[-1]["content"]
            else None
        ),
        "the answer",
    )
    return str(messages[-1]["content"])


@pytest.mark.parametrize("seconds", [AHEAD, BEHIND])
def test_who_signs_in_at_one_is_known_at_the_other(
    site: Site, right: Program, seconds: int
) -> None:
    wrong = site.web_with_clock(seconds)
    name = f"traveller{seconds % 7}"
    account = {"username": name, "password": PASSWORD}
    site.client(right, name)
    for here, there in ((wrong, right), (right, wrong)):
        tokens = httpx2.post(f"{here.url}/api/auth/token", json=account, verify=PLAIN).json()
        headers = {"Authorization": f"Bearer {tokens['access']}"}
        assert httpx2.get(f"{there.url}/api/me", headers=headers, verify=PLAIN).status_code == 200
        body = {"refresh": tokens["refresh"]}
        renewed = httpx2.post(f"{there.url}/api/auth/token/refresh", json=body, verify=PLAIN)
        assert renewed.status_code == 200, renewed.text
        headers = {"Authorization": f"Bearer {renewed.json()['access']}"}
        assert httpx2.get(f"{here.url}/api/me", headers=headers, verify=PLAIN).status_code == 200
    # What is said at one after the other is in that order, and a kept answer is none of the past.
    clients = [site.client(web, name) for web in (wrong, right)]
    chat = ""
    for number, client in enumerate([*clients, *clients], 1):
        chat, _ = ask(client, chat, QUICK)
        assert wait_for_answer(client, chat, number) == QUICK_ANSWER
    for client in clients:
        messages = list_messages(client, chat)
        assert [each["role"] for each in messages] == ["user", "assistant"] * 4
    wrong.kill()


@pytest.mark.parametrize("seconds", [AHEAD, BEHIND])
def test_a_worker_takes_over_what_a_server_with_another_clock_left(
    site: Site, right: Program, seconds: int
) -> None:
    """The schedule's clock is right, and both who began the answer and who ends it are off."""
    client = site.client(right, f"patient{seconds % 7}")
    worker = site.worker_with_clock(seconds, "turns,default")
    beat = site.beat()
    wrong = site.web_with_clock(-seconds)
    chat, turn = ask(site.client(wrong, f"patient{seconds % 7}"))
    # Where another web server serves, that one would take it.
    os.killpg(right.process.pid, signal.SIGSTOP)
    try:
        wrong.kill()
        until(lambda: has_ended(site, turn), "the end of the answer")
    finally:
        os.killpg(right.process.pid, signal.SIGCONT)
    assert wait_for_answer(client, chat) == ANSWER
    for program in (worker, beat):
        program.kill()


def has_ended(site: Site, turn: str) -> bool:
    with site.connection() as connection:
        found = connection.execute("SELECT state FROM chat_turn WHERE id = %s", [turn]).fetchone()
    return found == ("done",)
