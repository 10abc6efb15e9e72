"""Subtitles: what is said, with the minute and second at which it begins.

SRT, WebVTT, YouTube's SBV, SubStation Alpha, and TTML, which is XML.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from html import unescape

from documents.parsing import contents, encodings
from documents.parsing.contents import Contents
from documents.parsing.formats import Item

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:]\d{1,3})?"
_TIME = re.compile(rf"\s*{_CLOCK}\s*(?:-->|,\d{{1,4}}:\d\d:\d\d\.\d{{3}}\s*$)")
# What stands between cues and is not said.
_ASIDE = re.compile(r"(?:NOTE|STYLE|REGION|WEBVTT)\b")
# The ninth of a line's fields and all behind it is what is said; the second is when.
_DIALOGUE = re.compile(rf"Dialogue:[^,]{{0,40}},\s*{_CLOCK}\s*,(?:[^,]{{0,400}},){{7}}(.*)")
MAX_SAID = 5_000
_BREAK = re.compile(r"\\[Nnh]")
_PARAGRAPH = re.compile(rf'<(?:\w{{1,20}}:)?p\b[^>]{{0,400}}?\bbegin="{_CLOCK}s?"[^>]{{0,400}}>')
_PARAGRAPH_END, _XML_BREAK = (
    re.compile(r"</(?:\w{1,20}:)?p>"),
    re.compile(r"<[\w:]{0,20}br\b[^>]{0,40}>"),
)
_SPEAKER = re.compile(r"<v(?:\.[^\s>]{1,40})?\s+([^>]{1,100})>")
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,100}\}")


def read_pages(path: Contents, first: int) -> Iterator[Item]:
    yield 1
    if first == 1:
        decoded = encodings.read(contents.read(path))
        yield from decoded.notes()
        read = next((each for mark, each in _FORMS if mark.search(decoded.text)), _read_cues)
        lines = list(read(decoded.text))
        # What has no times is read as the text that it is.
        yield "\n".join(lines) or decoded.text


def _read_cues(text: str) -> Iterator[str]:
    clock = ""
    said: list[str] = []
    # What is said may hold an empty line; before a time may stand a number or a name.
    is_behind_blank, names, is_aside = True, 0, False
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if began := _TIME.match(line):
            yield from _show_cue(clock, said[: len(said) - names])
            clock, said, is_aside = _write_clock(*began.groups()), [], False
        elif line.strip():
            is_aside = is_aside or (is_behind_blank and _ASIDE.match(line) is not None)
            said += [] if is_aside else [_clean(line)]
        else:
            is_aside = False
        names = int(bool(line.strip()) and is_behind_blank and not began and not is_aside)
        is_behind_blank = not line.strip()
    yield from _show_cue(clock, said)


def _show_cue(clock: str, said: list[str]) -> Iterator[str]:
    if clock and any(said):
        yield f"[{clock}] {' '.join(filter(None, said))}"


def _read_dialogue(text: str) -> Iterator[str]:
    """Yield the lines of SubStation Alpha."""
    for found in _DIALOGUE.finditer(text):
        *clock, said = found.groups()
        if cleaned := _clean(_BREAK.sub(" ", said)):
            yield f"[{_write_clock(*clock)}] {cleaned}"


def _read_paragraphs(text: str) -> Iterator[str]:
    """Yield the lines of TTML."""
    for found in _PARAGRAPH.finditer(text):
        end = _PARAGRAPH_END.search(text, found.end(), found.end() + MAX_SAID)
        said = text[found.end() : end.start() if end else found.end()]
        if cleaned := _clean(_XML_BREAK.sub(" ", said)):
            yield f"[{_write_clock(*found.groups())}] {cleaned}"


_FORMS = (
    (re.compile(r"^\[Events\]", re.MULTILINE), _read_dialogue),
    (re.compile(r"<(?:\w{1,20}:)?tt\b"), _read_paragraphs),
)


def _clean(line: str) -> str:
    line = _TAG.sub("", _SPEAKER.sub(r"\1: ", line))
    # Python reads no number of thousands of digits, which no character has either.
    with suppress(ValueError):
        line = unescape(line)
    return " ".join(line.split())


def _write_clock(hours: str | None, minutes: str, seconds: str) -> str:
    clock = f"{int(minutes):02}:{int(seconds):02}"
    return f"{int(hours)}:{clock}" if hours and int(hours) else clock
