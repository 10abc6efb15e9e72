"""Long recordings, transcribed in the background part by part.

Each part is saved as soon as it is transcribed, so a worker that takes over from a killed one
goes on behind it. A recording that is deleted meanwhile is no longer worked at.
"""

import json
import logging
import time
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.jobs import Job
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import AppError, InvalidInput, TooLarge, TooManyRequests, UnsupportedType
from aiapp.files import store
from aiapp.files.errors import FilesUnavailable
from aiapp.llm import transcription
from documents.files import media_types
from documents.models import Transcription
from documents.parsing.formats import FORMATS
from documents.parsing.process import Count, transcribe_parts
from documents.parsing.storage import local_path

MAX_AT_ONCE = 5
RETENTION = timedelta(days=1)
LEASE = timedelta(minutes=3)
ENGLISH = "en"

_UNFINISHED = ~Q(state__in=Transcription.FINAL)
TRANSCRIPTION = Job(
    rows=Transcription.objects.all(),
    task="documents.transcribe",
    free=_UNFINISHED & Q(claimed_until__lte=Now()),
    abandoned=_UNFINISHED & Q(claimed_until__lt=Now()),
    lease={"claimed_until": Now() + LEASE},
    sweep_seconds=30,
    unqueued="recording_not_queued",
)

logger = logging.getLogger(__name__)


def accept(user: User, file: "UploadedFile[Any]", language: str = "") -> Transcription:
    """Store a recording and queue its transcription.

    Raises InvalidInput, TooLarge, UnsupportedType, TooManyRequests.
    """
    if not file.size:
        raise InvalidInput("The file is empty.", code="empty_file")
    if file.size > settings.DOCUMENT_MAX_BYTES:
        megabytes = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            f"The recording is larger than {megabytes} MB.", max_bytes=settings.DOCUMENT_MAX_BYTES
        )
    file_format = media_types.detect_format(file.name or "", file)
    if file_format.family != "audio":
        raise UnsupportedType("This is not a recording.", code="not_a_recording")
    if not transcription.is_configured() and language not in {"", ENGLISH}:
        raise InvalidInput("Only English is transcribed here.", code="unsupported_language")
    _check_room(user)
    name = store.save("recordings", file)
    try:
        with transaction.atomic():
            # Once more, for those that came at the same time; the first look saves their files.
            lock_until_commit(f"recordings {user.pk}")
            _check_room(user)
            job = Transcription.objects.create(
                owner=user, file=name, media_type=file_format.media_type, language=language
            )
            transaction.on_commit(partial(TRANSCRIPTION.enqueue, job.pk))
    except BaseException:
        store.delete(name)
        raise
    return job


def run(transcription_id: UUID) -> bool:
    """Transcribe a slice of it, unless somebody else does; return whether there is more to do."""
    job = TRANSCRIPTION.claim(transcription_id, state=Transcription.State.RUNNING)
    if job is None:
        return False
    try:
        with local_path(job.file) as path:
            if transcription.is_configured():
                return _transcribe_by_service(job, path)
            return _transcribe_by_packaged_model(job, path)
    except FilesUnavailable:
        # Nothing is known about the recording. Once the lease has lapsed, it is tried again.
        return False
    except AppError as error:
        _change(job, state=Transcription.State.FAILED, error=error.message[:500])
    return False


def sweep() -> None:
    """Delete what has been kept long enough."""
    Transcription.objects.filter(created__lt=Now() - RETENTION).delete()


def file_goes_too(sender: type[Transcription], instance: Transcription, **kwargs: Any) -> None:
    """However a transcription is deleted, so is its recording."""
    transaction.on_commit(partial(store.delete, str(instance.file.name)))


def _check_room(user: User) -> None:
    unfinished = Transcription.objects.filter(_UNFINISHED, owner=user)
    if unfinished.count() >= MAX_AT_ONCE:
        raise TooManyRequests(
            "Wait until your other recordings have been transcribed.", code="too_many_recordings"
        )


def _transcribe_by_service(job: Transcription, path: str) -> bool:
    _change(job, claimed_until=Now() + timedelta(seconds=transcription.SECONDS))
    suffix = FORMATS[job.media_type].suffixes[0]
    transcript = transcription.transcribe(path, f"recording{suffix}", job.language)
    segments = [[each.start, each.end, each.text] for each in transcript.segments]
    _change(
        job,
        state=Transcription.State.DONE,
        text=transcript.text,
        segments=segments,
        language=transcript.language[:20],
        duration=transcript.duration,
        done=1,
        total=1,
    )
    return False


def _transcribe_by_packaged_model(job: Transcription, path: str) -> bool:
    ends = time.monotonic() + settings.INGEST_SLICE_SECONDS
    for item in transcribe_parts(path, job.media_type, job.done + 1):
        if isinstance(item, Count):
            job.total = item.pages
            continue
        part = json.loads(item.text)
        job.segments += part["segments"]
        job.done, job.duration = item.number, part["end"]
        is_there = TRANSCRIPTION.renew(
            job.pk,
            total=job.total,
            done=job.done,
            duration=job.duration,
            segments=job.segments,
        )
        if not is_there:
            return False
        if job.done < job.total and time.monotonic() > ends:
            _change(job, claimed_until=Now())
            return True
    text = " ".join(segment[2] for segment in job.segments)
    _change(job, state=Transcription.State.DONE, text=text, language=ENGLISH)
    return False


def _change(job: Transcription, **changes: Any) -> bool:
    """Update the transcription; return whether it is still there."""
    return bool(Transcription.objects.filter(pk=job.pk).update(**changes))
