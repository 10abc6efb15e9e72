"""`DEBUG=true manage.py runserver` serves all of the site by daphne: pages, streams and sockets."""

import json
from collections.abc import Iterator

import httpx2
import pytest
from websockets.sync.client import connect

from tests.processes import site

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[site.Program]:
    variables = {"OPENAI_BASE_URL": fake_model, "OPENAI_API_KEY": "sk-123", "CHAT_MODEL": "echo"}
    with site.running(tmp_path_factory.mktemp("site"), DEBUG="true", **variables) as running:
        yield running.development_server()


@pytest.fixture(scope="module")
def client(web: site.Program) -> Iterator[httpx2.Client]:
    account = {"username": "alice", "password": site.PASSWORD}
    with httpx2.Client(base_url=web.url, timeout=30) as client:
        client.post("/api/auth/register", json=account | {"email": "alice@example.org"})
        token = client.post("/api/auth/token", json=account).json()["access"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_daphne_serves_pages_and_scripts_as_they_were_written(client: httpx2.Client) -> None:
    page = client.get("/accounts/login/", follow_redirects=True)
    assert (page.status_code, page.headers["Server"]) == (200, "daphne")
    assert 'src="/static/js/site.js"' in page.text
    assert client.get("/static/js/site.js").text.startswith("/* What every page has. */")


def test_an_answer_streams(client: httpx2.Client) -> None:
    question = {"messages": [{"role": "user", "content": "one two"}]}
    with client.stream("POST", "/api/chat/stream", json=question) as response:
        names = [line for line in response.iter_lines() if line.startswith("event: ")]
    assert (names[0], names[-1]) == ("event: started", "event: done")
    assert "event: delta" in names


def test_a_socket_answers(web: site.Program, client: httpx2.Client) -> None:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    address = web.url.replace("http", "ws", 1) + "/ws/chat/"
    with connect(address, subprotocols=["bearer", token]) as socket:
        socket.send(json.dumps({"type": "send", "content": "one two", "collections": []}))
        text = ""
        while (event := json.loads(socket.recv(timeout=30)))["type"] != "done":
            text += event["data"]["text"] if event["type"] == "delta" else ""
    assert text.strip() == "one two"
