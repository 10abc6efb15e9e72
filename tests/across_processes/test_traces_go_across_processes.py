"""One question is one trace, and so is one upload, whichever processes work on them."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from tests.processes import collector
from tests.processes.collector import Collector
from tests.processes.model_servers import Server
from tests.processes.site import PLAIN, Program, Site, running, until

pytestmark = pytest.mark.process

# A minute, which no machine is too busy to come in time for.
LONG = "count-300-200"
SECRET = f"tell nobody {uuid4().hex}"


@pytest.fixture(scope="module")
def traces() -> Iterator[Collector]:
    with collector.running() as running_collector:
        yield running_collector


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    fake_model: str,
    embedding_server: Server,
    traces: Collector,
) -> Iterator[Site]:
    folder: Path = tmp_path_factory.mktemp("site")
    variables = {
        "OPENAI_BASE_URL": fake_model,
        "OPENAI_API_KEY": "k",
        "CHAT_MODEL": "echo",
        "CHAT_MODELS": f"{LONG},fault-event",
        "EMBEDDING_BASE_URL": embedding_server.base_url,
        "EMBEDDING_API_KEY": embedding_server.key,
        "TURN_LEASE_SECONDS": "2",
        "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    with running(folder, **variables) as site:
        site.worker("turns,default", beat=True)
        site.worker("ingest")
        yield site


@pytest.fixture(scope="module")
def web(site: Site) -> Program:
    return site.web()


def list_model_traces(fake_model: str, text: str) -> list[str]:
    """Return the traces that the model's server was told, for the requests with a text."""
    seen = httpx2.get(fake_model.replace("/v1", "/requests"), verify=PLAIN).json()
    return [
        headers["traceparent"].split("-")[1]
        for request, headers in zip(seen["requests"], seen["headers"], strict=True)
        if text in str(request["messages"])
    ]


def test_a_question_is_one_trace_from_the_request_to_the_model(
    site: Site, web: Program, traces: Collector, fake_model: str
) -> None:
    client = site.client(web, "asker")
    body = {"messages": [{"role": "user", "content": SECRET}], "collections": []}
    assert client.post("/api/chat", json=body).status_code == 200
    (turn,) = until(lambda: traces.find_spans("turn"), "the turn's span")
    (request,) = until(lambda: traces.find_spans("POST api/chat"), "the request's span")
    (model,) = until(lambda: traces.find_spans("model"), "the model's span")
    assert turn.trace == request.trace == model.trace
    assert list_model_traces(fake_model, SECRET) == [turn.trace]
    assert "'out" not in str(model.attributes)
    assert not any(SECRET.encode() in body for body in traces.raw)


def test_an_error_is_told_by_its_code_and_never_by_what_the_server_said(
    site: Site, web: Program, traces: Collector
) -> None:
    client = site.client(web, "unlucky")
    body = {"messages": [{"role": "user", "content": SECRET}], "model": "fault-event"}
    client.post("/api/chat", json=body)
    failed = until(lambda: [s for s in traces.find_spans("model") if s.status], "the failed span")
    assert [span.status for span in failed] == ["upstream_error"]
    assert not any(b"sk-123" in body or SECRET.encode() in body for body in traces.raw)


def test_a_turn_that_is_taken_over_stays_in_its_trace(
    site: Site, web: Program, traces: Collector, fake_model: str
) -> None:
    victim = site.web()
    client = site.client(victim, "survivor")
    conversation = client.post("/api/conversations", json={}).json()["id"]
    text = f"{SECRET} again"
    message = {"content": text, "collections": [], "model": LONG}
    asked = client.post(f"/api/conversations/{conversation}/messages", json=message).json()
    name = "POST api/conversations/<uuidstr:conversation_id>/messages"
    (request,) = until(lambda: traces.find_spans(name), "the request's span")
    until(lambda: list_model_traces(fake_model, text), "the model's request")
    victim.kill()
    until(lambda: len(list_model_traces(fake_model, text)) > 1, "the second attempt")
    site.client(web, "survivor").post(f"/api/turns/{asked['turn']['id']}/stop")
    again = until(
        lambda: [s for s in traces.find_spans("turn") if "2" in s.attributes["attempt"]],
        "the second attempt's span",
    )
    assert {span.trace for span in again} == {request.trace}
    assert set(list_model_traces(fake_model, text)) == {request.trace}


def test_an_upload_and_the_worker_that_reads_it_are_one_trace(
    site: Site, web: Program, traces: Collector
) -> None:
    client = site.client(web, "librarian")
    files = {"file": ("secret.txt", f"{SECRET} stands here".encode(), "text/plain")}
    assert client.post("/api/documents", files=files).status_code == 202
    (indexed,) = until(lambda: traces.find_spans("ingest indexing"), "the last stage")
    # Another process tells of it, which may be later.
    (request,) = until(lambda: traces.find_spans("POST api/documents"), "the request's span")
    stages = [traces.find_spans(f"ingest {name}") for name in ("parsing", "chunking", "embedding")]
    assert {span.trace for spans in stages for span in spans} == {request.trace}
    assert indexed.trace == request.trace
    assert not any(SECRET.encode() in body for body in traces.raw)
