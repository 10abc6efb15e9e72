"""Logs hold neither people's texts nor credentials, but everything that helps to find a fault."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import psycopg
import pytest
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.plugin import ROOT
from tests.processes.model_servers import Server
from tests.processes.site import PASSWORD, Site, running, until

pytestmark = pytest.mark.process


def marker(what: str) -> str:
    return f"{what}-{uuid4().hex}"


QUESTION, PASSAGE, FILE = marker("question"), marker("passage"), marker("file")
KEY, TOKEN, LINK = marker("sk"), marker("token"), marker("link")
FAULTS = ("500", "cut", "malformed", "event", "context", "401")


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, fake_model: str, embedding_server: Server
) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    variables = {
        "OPENAI_BASE_URL": fake_model,
        "OPENAI_API_KEY": KEY,
        "CHAT_MODEL": "echo",
        "CHAT_MODELS": ",".join(["count-60-50", *(f"fault-{fault}" for fault in FAULTS)]),
        "EMBEDDING_BASE_URL": embedding_server.base_url,
        "EMBEDDING_API_KEY": embedding_server.key,
        "TURN_LEASE_SECONDS": "2",
        "TURN_MAX_ATTEMPTS": "1",
    }
    with running(folder, **variables) as site:
        site.worker("turns,default", beat=True)
        site.worker("ingest")
        yield site


def log(site: Site) -> list[dict[str, Any]]:
    text = (site.data_dir / "site.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def everything(site: Site) -> str:
    """All that the processes wrote, also what is no line of JSON."""
    return (site.data_dir / "site.log").read_text(encoding="utf-8")


def events(site: Site, name: str) -> list[dict[str, Any]]:
    return [line for line in log(site) if line["event"] == name]


def question(**more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": QUESTION}]} | more


def use_it(site: Site, client: httpx2.Client, address: str) -> None:
    """Ask, upload and go astray, with a word to be found again in everything."""
    files = {"file": (f"{FILE}.txt", PASSAGE.encode(), "text/plain")}
    uploaded = client.post("/api/documents", files=files).json()
    broken = {"file": (f"{FILE}.pdf", b"%PDF-1.7 " + PASSAGE.encode(), "application/pdf")}
    client.post("/api/documents", files=broken)
    until(
        lambda: client.get(f"/api/documents/{uploaded['id']}").json()["status"] == "ready",
        "the document",
    )
    client.post("/api/chat", json=question())
    for fault in FAULTS:
        assert client.post("/api/chat", json=question(model=f"fault-{fault}")).status_code >= 400
    client.post("/v1/chat/completions", json=question(model="fault-event"))
    client.post("/api/chat", json=question(unknown=QUESTION))
    client.post("/api/documents/search", json={"query": QUESTION})
    for path in (f"/s/{LINK}", f"/accounts/password/{LINK}/{LINK}/", f"/chat/?q={QUESTION}"):
        client.get(path)
        client.post(path, data={"content": QUESTION})
    client.get("/api/me", headers={"Authorization": f"Bearer {TOKEN}"})
    socket = f"{address.replace('http', 'ws')}/ws/chat/?token={TOKEN}"
    with pytest.raises(WebSocketException), connect(socket) as connection:
        connection.recv()


def test_nothing_that_people_wrote_and_no_secret_is_in_any_line(site: Site) -> None:
    web = site.web()
    client = site.client(web, "writer")
    use_it(site, client, web.url)
    until(lambda: events(site, "ingest_failed"), "the broken file's failure")
    assert len(events(site, "turn_failed")) >= len(FAULTS)
    text = everything(site)
    secrets = [QUESTION, PASSAGE, FILE, KEY, TOKEN, LINK, PASSWORD, "sk-123"]
    access = client.headers["Authorization"].removeprefix("Bearer ")
    assert [secret for secret in [*secrets, access] if secret in text] == []


def test_a_failed_turn_can_be_found_by_its_request_and_its_turn(site: Site) -> None:
    client = site.client(site.web(), "unlucky")
    answer = client.post("/api/chat/stream", json=question(model="fault-cut"))
    data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: {")]
    turn = next(json.loads(line)["turn"] for line in data if '"turn"' in line)
    (line,) = [line for line in events(site, "turn_failed") if line.get("turn") == turn]
    assert line["request"] == answer.headers["X-Request-ID"]
    assert line["code"] == "broken_answer"


def test_what_a_worker_writes_names_the_request_that_it_works_for(site: Site) -> None:
    client = site.client(site.web(), "librarian")
    files = {"file": ("broken.pdf", b"%PDF-1.7 nothing", "application/pdf")}
    answer = client.post("/api/documents", files=files)
    assert answer.status_code == 202
    name = answer.headers["X-Request-ID"]
    (line,) = until(
        lambda: [line for line in events(site, "ingest_failed") if line.get("request") == name],
        "the worker's line",
    )
    assert line["task"] == "documents.ingest"


def test_every_line_is_one_object_with_its_time_and_its_origin(site: Site) -> None:
    for line in log(site):
        assert {"time", "level", "logger", "event"} <= set(line)


# What PostgreSQL quotes when it refuses a statement, each with the words of somebody.
REFUSED = {
    "a value that is there": ("INSERT INTO pairs VALUES (1, %s), (2, %s)", 2),
    "a value that is missing elsewhere": ("INSERT INTO more VALUES (7, %s)", 1),
    "a row that breaks a rule": ("INSERT INTO pairs VALUES (-1, %s)", 1),
    "a row without a value": ("INSERT INTO pairs VALUES (NULL, %s)", 1),
    "a text that is no number": ("SELECT %s::text::int", 1),
    "a text that is no query": ("SELECT (%s || ' &|& ')::tsquery", 1),
    "a text that is no JSON": ("SELECT %s::text::jsonb", 1),
    "a text that is too long": ("SELECT 1 FROM pairs WHERE word = repeat(%s, 2000000000)", 1),
    "a name that is not there": ("SELECT {word}", 0),
    "a statement that takes too long": ("SELECT %s, pg_sleep(5)", 1),
}


@pytest.mark.skipif(not (ROOT / "postgres.log").exists(), reason="the server is somebody else's")
@pytest.mark.parametrize("refused", REFUSED)
def test_the_databases_log_quotes_nothing_that_it_refused(refused: str) -> None:
    word = marker("word")
    statement, count = REFUSED[refused]
    # As Django sends them: with their values inside.
    cursors = {"autocommit": True, "cursor_factory": psycopg.ClientCursor}
    with psycopg.connect(os.environ["DATABASE_URL"], **cursors) as connection:
        connection.execute(
            "CREATE TEMP TABLE pairs (id int NOT NULL CHECK (id > 0), word text UNIQUE)"
        )
        connection.execute("CREATE TEMP TABLE more (id int, word text REFERENCES pairs (word))")
        connection.execute("SET statement_timeout = 200")
        with pytest.raises(psycopg.Error):
            connection.execute(statement.format(word=f'"{word}"'), [word] * count)
        # Written after the error, so that it has been written, too.
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(os.environ["DATABASE_URL"], user=f"nobody-{word[-8:]}")
    log = (ROOT / "postgres.log").read_text(encoding="utf-8", errors="replace")
    assert f"nobody-{word[-8:]}" in log
    assert word not in log
