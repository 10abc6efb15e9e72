"""A model that is connected is there for all processes at once, and gone when it is removed."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.processes.site import PLAIN, TWO, Program, Site, until

pytestmark = pytest.mark.process

MODEL = "says-connected_a_moment_ago"
# So many connections meet both processes.
CONNECTIONS = 16


@pytest.fixture
def web(shared_site: Site) -> Iterator[Program]:
    web = shared_site.web(**TWO)
    yield web
    web.kill()


def count_listing(web: Program, client: httpx2.Client) -> int:
    """Return how many of many connections come to a process that lists the model."""
    found = 0
    for _ in range(CONNECTIONS):
        headers = {"Authorization": client.headers["Authorization"], "Connection": "close"}
        names = httpx2.get(
            f"{web.url}/v1/models", headers=headers, timeout=60, verify=PLAIN
        ).json()["data"]
        found += MODEL in {each["id"] for each in names}
    return found


def test_web_processes_and_workers_hear_of_what_a_command_has_changed(
    shared_site: Site, web: Program, fake_model: str
) -> None:
    client = shared_site.client(web, "mona")
    where = ("--name", "a-moment-ago", "--address", fake_model)
    shared_site.manage("models", "add", "other", *where, "--model", MODEL)
    until(lambda: count_listing(web, client) == CONNECTIONS, "the model in both processes")
    body = {"questions": ["Who are you?"], "model": MODEL, "collections": []}
    batch = client.post("/api/batches", json=body).json()["id"]
    path = f"/api/batches/{batch}"
    until(lambda: client.get(path).json()["state"] == "done", "the worker's answer")
    (item,) = client.get(path).json()["items"]
    assert (item["state"], item["answer"]) == ("done", "connected a moment ago ")
    shared_site.manage("models", "remove", "a-moment-ago")
    until(lambda: count_listing(web, client) == 0, "the end of the model in both processes")
    question = {"model": MODEL, "messages": [{"role": "user", "content": "hello"}]}
    assert client.post("/api/chat", json=question).status_code == 422
