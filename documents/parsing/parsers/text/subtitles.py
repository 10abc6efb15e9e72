"""Subtitles (SRT, WebVTT): what is said, with the minute and second at which it begins."""

import re
from collections.abc import Iterator

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item

_TIME = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,]\d{1,3})?\s*-->")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]{1,40})?\s+([^>]{1,100})>")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        lines = list(_read_cues(decoded.text))
        # What has no times is read as the text that it is.
        yield "\n".join(lines) or decoded.text


def _read_cues(text: str) -> Iterator[str]:
    clock = ""
    said: list[str] = []
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), ""]:
        if began := _TIME.match(line):
            clock = _write_clock(*began.groups())
        elif clock and line.strip():
            said.append(_clean(line))
        elif not line.strip():
            if clock and any(said):
                yield f"[{clock}] {' '.join(filter(None, said))}"
            clock, said = "", []


def _clean(line: str) -> str:
    line = _SPEAKER.sub(r"\1: ", line)
    return " ".join(_TAG.sub("", line).split())


def _write_clock(hours: str | None, minutes: str, seconds: str) -> str:
    clock = f"{int(minutes):02}:{int(seconds):02}"
    return f"{int(hours)}:{clock}" if hours and int(hours) else clock
