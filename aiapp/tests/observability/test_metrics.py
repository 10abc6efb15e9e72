"""The figures that Prometheus reads at /metrics, and who may read them."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from django.test import AsyncClient, Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts.credentials.tokens import issue
from accounts.models import User
from aiapp.db import in_db
from aiapp.observability import figures
from aiapp.redis import sync_redis
from documents.ingest.pipeline import ingest
from documents.models import Version
from documents.tests.library import ready_document

LOCAL = {"HTTP_HOST": "127.0.0.1:8000", "REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture(autouse=True)
def _figures_from_nothing(settings: Settings, fake_model: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL = fake_model
    settings.CHAT_MODEL = "echo"
    # What tests before have counted and not written yet would be counted here.
    figures.record_now()
    with sync_redis() as client:
        client.delete(figures.KEY)


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice", "alice@example.org", "alice's password")


def scrape(**environment: str) -> dict[tuple[str, ...], float]:
    """Samples by name and labels, the labels in the order of their names."""
    answer = Client().get("/metrics", **(LOCAL | environment))
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


async def ask(user: User, question: str, **more: Any) -> Any:
    body = {"messages": [{"role": "user", "content": question}], "collections": []} | more
    headers = {"Authorization": f"Bearer {(await in_db(issue, user)).access}"}
    return await AsyncClient().post(
        "/api/chat", body, content_type="application/json", headers=headers
    )


async def test_turns_tokens_and_kept_answers_are_counted(alice: User, settings: Settings) -> None:
    question = f"one two {uuid4().hex}"
    settings.CHAT_MODELS = ["fault-cut"]
    for _ in range(2):
        await ask(alice, question)
    await ask(alice, question, model="fault-cut")
    figures: dict[tuple[str, ...], float] = {}
    async with asyncio.timeout(60):
        # The figures follow the answer.
        while ("aiapp_turns_total", "failed") not in figures:
            figures = await in_db(scrape)
    assert figures["aiapp_turns_total", "done"] == 2
    assert figures["aiapp_turns_total", "failed"] == 1
    assert figures["aiapp_tokens_total", "in", "echo"] == 7
    assert figures["aiapp_tokens_total", "out", "echo"] == 3
    assert figures["aiapp_response_cache_total", "hit"] == 1
    assert figures["aiapp_response_cache_total", "miss"] == 1
    assert figures["aiapp_turn_first_text_seconds_count",] == 3
    assert figures["aiapp_turn_first_text_seconds_bucket", "+Inf"] == 3
    assert figures["aiapp_turn_first_text_seconds_bucket", "60.0"] == 3
    assert figures["aiapp_http_requests_total", "POST", "api/chat", "200"] >= 2
    assert figures["aiapp_http_requests_total", "POST", "api/chat", "502"] >= 1


def test_stages_of_documents_are_counted_whichever_process_reads_them(
    alice: User, settings: Settings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    settings.EMBEDDING_BASE_URL = "http://127.0.0.1:9"
    document = ready_document(alice)
    version = document.versions.get()
    version.chunks.all().delete()
    Version.objects.filter(pk=version.pk).update(state="queued", stage="chunking")
    waiting = scrape()
    assert waiting["aiapp_unfinished_documents", "queued"] == 1
    ingest(version.pk)
    found = scrape()
    assert found["aiapp_ingest_stage_seconds_count", "chunking"] == 1
    assert found["aiapp_ingests_total", "put_off"] == 1


def test_queues_pool_and_streams_are_shown(alice: User) -> None:
    with sync_redis() as client:
        # Other tests have no workers and leave theirs.
        client.delete("ingest")
        client.rpush("ingest", "a task")
        try:
            found = scrape()
        finally:
            client.delete("ingest")
    assert found["aiapp_queue_tasks", "ingest"] == 1
    assert found["aiapp_unfinished_turns", "running"] == 0
    assert found["aiapp_open_streams", "turn"] == 0
    assert ("aiapp_database_pool_size",) in found
    assert found["process_resident_memory_bytes",] > 0


def test_an_address_counts_by_its_pattern_and_not_by_what_was_written_into_it(alice: User) -> None:
    client, before = Client(), scrape()
    for n in range(20):
        client.get(f"/chat/{uuid4()}/")
        client.get(f"/nowhere/{n}")
    client.generic("BREW", "/chat/")
    new = {key for key in set(scrape()) - set(before) if key[0] == "aiapp_http_requests_total"}
    assert {key[1:3] for key in new} <= {
        ("GET", "chat/<uuid:conversation_id>/"),
        ("GET", "none"),
        ("other", "chat/"),
    }


def test_without_redis_the_rest_is_still_told(alice: User, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = scrape()
    assert found["aiapp_part_up", "redis"] == 0
    assert found["aiapp_part_up", "database"] == 1
    assert ("aiapp_unfinished_turns", "running") in found


@pytest.mark.parametrize(
    "who",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"HTTP_FORWARDED": "for=192.0.2.7"},
    ],
    ids=["another machine", "another name", "through a proxy", "through another proxy"],
)
@pytest.mark.django_db
def test_nobody_else_may_read_them(who: dict[str, str]) -> None:
    answer = Client().get("/metrics", **(LOCAL | who))
    assert answer.status_code in {400, 404}
    assert b"aiapp_" not in answer.content


@pytest.mark.django_db
def test_behind_proxies_of_ours_a_token_is_needed(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    assert Client().get("/metrics", **LOCAL).status_code == 404


@pytest.mark.django_db
def test_whoever_has_the_token_may_read_them_from_anywhere(settings: Settings) -> None:
    settings.METRICS_TOKEN = "a token for the scraper"
    far = {"REMOTE_ADDR": "192.0.2.7", "HTTP_HOST": "10.0.0.7:8000"}
    assert scrape(**far, HTTP_AUTHORIZATION="Bearer a token for the scraper")
    for wrong in ("", "Bearer ", "Bearer another", "a token for the scraper"):
        answer = Client().get("/metrics", **(LOCAL | {"HTTP_AUTHORIZATION": wrong}))
        assert answer.status_code == 404
