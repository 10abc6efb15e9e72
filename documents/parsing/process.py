"""Read a file in a process of its own, which may crash, swell or hang without harm to ours."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Event, Timer
from typing import Any

from django.conf import settings

from aiapp.llm import transcription
from aiapp.llm.errors import ModelError
from documents.errors import (
    PARSING,
    CorruptFile,
    IngestError,
    ParserCrashed,
    ParserKilled,
    TimedOut,
    TranscriptionFailed,
)
from documents.parsing.child import clean
from documents.parsing.formats import FORMATS, Format
from documents.parsing.limits import Limits
from documents.parsing.notes import Note, read_line
from documents.parsing.parsers.media import audio

logger = logging.getLogger(__name__)

# Time may be spent waiting for a busy machine; a silence of so many times the limit is a hang.
SILENCE = 2
# Signals that a process gets for what it does itself. Any other came from outside.
CRASHES = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGSYS,
        signal.SIGTRAP,
    }
)
# How often a second parser is begun: what hangs takes its whole time each time.
MAX_SECOND_RUNS = 20
# Where somebody waits for the result, a process that was ended is begun again so many times.
RESTARTS = 2
# What a page may need on the pipe: JSON writes some characters in twelve bytes.
LINE_BYTES_PER_CHAR = 12


@dataclass(frozen=True, slots=True)
class Count:
    pages: int


@dataclass(frozen=True, slots=True)
class PageText:
    number: int
    text: str


# What a parser tells, one after the other.
Item = Count | PageText | Note


@dataclass(frozen=True, slots=True)
class ParseJob:
    """A file to be read by a parser of ours, from page `first` on, and within what.

    `memory` is in bytes, `seconds` how much CPU time a page may take. A process that somebody ends
    - an operator, a machine short of memory - is begun again at the next page `restarts` times.
    """

    path: str
    parser: str
    memory: int
    first: int = 1
    seconds: int = 0
    restarts: int = 0


def parse(path: str, media_type: str, first: int = 1, *, restarts: int = 0) -> Generator[Item]:
    """Yield how many pages there are, then each from `first` on, after the notes on it.

    Raises an IngestError.

    A parser that crashes is followed by the format's second one, and so is one that hangs where
    that leaves out the page; one that is ended from outside is begun again so many times, then it
    is ParserKilled.
    """
    file_format = FORMATS[media_type]
    if file_format.family == "audio" and transcription.is_configured():
        yield from _transcribe_by_service(path, file_format)
        return
    job = ParseJob(path, file_format.parser, file_format.memory, first, restarts=restarts)
    try:
        for item in _run(job):
            if isinstance(item, PageText):
                first = item.number + 1
            yield item
    except (ParserCrashed, TimedOut) as error:
        if not file_format.second or not _may_go_on(file_format, error):
            raise
        yield from _go_on(file_format, replace(job, parser=file_format.second, first=first))


def _may_go_on(file_format: Format, error: IngestError) -> bool:
    return file_format.leaves_out or isinstance(error, ParserCrashed)


def _go_on(file_format: Format, job: ParseJob) -> Iterator[Item]:
    """Have the second parser read on, again as long as each try gets further.

    An archive may hold several files that end whoever reads them.
    """
    for _ in range(MAX_SECOND_RUNS):
        first = job.first
        try:
            for item in _run(job):
                if isinstance(item, PageText):
                    job = replace(job, first=item.number + 1)
                yield item
        except (ParserCrashed, TimedOut) as error:
            if job.first == first or not _may_go_on(file_format, error):
                raise
        else:
            return
    raise ParserCrashed


def pages_by(parser: str, path: str, seconds: int = 0) -> Generator[str]:
    """Yield what a parser of ours makes of a file, page by page. Raises an IngestError.

    `seconds` is how much time a page may take, where somebody waits for it.
    """
    job = ParseJob(path, parser, settings.PARSE_MEMORY_BYTES, seconds=seconds, restarts=RESTARTS)
    for item in _run(job):
        if isinstance(item, PageText):
            yield item.text


def transcribe_locally(path: str, media_type: str) -> Generator[str]:
    """Transcribe a recording, part by part, in the form of `audio.transcribe`.

    Raises an IngestError.
    """
    for item in transcribe_parts(path, media_type):
        if isinstance(item, PageText):
            yield item.text


def transcribe_parts(path: str, media_type: str, first: int = 1) -> Generator[Count | PageText]:
    """Yield how many parts a recording has, then each from `first` on, as JSON."""
    parser = "documents.parsing.parsers.media.audio:transcribe"
    job = ParseJob(path, parser, FORMATS[media_type].memory, first, restarts=RESTARTS)
    for item in _run(job):
        if not isinstance(item, Note):
            yield item


def _transcribe_by_service(path: str, file_format: Format) -> Iterator[Count | PageText]:
    """A recording transcribed by the configured service. From here, since it takes its key."""
    yield Count(1)
    try:
        transcript = transcription.transcribe(path, f"recording{file_format.suffixes[0]}")
    except ModelError as error:
        raise TranscriptionFailed(error.message) from error
    lines = [audio.line(each.start, each.text) for each in transcript.segments if each.text]
    yield PageText(1, clean("\n".join(lines) or transcript.text))


def _run(job: ParseJob) -> Iterator[Item]:
    while True:
        try:
            for item in _run_once(job):
                if isinstance(item, PageText):
                    job = replace(job, first=item.number + 1)
                yield item
        except ParserKilled:
            if job.restarts <= 0:
                raise
            job = replace(job, restarts=job.restarts - 1)
        else:
            return


def _run_once(job: ParseJob) -> Iterator[Item]:
    seconds = job.seconds or settings.PARSE_SECONDS
    with _child(job, seconds) as child:
        for line in _lines(child, seconds):
            if "end" in line:
                return
            if "network" in line:
                logger.warning("parser_has_network", extra=_facts(job))
            elif "alive" not in line:
                yield _read_line(line)
    code = child.returncode
    if code == -signal.SIGXCPU:
        raise TimedOut
    logger.warning("parser_died", extra=_facts(job) | {"exit_code": code})
    if code < 0 and -code not in CRASHES:
        raise ParserKilled
    raise ParserCrashed


def _read_line(line: dict[str, Any]) -> Item:
    """Return what a line tells. Raises an IngestError if it is why there is no more."""
    if "error" in line:
        raise PARSING.get(line["error"], CorruptFile)
    if told := read_line(line):
        return told
    return Count(line["pages"]) if "pages" in line else PageText(line["page"], line["text"])


def _facts(job: ParseJob) -> dict[str, str | int]:
    return {"parser": job.parser, "page": job.first}


def _lines(child: subprocess.Popen[bytes], seconds: int) -> Iterator[dict[str, Any]]:
    assert child.stdout is not None  # noqa: S101 - for the type checker; it is a pipe
    longest = settings.PARSE_MAX_CHARS * LINE_BYTES_PER_CHAR + 1024
    while True:
        with _watch(child, seconds):
            line = child.stdout.readline(longest)
        if not line.endswith(b"\n"):
            break
        yield json.loads(line)
    with _watch(child, seconds):
        child.wait()


@contextmanager
def _watch(child: subprocess.Popen[bytes], seconds: int) -> Iterator[None]:
    """End a process that keeps us waiting: its limit is of CPU time, which a sleeper never uses.

    The time until we ask for the next page is ours and not counted.
    """
    ended = Event()

    def end() -> None:
        ended.set()
        child.kill()

    clock = Timer(seconds * SILENCE, end)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
    if ended.is_set():
        raise TimedOut


@contextmanager
def _child(job: ParseJob, seconds: int) -> Iterator[subprocess.Popen[bytes]]:
    limits = Limits(
        memory=settings.PARSE_MEMORY_BYTES,
        max_memory=max(settings.PARSE_MEMORY_BYTES, job.memory),
        seconds=seconds,
        pages=settings.PARSE_MAX_PAGES,
        chars=settings.PARSE_MAX_CHARS,
    )
    command = [sys.executable, "-m", "documents.parsing.child", job.path, job.parser]
    child = subprocess.Popen(
        [*command, str(job.first), *limits.arguments()],
        cwd=settings.BASE_DIR,
        # Nothing of our environment, which holds secrets, except where Python finds itself.
        env={name: os.environ[name] for name in ("PATH", "PYTHONHOME") if name in os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # A signal to our group is ours to handle; the child ends with its pipe.
        start_new_session=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()
