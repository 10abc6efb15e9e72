import asyncio
import json
from contextlib import aclosing

import pytest
from django.db import connections

from aiapp.db import in_db
from documents.api import events
from documents.models import Document, Version
from documents.tests.library import reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]

QUEUED = {"state": Version.State.QUEUED, "stage": Version.Stage.WAITING}


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(events, "POLL_SECONDS", 0.05)


@pytest.fixture
def anna():
    return reader("anna")


def _frames(raw):
    """(event, data) of each frame that is no comment."""
    for frame in raw.decode().strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in frame.split("\n") if line[0] != ":")
        if lines:
            yield lines.get("event", ""), lines["data"]


async def _create_unfinished(anna):
    document = await in_db(ready_document, anna.user)
    await in_db(document.versions.update, **QUEUED)
    return document


async def test_a_ready_document_ends_the_stream_at_once(anna):
    document = await in_db(ready_document, anna.user)
    answer = await anna.client.get(f"/api/documents/{document.pk}/events")
    assert answer["Content-Type"].startswith("text/event-stream")
    assert answer["X-Accel-Buffering"] == "no"
    raw = b"".join([piece async for piece in answer.streaming_content])
    (kind, data), (_, end) = _frames(raw)
    assert (kind, end) == ("done", "[DONE]")
    told, read = json.loads(data), (await anna.client.get(f"/api/documents/{document.pk}")).json()
    assert told.keys() == read.keys()
    assert (told["id"], told["status"], told["progress"]) == (read["id"], "ready", 1)


async def test_progress_is_told_until_it_is_ready(anna):
    document = await _create_unfinished(anna)
    steps = [
        {"state": "processing", "stage": "parsing", "done": 1, "total": 2},
        {"state": "processing", "stage": "embedding", "done": 3, "total": 3},
        {"state": "ready", "stage": "done"},
    ]
    told = []
    async with aclosing(events.events(anna.user, document.pk)) as stream:
        async for raw in stream:
            told += _frames(raw)
            if steps:
                await in_db(document.versions.update, **steps.pop(0))
    kinds = [kind for kind, _ in told]
    assert kinds == ["progress", "progress", "progress", "done", ""]
    values = [json.loads(data)["progress"] for _, data in told[:4]]
    assert values == sorted(values)
    assert values[-1] == 1


async def test_a_failure_is_told_with_its_reason(anna):
    document = await _create_unfinished(anna)
    failed = {"state": "failed", "failure_code": "no_text", "failure_message": "No text."}
    await in_db(document.versions.update, **failed)
    async with aclosing(events.events(anna.user, document.pk)) as stream:
        (raw,) = [raw async for raw in stream]
    kind, data = next(_frames(raw))
    assert kind == "done"
    assert json.loads(data)["failure"] == {"code": "no_text", "message": "No text."}


async def test_a_document_that_is_deleted_meanwhile_ends_the_stream(anna):
    document = await _create_unfinished(anna)
    frames = []
    async with aclosing(events.events(anna.user, document.pk)) as stream:
        async for raw in stream:
            frames += _frames(raw)
            await in_db(Document.objects.all().delete)
    assert [kind for kind, _ in frames] == ["progress", "error", ""]


async def test_silence_is_filled_with_comments(anna, monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.1)
    document = await _create_unfinished(anna)
    async with aclosing(events.events(anna.user, document.pk)) as stream:
        await anext(stream)
        assert (await asyncio.wait_for(anext(stream), 60)).startswith(b": ")


async def test_many_readers_hold_no_connection_while_they_wait(anna):
    document = await _create_unfinished(anna)
    streams = [events.events(anna.user, document.pk) for _ in range(50)]
    await asyncio.gather(*(anext(stream) for stream in streams))

    # The few threads that do the work may just be giving theirs back; fifty readers hold none.
    pool = connections["default"].pool.get_stats()
    assert pool["pool_size"] - pool["pool_available"] <= 10
    for stream in streams:
        await stream.aclose()
