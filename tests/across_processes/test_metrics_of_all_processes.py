"""One web server tells what workers and the other web servers have done."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from documents.tests import fake_embeddings
from tests.processes.site import PLAIN, Site, running, until

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, fake_model: str) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    with fake_embeddings.running() as embeddings:
        variables = {
            "OPENAI_BASE_URL": fake_model,
            "OPENAI_API_KEY": "k",
            "CHAT_MODEL": "echo",
            "EMBEDDING_BASE_URL": embeddings.base_url,
            "EMBEDDING_API_KEY": "key",
            "EMBEDDING_MODEL": "fake",
        }
        with running(folder, **variables) as site:
            site.worker("ingest")
            yield site


def test_a_workers_documents_and_another_servers_turns_are_told(site: Site) -> None:
    first, second = site.web(), site.web()
    client = site.client(first, "alice")
    files = {"file": ("notes.txt", b"The harbour opens at seven.", "text/plain")}
    client.post("/api/documents", files=files)
    body = {"messages": [{"role": "user", "content": "hello"}], "collections": []}
    client.post("/api/chat", json=body)

    def read_metrics() -> list[str]:
        return httpx2.get(f"{second.url}/metrics", verify=PLAIN).text.splitlines()

    until(
        lambda: 'aiapp_ingests_total{outcome="ready"} 1.0' in read_metrics(),
        "the worker's document",
    )
    until(lambda: 'aiapp_turns_total{state="done"} 1.0' in read_metrics(), "the turn")
    assert 'aiapp_ingest_stage_seconds_count{stage="embedding"} 1.0' in read_metrics()
    assert "aiapp_database_pool_size" in {line.split(" ")[0] for line in read_metrics()}
    outside = httpx2.get(
        f"{second.url}/metrics", headers={"X-Forwarded-For": "192.0.2.7"}, verify=PLAIN
    )
    assert outside.status_code == 404
