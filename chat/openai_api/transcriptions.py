"""Recordings written down, in OpenAI's forms."""

from collections.abc import Iterable
from typing import Any, Literal

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import Field

from accounts.credentials.authentication import ApiAuth
from aiapp.api.notes import EVENTS, JSON, Note
from aiapp.db import release_request_connection
from aiapp.errors import InvalidInput
from aiapp.http import sse
from aiapp.llm.transcription import Segment, Transcript
from chat.openai_api import examples
from documents.api.audio import Language
from documents.recordings import transcription

router = Router(auth=ApiAuth("chat"), tags=["openai"])

# What services tell of a segment besides, and clients that check answers ask for, such as the AI
# SDK: nothing that anybody would leave a segment out for.
UNTOLD: dict[str, Any] = {
    "seek": 0,
    "tokens": [],
    "temperature": 0.0,
    "avg_logprob": 0.0,
    "compression_ratio": 1.0,
    "no_speech_prob": 0.0,
}
SUBTITLES = {"srt": "application/x-subrip", "vtt": "text/vtt"}


class TranscriptionForm(Schema):
    model: str = Field(max_length=200)
    language: Language = ""
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = "json"
    stream: bool = False
    # Known, and without a meaning here.
    prompt: str = Field("", max_length=10_000)
    temperature: float = Field(0, ge=0, le=1)
    timestamp_granularities: list[str] = Field([], alias="timestamp_granularities[]")


@router.post("/audio/transcriptions")
@Note(
    content={JSON: examples.OBJECT | {"example": {"text": "The meeting begins at nine."}}}
    | {kind: {"schema": {"type": "string"}} for kind in ("text/plain", *SUBTITLES.values())}
    | EVENTS,
    errors=(404, 500, 502),
)
async def create_transcription(
    request: HttpRequest, file: File[UploadedFile], form: Form[TranscriptionForm]
) -> Any:
    """Write a recording down. Nothing of it is kept.

    With `stream` the text comes as OpenAI's events, all at once when it is there.
    """
    if form.model not in {settings.TRANSCRIPTION_MODEL, *transcription.MODELS}:
        raise InvalidInput(f"There is no model {form.model[:80]!r}.", code="unknown_model")
    await release_request_connection()
    transcript = await transcription.transcribe(file, form.language)
    if form.stream:
        return HttpResponse(_encode_events(transcript), headers=sse.HEADERS)
    match form.response_format:
        case "text":
            return HttpResponse(f"{transcript.text}\n", content_type="text/plain; charset=utf-8")
        case "srt" | "vtt":
            kind = f"{SUBTITLES[form.response_format]}; charset=utf-8"
            return HttpResponse(subtitles(transcript, form.response_format), content_type=kind)
        case "verbose_json":
            return _describe_verbose(transcript)
    return {"text": transcript.text}


def subtitles(transcript: Transcript, kind: str) -> str:
    """Write SubRip, or WebVTT, which differs in its head, its points and in lacking numbers."""
    segments = transcript.segments or (Segment(0, transcript.duration, transcript.text),)
    head, point = ("WEBVTT\n\n", ".") if kind == "vtt" else ("", ",")
    return head + "\n".join(_format_cues(segments, point, numbered=kind == "srt"))


def _format_cues(segments: Iterable[Segment], point: str, *, numbered: bool) -> Iterable[str]:
    for number, each in enumerate(segments, 1):
        times = f"{_format_clock(each.start, point)} --> {_format_clock(each.end, point)}"
        # An arrow in the text would be read as the next cue's times.
        text = each.text.replace("-->", "→").replace("\n", " ")
        yield (f"{number}\n" if numbered else "") + f"{times}\n{text}\n"


def _format_clock(seconds: float, point: str) -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}{point}{milliseconds:03}"


def _encode_events(transcript: Transcript) -> bytes:
    events = (
        {"type": "transcript.text.delta", "delta": transcript.text},
        {"type": "transcript.text.done", "text": transcript.text},
    )
    return b"".join(sse.encode(orjson.dumps(each)) for each in events) + sse.END


def _describe_verbose(transcript: Transcript) -> dict[str, Any]:
    segments = [
        {"id": n, "start": each.start, "end": each.end, "text": each.text, **UNTOLD}
        for n, each in enumerate(transcript.segments)
    ]
    return {
        "task": "transcribe",
        "language": transcript.language,
        "duration": transcript.duration,
        "text": transcript.text,
        "segments": segments,
    }
