"""Transcription for a program that waits for the text; nothing of the recording is kept.

The configured service does it, or the packaged model in a process of its own and within the
bounds of parsing.
"""

import asyncio
import json
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.uploadedfile import UploadedFile

from aiapp.concurrency.places import AllTaken, Places
from aiapp.errors import InvalidInput, TooLarge, Unavailable, UnsupportedType
from aiapp.llm import transcription
from aiapp.llm.transcription import Segment, Transcript
from aiapp.serving import siblings
from documents.files import media_types
from documents.parsing.formats import Format
from documents.parsing.parsers.media import audio
from documents.parsing.process import transcribe_locally

# The packaged model computes on our processors, a service on its own.
LOCAL_AT_ONCE, BY_SERVICE_AT_ONCE = 2, 16
# Besides the model that is configured: the names that programs know, and the packaged one's.
MODELS = ("whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-tiny.en")
ENGLISH = "en"

# How long a recording waits for those before it: some dictations of a sentence or two.
WAIT_SECONDS = 20.0

_by_service = Places(lambda: BY_SERVICE_AT_ONCE)
# Those of the packaged model are this process's share of those of the server.
_local = Places(lambda: siblings.divide(LOCAL_AT_ONCE))
_threads = ThreadPoolExecutor(LOCAL_AT_ONCE + BY_SERVICE_AT_ONCE, thread_name_prefix="recordings")


def are_possible() -> bool:
    """Tell whether anything here can transcribe recordings."""
    return transcription.is_configured() or audio.is_installed()


async def transcribe(file: "UploadedFile[Any]", language: str = "") -> Transcript:
    """Transcribe a recording. `language` is an ISO 639-1 code, or "" to have it detected.

    Raises InvalidInput, TooLarge, UnsupportedType, Unavailable, an IngestError or a ModelError.
    """
    file_format = _check_format(file)
    service = transcription.is_configured()
    if not service and language not in {"", ENGLISH}:
        raise InvalidInput(
            "Only English is transcribed here. The administrator can name a model that knows"
            " other languages.",
            code="unsupported_language",
        )
    # The thread cannot be cancelled with the request; it looks at this instead.
    client_left = Event()

    def run() -> Transcript:
        with tempfile.NamedTemporaryFile(prefix="recording-") as copy:
            _copy(file, copy)
            if service:
                name = f"recording{file_format.suffixes[0]}"
                return transcription.transcribe(copy.name, name, language)
            return _transcribe_by_packaged_model(copy.name, file_format, client_left)

    places = _by_service if service else _local
    try:
        return await places.run(run, _run_on_a_thread, WAIT_SECONDS)
    except AllTaken as error:
        raise Unavailable(
            "Other recordings are being transcribed. Try again in a moment.",
            code="transcription_busy",
            retry_after=5,
        ) from error
    finally:
        client_left.set()


async def _run_on_a_thread(work: Callable[[], Transcript]) -> Transcript:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)


def transcribe_file(path: Path) -> Transcript:
    """Transcribe a file on this machine's disk, without bounds; blocks as long as that takes.

    Raises UnsupportedType, OSError, an IngestError or a ModelError.
    """
    with path.open("rb") as file:
        file_format = media_types.detect_format(path.name, File(file))
    if file_format.family != "audio":
        raise UnsupportedType("This is not a recording.", code="not_a_recording")
    if transcription.is_configured():
        return transcription.transcribe(str(path), path.name)
    return _transcribe_by_packaged_model(str(path), file_format, Event())


def _check_format(file: "UploadedFile[Any]") -> Format:
    if not file.size:
        raise InvalidInput("The file is empty.", code="empty_file")
    if file.size > settings.TRANSCRIPTION_MAX_BYTES:
        megabytes = settings.TRANSCRIPTION_MAX_BYTES // (1024 * 1024)
        raise TooLarge(
            f"The recording is larger than {megabytes} MB. A longer one can be uploaded as a"
            " document.",
            max_bytes=settings.TRANSCRIPTION_MAX_BYTES,
        )
    known = media_types.detect_format(file.name or "", file)
    if known.family != "audio":
        raise UnsupportedType("This is not a recording.", code="not_a_recording")
    return known


def _copy(file: "UploadedFile[Any]", target: IO[bytes]) -> None:
    file.seek(0)
    for piece in file.chunks():
        target.write(piece)
    target.flush()


def _transcribe_by_packaged_model(path: str, file_format: Format, client_left: Event) -> Transcript:
    segments: list[Segment] = []
    duration = 0.0
    for page in transcribe_locally(path, file_format.media_type):
        part = json.loads(page)
        duration = part["end"]
        segments += [Segment(*each) for each in part["segments"]]
        if client_left.is_set():
            break
    text = " ".join(each.text for each in segments)
    return Transcript(text, ENGLISH, tuple(segments), duration)
