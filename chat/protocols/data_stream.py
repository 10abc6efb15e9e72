"""A turn's events as the data stream that the AI SDK's versions 3 and 4 read.

A line is a code, a colon and JSON. Version 3.0 knows fewer codes than 4 and gives up at one that it
does not know, so only those that all of them know are sent: text, notes on the message, errors.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import orjson

from aiapp.http import sse
from chat.log.events import Entry, Kind
from chat.models import Turn
from chat.reading.reader import read

HEADERS = sse.HEADERS | {
    "Content-Type": "text/plain; charset=utf-8",
    "X-Vercel-AI-Data-Stream": "v1",
    # What version 3.0 and 3.1 look for before they read anything but plain text.
    "X-Experimental-Stream-Data": "true",
}
TEXT, ERROR, NOTES = "0", "3", "8"
# An empty line is skipped by every version.
HEARTBEAT = b"\n"
INTERRUPTED = "The answer was interrupted. Ask again to see it whole."


async def chunks(turn: Turn) -> AsyncGenerator[bytes, None]:
    """Yield the lines of a turn to its end, or until it is interrupted."""
    has_text = False
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            lines: list[bytes] = []
            for entry in batch:
                # What was sent cannot be taken back.
                if has_text and _is_begun_anew(entry):
                    yield b"".join(lines) + _encode_line(ERROR, INTERRUPTED)
                    return
                lines += _encode_entry(entry)
                has_text = has_text or entry.kind == Kind.DELTA
            yield b"".join(lines) or HEARTBEAT
            if batch and batch[-1].is_last:
                return


def _is_begun_anew(entry: Entry) -> bool:
    """Tell another attempt from an answer that goes on after what turned out to be thoughts."""
    return entry.kind == Kind.RESTARTED and not entry.data.get("thoughts")


def _encode_entry(entry: Entry) -> Iterator[bytes]:
    match entry.kind:
        case Kind.DELTA:
            yield _encode_line(TEXT, entry.data["text"])
        case Kind.ERROR:
            yield _encode_line(ERROR, entry.data["message"])
        case Kind.DONE:
            notes = {name: entry.data.get(name) for name in ("citations", "usage", "cached")}
            yield _encode_line(NOTES, [notes])


def _encode_line(code: str, value: Any) -> bytes:
    return b"%s:%s\n" % (code.encode(), orjson.dumps(value))
