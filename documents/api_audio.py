"""Recordings written down over the HTTP API."""

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import StringConstraints

from accounts.authentication import ApiAuth
from aiapp.db import release_request_connection
from documents import recordings
from documents.api_parts import refuse_stray_fields

router = Router(auth=ApiAuth("chat"), tags=["audio"])

# ISO 639-1, or 639-3 where that has no code for it.
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3})?$")]


class RecordingForm(Schema):
    language: Language = ""


class SegmentOut(Schema):
    start: float
    end: float
    text: str


class TranscriptOut(Schema):
    text: str
    language: str
    # In seconds; 0 where the model tells no times, and there are no segments then.
    duration: float
    segments: list[SegmentOut]


@router.post("/audio/transcriptions", response=TranscriptOut)
async def transcribe_recording(
    request: HttpRequest, file: File[UploadedFile], form: Form[RecordingForm]
) -> dict[str, Any]:
    """Write a recording down. Nothing of it is kept.

    A recording that is to be searched is uploaded as a document.
    """
    refuse_stray_fields(request, {"file", "language"})
    await release_request_connection()
    return asdict(await recordings.transcribe(file, form.language))
