"""Recordings too long to wait for are written down in the background, and each stretch once."""

import json
from datetime import timedelta

import pytest
from aiohttp import web
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from aiapp.errors import InvalidInput, TooManyRequests
from documents.models import Transcription
from documents.recordings import jobs
from documents.tests.recordings.test_recordings import SPEECH, recording
from tests.processes import web_server

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/api/audio/transcriptions"


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", "ann@example.org", "a long password 1")


@pytest.fixture
def client(ann: User) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def send(client: Client, data: bytes = b"", name: str = "speech.ogg", **fields: object):
    file = SimpleUploadedFile(name, data or SPEECH.read_bytes())
    return client.post(PATH, {"file": file, **fields})


def test_it_is_accepted_at_once_written_down_and_read_later(client: Client, settings) -> None:
    settings.TRANSCRIPTION_MAX_BYTES = 1_000
    sent = send(client)
    assert sent.status_code == 202
    told = sent.json()
    assert (told["state"], told["progress"], told["text"]) == ("queued", 0, "")
    assert jobs.run(Transcription.objects.get().pk) is False
    told = client.get(f"{PATH}/{told['id']}").json()
    assert (told["state"], told["progress"]) == ("done", 1)
    assert told["text"].startswith("The meeting begins")
    assert told["segments"][0]["end"] > told["segments"][0]["start"]


def test_a_program_may_choose_not_to_wait(client: Client) -> None:
    assert send(client, wait="false").status_code == 202
    assert send(client).status_code == 200


def test_a_worker_goes_on_behind_what_a_killed_one_has_saved(ann: User, tmp_path, settings) -> None:
    settings.INGEST_SLICE_SECONDS = 0
    with open(recording(tmp_path / "long.flac", silence=132), "rb") as file:
        data = file.read()
    job = jobs.accept(ann, SimpleUploadedFile("long.flac", data))
    # A slice is over after its first stretch; there is more.
    assert jobs.run(job.pk) is True
    job.refresh_from_db()
    assert (job.done, job.total, job.state) == (1, 2, "running")
    Transcription.objects.update(claimed_until=timezone.now() + timedelta(minutes=1))
    # Nobody else may while somebody is believed to be at it.
    assert jobs.run(job.pk) is False
    Transcription.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert jobs.TRANSCRIPTION.find_abandoned() == [job.pk]
    assert jobs.run(job.pk) is False
    job.refresh_from_db()
    assert (job.done, job.state) == (2, "done")
    assert job.text.count("The meeting begins") == 1
    assert job.segments[0][0] > 120


def test_a_recording_that_is_deleted_takes_its_file_along(client: Client) -> None:
    address = f"{PATH}/{send(client, wait='false').json()['id']}"
    name = Transcription.objects.get().file.name
    assert default_storage.exists(name)
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert not default_storage.exists(name)


def test_what_was_written_down_is_gone_after_a_day(client: Client) -> None:
    send(client, wait="false")
    name = Transcription.objects.get().file.name
    jobs.sweep()
    assert Transcription.objects.exists()
    Transcription.objects.update(created=timezone.now() - timedelta(days=2))
    jobs.sweep()
    assert not Transcription.objects.exists()
    assert not default_storage.exists(name)


def test_a_broken_recording_ends_with_the_reason(client: Client) -> None:
    told = send(client, SPEECH.read_bytes()[:60], wait="false").json()
    jobs.run(Transcription.objects.get().pk)
    told = client.get(f"{PATH}/{told['id']}").json()
    assert told["state"] == "failed"
    assert "damaged" in told["error"]


def test_a_service_writes_it_down_where_one_is_configured(client: Client, settings) -> None:
    with web_server.running("127.0.0.1") as server:
        settings.TRANSCRIPTION_MODEL = "whisper-1"
        settings.TRANSCRIPTION_BASE_URL = server.url("/v1")
        body = {"text": "안녕.", "language": "ko", "segments": [], "duration": 3.5}

        async def answer(_: web.Request) -> web.Response:
            return web.Response(text=json.dumps(body), content_type="application/json")

        server.pages["/v1/audio/transcriptions"] = answer
        told = send(client, wait="false", language="ko").json()
        jobs.run(Transcription.objects.get().pk)
    told = client.get(f"{PATH}/{told['id']}").json()
    assert (told["state"], told["text"], told["duration"]) == ("done", "안녕.", 3.5)


def test_what_cannot_be_written_down_is_refused(client: Client, ann: User, settings) -> None:
    assert send(client, b"%PDF-1.7", "a.pdf", wait="false").status_code == 415
    with pytest.raises(InvalidInput, match="empty"):
        jobs.accept(ann, SimpleUploadedFile("a.ogg", b""))
    settings.DOCUMENT_MAX_BYTES = 100
    assert send(client, wait="false").status_code == 413
    settings.DOCUMENT_MAX_BYTES = 10**8
    for _ in range(jobs.MAX_AT_ONCE):
        send(client, wait="false")
    with pytest.raises(TooManyRequests):
        jobs.accept(ann, SimpleUploadedFile("a.ogg", SPEECH.read_bytes()))
