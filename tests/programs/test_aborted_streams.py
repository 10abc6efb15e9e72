"""Readers who leave in the middle of an answer leave nothing behind in the web process."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import httpx2
import psutil
import pytest

from tests.processes.site import PLAIN, Program, Site, running, until

pytestmark = pytest.mark.process

STREAMS = 100
AT_ONCE = 50
# Long enough that a program has hung up well before its end, on a busy machine too.
MODEL = "count-15-100"
SAID = {"model": MODEL, "messages": [{"role": "user", "content": "go"}]}
PATHS = {
    "/api/chat/stream": SAID | {"collections": [], "cache": False},
    "/v1/chat/completions": SAID | {"stream": True},
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    endpoint = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "k", "CHAT_MODEL": MODEL}
    with running(folder, **endpoint) as site:
        yield site


@pytest.fixture(scope="module")
def web(site: Site) -> Program:
    return site.web()


@pytest.fixture(scope="module")
def token(site: Site, web: Program) -> str:
    return site.client(web, "reader").headers["Authorization"]


async def abort(web: Program, token: str, count: int) -> None:
    """Begin so many answers of each kind and leave each after its first word."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(path: str) -> None:
        async with gate, session.post(web.url + path, json=PATHS[path]) as response:
            assert response.status == 200
            async for line in response.content:
                if b"w0" in line:
                    break
            response.close()

    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    headers = {"Authorization": token}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        await asyncio.gather(*(one(list(PATHS)[n % 2]) for n in range(count)))


def figures(web: Program) -> dict[str, float]:
    text = httpx2.get(f"{web.url}/metrics", verify=PLAIN).text
    return {name: float(value) for name, value in re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)}


def at_rest(web: Program) -> dict[str, float] | None:
    """The figures, once no turn runs and nobody uses a connection."""
    found = figures(web)
    busy = (
        found['aiapp_unfinished_turns{state="running"}'],
        found['aiapp_open_streams{kind="turn"}'],
        found["aiapp_database_pool_size"] - found["aiapp_database_pool_available"],
    )
    return None if any(busy) else found


def files(web: Program) -> float:
    """Open files and sockets of the web process, but for the pool's, which may grow."""
    return psutil.Process(web.process.pid).num_fds() - figures(web)["aiapp_database_pool_size"]


def test_they_leave_no_task_no_connection_and_no_place_in_the_pool(
    web: Program, token: str
) -> None:
    asyncio.run(abort(web, token, AT_ONCE))
    before = until(lambda: at_rest(web), "an end of the first answers", 120)
    opened = files(web)
    asyncio.run(abort(web, token, STREAMS))
    after = until(lambda: at_rest(web), "an end of all answers", 120)
    tasks = before["aiapp_event_loop_tasks"]
    until(lambda: figures(web)["aiapp_event_loop_tasks"] <= tasks, "as few tasks as before", 120)
    assert after["aiapp_database_requests_waiting"] == 0
    until(lambda: files(web) <= opened + 2, "as few open files as before", 120)

    def count_all() -> dict[str, float] | None:
        found = figures(web)
        turns = {each: n for each, n in found.items() if each.startswith("aiapp_turns_total") and n}
        return turns if sum(turns.values()) >= STREAMS + AT_ONCE else None

    # A turn is counted a moment after it has ended.
    turns = until(count_all, "a figure of each turn", 120)
    assert sum(turns.values()) == STREAMS + AT_ONCE
    # A hung-up program's answer is stopped, a closed page's goes on; none fails.
    assert set(turns) == {f'aiapp_turns_total{{state="{state}"}}' for state in ("done", "stopped")}
    assert turns['aiapp_turns_total{state="stopped"}'] >= STREAMS / 4
