"""A worker that is killed while it reads a document: the next one finishes it, once.

Each stage is held still by a lock on the table that it writes, so that the kill falls into it.
"""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from documents.tests import fake_embeddings
from documents.tests.fake_embeddings import FakeEmbeddings
from tests.processes.site import Site, running, until

pytestmark = pytest.mark.process

TEXT = "\n\n".join(
    f"Paragraph {n}. The lighthouse keeper of island {n} writes down the weather, the ships that "
    f"pass and the price of oil, which is {n * 7} crowns; then the lamp is lit until the morning."
    for n in range(300)
)


@pytest.fixture(scope="module")
def embeddings() -> Iterator[FakeEmbeddings]:
    with fake_embeddings.running() as running_embeddings:
        yield running_embeddings


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, embeddings: FakeEmbeddings) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    variables = {
        "EMBEDDING_BASE_URL": embeddings.base_url,
        "EMBEDDING_API_KEY": "key",
        "EMBEDDING_MODEL": "fake",
        "INGEST_LEASE_SECONDS": "2",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/v1",
        "OPENAI_API_KEY": "k",
        "CHAT_MODEL": "none",
    }
    with running(folder, **variables) as site:
        site.web()
        yield site


@contextmanager
def hold_lock(site: Site, lock: str) -> Iterator[None]:
    """Hold a lock until somebody else has waited for it."""
    with site.connection() as connection:
        connection.execute(lock)
        yield
        connection.rollback()


def somebody_waits(connection: Any) -> bool:
    found = connection.execute(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    )
    return found.fetchone() is not None


@pytest.mark.parametrize(
    ("stage", "lock"),
    [
        ("parsing", "LOCK TABLE documents_page IN EXCLUSIVE MODE"),
        ("chunking", "LOCK TABLE documents_chunk IN EXCLUSIVE MODE"),
        ("embedding", "LOCK TABLE documents_chunkvector IN EXCLUSIVE MODE"),
        ("indexing", "SELECT 1 FROM documents_document FOR UPDATE"),
    ],
)
def test_a_document_is_ready_afterwards_with_every_chunk_once(
    site: Site, stage: str, lock: str
) -> None:
    client = site.client(site.programs[0], f"killed-in-{stage}")
    file = {"file": (f"{stage}.txt", f"{stage}\n\n{TEXT}".encode())}
    uploaded = client.post("/api/documents", files=file)
    assert uploaded.status_code == 202, uploaded.text
    document = uploaded.json()["id"]

    with hold_lock(site, lock):
        victim = site.worker("ingest")
        with site.connection() as watching:
            watching.autocommit = True
            until(lambda: somebody_waits(watching), f"the worker in stage {stage}")
        victim.kill(signal.SIGKILL)
    worker = site.worker("ingest,default", beat=True)

    with site.connection() as watching:
        watching.autocommit = True
        until(lambda: is_finished(watching, document), "the end")
    status = client.get(f"/api/documents/{document}").json()
    worker.kill(signal.SIGKILL)
    assert status["status"] == "ready", status
    with site.connection() as connection:
        chunks, ordinals, vectors, length = connection.execute(
            "SELECT count(*), count(DISTINCT c.ordinal), count(v.id), max(c.ordinal) + 1"
            " FROM documents_chunk c JOIN documents_version r ON r.id = c.version_id"
            " LEFT JOIN documents_chunkvector v ON v.chunk_id = c.id WHERE r.document_id = %s",
            [document],
        ).fetchone() or (0, 0, 0, 0)
        (attempts,) = connection.execute(
            "SELECT attempt FROM documents_version WHERE document_id = %s", [document]
        ).fetchone() or (0,)
    assert chunks == ordinals == vectors == length == status["chunks"] > 50
    assert attempts == 2


def is_finished(connection: Any, document: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM documents_version WHERE document_id = %s AND state IN ('ready', 'failed')",
        [document],
    )
    return found.fetchone() is not None
