"""A whole site behind PgBouncer in transaction mode, whose two connections are everybody's."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from documents.tests import fake_embeddings
from tests.processes import pooler
from tests.processes.site import Program, Site, get_shared_folder, running, until

pytestmark = pytest.mark.process

MODEL = "count-6-10"
ANSWER = "".join(f"w{n} " for n in range(6))
SIZE = 2
TEXT = "The harbour opens at seven. " * 400


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    with (
        fake_embeddings.running() as embeddings,
        pooler.running(
            tmp_path_factory.mktemp("pooler"), get_shared_folder() / "run", size=SIZE
        ) as port,
    ):
        variables = {
            "EMBEDDING_BASE_URL": embeddings.base_url,
            "EMBEDDING_API_KEY": "key",
            "EMBEDDING_MODEL": "fake",
            "OPENAI_BASE_URL": fake_model,
            "OPENAI_API_KEY": "k",
            "CHAT_MODEL": MODEL,
            "DATABASE_POOLER": "transaction",
        }
        with running(folder, **variables) as site:
            address = f"postgresql://aiapp@127.0.0.1:{port}/{site.database}"
            site.environment = site.environment | {"DATABASE_URL": address}
            site.worker("ingest,turns,default", beat=True)
            yield site


@pytest.fixture(scope="module")
def web(site: Site) -> Program:
    return site.web()


def ask(client: httpx2.Client, question: str) -> str:
    """Ask, and return what the stream of the answer says in the end."""
    conversation = client.post("/api/conversations", json={}).json()["id"]
    accepted = client.post(
        f"/api/conversations/{conversation}/messages", json={"content": question}
    ).json()
    with client.stream("GET", f"/api/turns/{accepted['turn']['id']}/events") as stream:
        assert "event: done" in stream.read().decode()
    messages = client.get(f"/api/conversations/{conversation}/messages").json()
    return messages[-1]["content"]


def test_a_document_is_read_searched_and_asked_about(site: Site, web: Program) -> None:
    client = site.client(web, "ann")
    file = {"file": ("harbour.txt", TEXT.encode())}
    document = client.post("/api/documents", files=file).json()["id"]
    path = f"/api/documents/{document}"
    until(lambda: client.get(path).json()["status"] == "ready", "the document")
    for mode in ("lexical", "dense"):
        wanted = {"query": "harbour", "mode": mode}
        found = client.post("/api/documents/search", json=wanted).json()
        assert {each["document"]["id"] for each in found} == {document}
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda n: ask(client, f"Question {n}"), range(16)))
    assert [answer.strip() for answer in answers] == [ANSWER.strip()] * 16
    assert client.delete(path).status_code == 204


def test_all_of_it_took_as_many_connections_as_the_pooler_has(site: Site, web: Program) -> None:
    client = site.client(web, "bob")
    ask(client, "One more")
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    with site.connection() as connection:
        [(count,)] = connection.execute(query).fetchall()
    assert count <= SIZE
