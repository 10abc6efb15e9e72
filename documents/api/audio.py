"""Transcription over the HTTP API."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import StringConstraints

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.db import in_db, release_request_connection
from documents.access import get_transcription as get_transcription_of
from documents.api import examples
from documents.api.parts import refuse_stray_fields
from documents.models import Transcription
from documents.recordings import jobs, transcription

router = Router(auth=ApiAuth("chat"), tags=["audio"])

# ISO 639-1, or 639-3 where that has no code for it.
Language = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3})?$")]


class RecordingForm(Schema):
    language: Language = ""
    # Whether to answer when it is transcribed.
    wait: bool = True


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


class TranscriptionOut(Schema):
    """A recording that is being transcribed: `queued`, `running`, `done` or `failed`."""

    id: UUID
    state: str
    # 0 to 1.
    progress: float
    error: str
    text: str
    language: str
    # In seconds, of what is transcribed by now.
    duration: float
    segments: list[SegmentOut]


@router.post("/audio/transcriptions", response={200: TranscriptOut, 202: TranscriptionOut})
@Note(
    response=examples.TRANSCRIPT,
    accepted=examples.TRANSCRIPTION,
    errors=(502,),
)
async def transcribe_recording(
    request: HttpRequest, file: File[UploadedFile], form: Form[RecordingForm]
) -> Any:
    """Transcribe a recording, and keep nothing of it. With `wait` false, and for a recording that
    is too long to wait for, the answer is a 202: what is written down is read from
    `GET /api/audio/transcriptions/{id}`, for a day.

    A recording that is to be searched is uploaded as a document.
    """
    refuse_stray_fields(request, {"file", "language", "wait"})
    if not form.wait or (file.size or 0) > settings.TRANSCRIPTION_MAX_BYTES:
        job = await in_db(jobs.accept, caller(request), file, form.language)
        return Status(202, _transcription_out(job))
    await release_request_connection()
    return Status(200, asdict(await transcription.transcribe(file, form.language)))


@router.get("/audio/transcriptions/{uuid:transcription_id}", response=TranscriptionOut)
@Note(response=examples.TRANSCRIPTION)
async def get_transcription(request: HttpRequest, transcription_id: UUID) -> dict[str, Any]:
    """The progress of a transcription, and its text so far."""
    return _transcription_out(await in_db(_get_own, request, transcription_id))


@router.delete("/audio/transcriptions/{uuid:transcription_id}", response={204: None})
async def delete_transcription(request: HttpRequest, transcription_id: UUID) -> Status[None]:
    """Delete a recording with its transcript; one that is being worked at ends."""
    await in_db(lambda: _get_own(request, transcription_id).delete())
    return Status(204, None)


def _get_own(request: HttpRequest, transcription_id: UUID) -> Transcription:
    return get_transcription_of(caller(request), transcription_id)


def _transcription_out(job: Transcription) -> dict[str, Any]:
    is_done = job.state == Transcription.State.DONE
    return {
        "id": job.pk,
        "state": job.state,
        "progress": 1.0 if is_done else job.done / max(job.total, 1),
        "error": job.error,
        "text": job.text or " ".join(segment[2] for segment in job.segments),
        "language": job.language,
        "duration": job.duration,
        "segments": [
            {"start": start, "end": end, "text": text} for start, end, text in job.segments
        ],
    }
