"""Recordings written down for programs that wait, in our form and in OpenAI's."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from django.core.files.uploadedfile import SimpleUploadedFile
from openai.types.audio import TranscriptionVerbose

from accounts.credentials import tokens
from accounts.models import User
from aiapp.llm.transcription import transcribe
from documents.models import Document
from documents.recordings import transcription
from documents.tests.library import TokenClient
from documents.tests.recordings.test_recordings import SPEECH
from tests.processes import web_server

pytestmark = pytest.mark.django_db(transaction=True)

OURS, OPENAI = "/api/audio/transcriptions", "/v1/audio/transcriptions"
WORDS = {"text": "하나.", "language": "korean", "duration": 2.5, "segments": []}


@pytest.fixture
def client() -> TokenClient:
    user = User.objects.create_user("ann", "ann@example.org", "a long password 1")
    return TokenClient(tokens.issue(user).access)


@pytest.fixture
def service(settings) -> Iterator[list[bytes]]:
    """A service that writes the same down of any recording, and what it was sent."""
    sent: list[bytes] = []

    async def answer(request: web.Request) -> web.Response:
        sent.append(await request.read())
        return web.json_response(WORDS)

    with web_server.running("127.0.0.1") as server:
        server.pages["/v1/audio/transcriptions"] = answer
        settings.TRANSCRIPTION_MODEL = "big"
        settings.TRANSCRIPTION_BASE_URL = server.url("/v1")
        yield sent


def speech() -> SimpleUploadedFile:
    return SimpleUploadedFile("speech.ogg", SPEECH.read_bytes())


async def send(client: TokenClient, path: str = OURS, **fields: Any) -> Any:
    fields.setdefault("file", speech())
    if path == OPENAI:
        fields.setdefault("model", "whisper-1")
    return await client.post(path, fields)


async def test_a_recording_comes_back_as_text_with_its_times(client):
    told = (await send(client)).json()
    assert told["text"].startswith("The meeting begins")
    assert "the yearly report" in told["text"]
    assert told["language"] == "en"
    first, last = told["segments"][0], told["segments"][-1]
    assert 0 <= first["start"] < first["end"] <= last["end"] <= told["duration"] + 1
    assert 5 < told["duration"] < 60
    assert not await Document.objects.aexists()


@pytest.mark.parametrize(
    "answer",
    [
        "하나.",
        '"하나."',
        '{"result": {"text": "하나."}}',
        '{"text": "하나.", "segments": [{"start": null, "end": 1, "text": "하나."}, 7]}',
        '{"text": "하나.", "segments": null, "duration": null}',
    ],
    ids=["words", "a text", "wrapped", "segments without times", "nulls"],
)
def test_the_words_are_found_in_whatever_form_a_service_sends_them(settings, answer):
    async def reply(request: web.Request) -> web.Response:
        form = await request.read()
        # Some know no other form than the plain one.
        refuses = b"verbose_json" in form
        return web.Response(status=422 if refuses else 200, text="no" if refuses else answer)

    with web_server.running("127.0.0.1") as server:
        server.pages["/v1/audio/transcriptions"] = reply
        settings.TRANSCRIPTION_MODEL = "big"
        settings.TRANSCRIPTION_BASE_URL = server.url("/v1")
        transcript = transcribe(str(SPEECH), "speech.ogg")
    assert (transcript.text, transcript.segments) == ("하나.", ())


@pytest.mark.parametrize(
    ("form", "kind", "begins"),
    [
        ("json", "application/json", '{"text": "\\ud558'),
        ("text", "text/plain", "하나."),
        ("srt", "application/x-subrip", "1\n00:00:00,"),
        ("vtt", "text/vtt", "WEBVTT\n\n00:00:00."),
    ],
)
async def test_openais_forms(client, service, form, kind, begins):
    answer = await send(client, OPENAI, model="big", response_format=form)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith(kind)
    assert answer.content.decode().startswith(begins)


@pytest.mark.parametrize("path", [OURS, OPENAI])
@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"file": ("notes.txt", b"plain")}, 415, "not_a_recording"),
        ({"file": ("speech.mp3", b"%PDF-1.7 " * 20)}, 415, "mislabelled"),
        ({"file": ("speech.exe", b"MZ\x90\0")}, 415, "unsupported_type"),
        ({"file": ("empty.ogg", b"")}, 422, "empty_file"),
        ({"file": ("cut.ogg", SPEECH.read_bytes()[:40])}, 422, "corrupt_file"),
        ({"language": "ko"}, 422, "unsupported_language"),
        ({"language": "English, please"}, 422, "validation_error"),
        ({"file": "no file"}, 422, "validation_error"),
    ],
)
async def test_what_cannot_be_written_down_is_told_why(client, path, fields, status, code):
    if isinstance(fields.get("file"), tuple):
        fields = {"file": SimpleUploadedFile(*fields["file"])}
    answer = await send(client, path, **fields)
    assert answer.status_code == (400 if path == OPENAI else status), answer.content
    assert answer.json()["error"]["code"] == code


@pytest.mark.parametrize("name", ["audio.mp3", "recording.wav", "voice.webm", "blob"])
async def test_a_recording_may_have_any_recordings_name(client, service, name):
    """Some programs call each `audio.mp3`, or `recording.wav` what a browser has recorded."""
    file = SimpleUploadedFile(name, SPEECH.read_bytes())
    answer = await send(client, OPENAI, file=file)
    assert answer.status_code == 200, answer.content
    assert answer.json()["text"] == WORDS["text"]
    # It is known for what it is.
    assert b'filename="recording.ogg"' in service[0]


async def test_a_stray_field_is_refused_but_not_where_openais_clients_send_new_ones(
    client, service
):
    assert (await send(client, OURS, stray="1")).status_code == 422
    answer = await send(client, OPENAI, stray="1")
    assert answer.status_code == 200
    assert answer.json()["text"] == WORDS["text"]


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-4o-mini-transcribe"])
async def test_the_newer_names_mean_the_same_and_may_be_streamed(client, service, model):
    answer = await send(client, OPENAI, model=model, stream="true")
    assert answer["Content-Type"].startswith("text/event-stream")
    events = answer.content.decode().strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    told = [json.loads(each.removeprefix("data: ")) for each in events[:-1]]
    assert told == [
        {"type": "transcript.text.delta", "delta": "하나."},
        {"type": "transcript.text.done", "text": "하나."},
    ]


async def test_segments_are_whole_for_clients_that_check_them(client):
    answer = await send(client, OPENAI, response_format="verbose_json")
    told = TranscriptionVerbose.model_validate({**answer.json(), "usage": None})
    assert told.segments
    assert told.segments[0].no_speech_prob == 0


async def test_a_recording_that_is_too_large_is_refused(client, settings):
    settings.TRANSCRIPTION_MAX_BYTES = 1000
    answer = await send(client, OPENAI)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_a_model_that_nobody_has_is_refused(client):
    answer = await send(client, OPENAI, model="gpt-9")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "model_not_found")


async def test_recordings_that_come_together_are_transcribed_one_after_the_other(client, service):
    several = range(3 * transcription.BY_SERVICE_AT_ONCE // 2)
    answers = await asyncio.gather(*(send(client, language="ko") for _ in several))
    assert [answer.status_code for answer in answers] == [200] * len(several)


async def test_whoever_would_wait_for_long_is_asked_to_come_back(client, monkeypatch):
    monkeypatch.setattr(transcription, "LOCAL_AT_ONCE", 0)
    monkeypatch.setattr(transcription, "WAIT_SECONDS", 0.01)
    answer = await send(client)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


async def test_the_service_is_asked_where_one_is_configured(client, service):
    told = (await send(client, language="ko")).json()
    verbose = await send(client, OPENAI, model="big", response_format="verbose_json")
    subtitles = await send(client, OPENAI, model="big", response_format="srt")
    assert told == WORDS
    assert verbose.json()["duration"] == 2.5
    assert subtitles.content.decode() == "1\n00:00:00,000 --> 00:00:02,500\n하나.\n"


async def test_a_stranger_is_refused_before_the_recording_is_read():
    for path in (OURS, OPENAI):
        assert (await send(TokenClient("none"), path)).status_code == 401
