"""Read a file in a process of its own, which may crash, swell or hang without harm to ours."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Timer
from typing import Any

from django.conf import settings

from aiapp.llm import transcription
from aiapp.llm.errors import ModelError
from documents.errors import (
    PARSING,
    CorruptFile,
    IngestError,
    ParserCrashed,
    TimedOut,
    TranscriptionFailed,
)
from documents.formats import FORMATS, Format
from documents.parsing import audio
from documents.parsing.child import clean
from documents.parsing.limits import Limits

logger = logging.getLogger(__name__)

# A file whose pages come, however slowly, as a scan's do, may take so many times the limit.
STRETCHES = 40
# A parser that fell silent longer ago than this share of the limit hangs.
STILL_COMING = 0.25
# What a page may need on the pipe: JSON writes some characters in twelve bytes.
LINE_BYTES_PER_CHAR = 12


@dataclass(frozen=True, slots=True)
class Count:
    pages: int


@dataclass(frozen=True, slots=True)
class PageText:
    number: int
    text: str


def parse(path: str, media_type: str, first: int = 1) -> Generator[Count | PageText]:
    """How many pages there are, then each from `first` on. Raises an IngestError."""
    known = FORMATS[media_type]
    if known.family == "audio" and transcription.is_configured():
        yield from _by_service(path, known)
        return
    parser = known.parser
    for _ in range(STRETCHES):
        came = 0.0
        try:
            for item in _run(path, parser, first, known.memory):
                if isinstance(item, PageText):
                    first, came = item.number + 1, time.monotonic()
                yield item
        except (ParserCrashed, TimedOut) as error:
            still_coming = time.monotonic() - came < settings.PARSE_SECONDS * STILL_COMING
            parser = _next(known, parser, error, still_coming=still_coming)
        else:
            return
    raise TimedOut


def _by_service(path: str, known: Format) -> Iterator[Count | PageText]:
    """A recording written down by the configured service. From here, since it takes its key."""
    yield Count(1)
    try:
        told = transcription.transcribe(path, f"recording{known.suffixes[0]}")
    except ModelError as error:
        raise TranscriptionFailed(error.message) from error
    lines = [audio.line(each.start, each.text) for each in told.segments if each.text]
    yield PageText(1, clean("\n".join(lines) or told.text))


def _next(known: Format, parser: str, error: IngestError, *, still_coming: bool) -> str:
    """Who goes on after a parser that ended too early. Raises its error where nobody can."""
    if isinstance(error, TimedOut) and still_coming:
        return parser
    if isinstance(error, TimedOut) or parser == known.second or not known.second:
        raise error
    return known.second


def _run(path: str, parser: str, first: int, memory: int) -> Iterator[Count | PageText]:
    with _child(path, parser, first, memory) as child:
        for line in _lines(child):
            if "end" in line:
                return
            if "error" in line:
                raise PARSING.get(line["error"], CorruptFile)
            if "pages" in line:
                yield Count(line["pages"])
            else:
                yield PageText(line["page"], line["text"])
    code = child.returncode
    if code == -signal.SIGXCPU:
        raise TimedOut
    logger.warning("parser_died", extra={"parser": parser, "exit_code": code, "page": first})
    raise ParserCrashed


def _lines(child: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None  # noqa: S101 - for the type checker; it is a pipe
    longest = settings.PARSE_MAX_CHARS * LINE_BYTES_PER_CHAR + 1024
    while (line := child.stdout.readline(longest)).endswith(b"\n"):
        yield json.loads(line)


@contextmanager
def _child(path: str, parser: str, first: int, memory: int) -> Iterator[subprocess.Popen[bytes]]:
    limits = Limits(
        memory=settings.PARSE_MEMORY_BYTES,
        most_memory=max(settings.PARSE_MEMORY_BYTES, memory),
        seconds=settings.PARSE_SECONDS,
        pages=settings.PARSE_MAX_PAGES,
        chars=settings.PARSE_MAX_CHARS,
    )
    command = [sys.executable, "-m", "documents.parsing.child", path, parser, str(first)]
    child = subprocess.Popen(
        [*command, *limits.arguments()],
        cwd=settings.BASE_DIR,
        # Nothing of our environment, which holds secrets, except where Python finds itself.
        env={name: os.environ[name] for name in ("PATH", "PYTHONHOME") if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # A signal to our group is ours to handle; the child ends with its pipe.
        start_new_session=True,
    )
    # CPU time does not pass for a process that sleeps, hence a clock beside the limit.
    clock = Timer(limits.seconds, child.kill)
    clock.start()
    try:
        yield child
        child.wait()
        if not clock.is_alive():
            raise TimedOut
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
