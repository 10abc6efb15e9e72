"""Server-sent events as models' servers send them, read a network chunk at a time.

The lines are those of the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html):
LF, CR LF or CR, a byte order mark before the first, comments, several `data:` lines to an event.
Each event is to be one JSON object. What servers send instead is read as well: events without an
empty line between them, JSON without `data:` (one object a line, or a whole answer instead of a
stream), and JSON that is not quite valid (NaN, half an emoji, a bad byte, control characters).

docs/adr/0018 says why no library does this.
"""

import json
from typing import Any

import orjson

Event = dict[str, Any]

BOM = b"\xef\xbb\xbf"
DONE = b"[DONE]"
# The longest line, and the longest answer that is no stream.
MAX_BYTES = 4 * 1024 * 1024


class TooLong(ValueError):
    """A line, or an answer that is no stream, beyond what any model says."""


class Decoder:
    """Turns bytes into events. `feed` gives those that are complete, `finish` the rest.

    `done` is set by `[DONE]`, after which nothing is read. `error` is the first error object;
    `odd` counts what was no event, and `lines` the whole lines, which show that the server lives.
    """

    __slots__ = (
        "_after_cr",
        "_begun",
        "_body",
        "_body_length",
        "_is_sse",
        "_length",
        "_name",
        "_pending",
        "_rest",
        "done",
        "error",
        "lines",
        "odd",
    )

    def __init__(self) -> None:
        self.done = False
        self.error: Any = None
        self.lines = self.odd = 0
        # A line that has not ended, in the parts in which it came.
        self._rest: list[bytes] = []
        self._length = 0
        self._after_cr = self._begun = self._is_sse = False
        # The `data:` lines of an event that are no JSON by themselves, and the event's name.
        self._pending: list[bytes] = []
        self._name = b""
        # Lines of an answer that is no stream.
        self._body: list[bytes] = []
        self._body_length = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that end in this chunk. Raises TooLong."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_cr = chunk.endswith(b"\r")
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self._rest.append(chunk)
        self._length += len(chunk)
        if b"\n" not in chunk:
            self._check_length()
            return []
        lines = b"".join(self._rest).split(b"\n")
        rest = lines.pop()
        self._rest, self._length = [rest], len(rest)
        self.lines += len(lines)
        events = self._read(lines)
        self._check_length()
        return events

    def finish(self) -> list[Event]:
        """Return the events that the end of the stream completes."""
        rest, self._rest = b"".join(self._rest), []
        events = self._read([rest, b""])
        if not self.done:
            self._read_body(events)
        return events

    def _check_length(self) -> None:
        if self._length + self._body_length > MAX_BYTES:
            raise TooLong

    def _read(self, lines: list[bytes]) -> list[Event]:
        if not self._begun:
            self._begun = True
            lines[0] = lines[0].removeprefix(BOM)
        events: list[Event] = []
        for line in lines:
            if self.done or self.error:
                break
            if line.startswith(b"data:"):
                self._is_sse = True
                self._take(line[5:], events)
            elif line:
                self._take_other(line, events)
            elif self._pending or self._name:
                self._dispatch(events)
        return events

    def _take(self, data: bytes, events: list[Event]) -> None:
        """Read a `data:` line. One that is JSON by itself does not wait for the event's end."""
        try:
            value = orjson.loads(data)
        except orjson.JSONDecodeError:
            self._take_odd(data, events)
            return
        if self._pending:
            self._dispatch(events)
        self._keep(value, events)

    def _take_odd(self, data: bytes, events: list[Event]) -> None:
        data = data.strip()
        if data == DONE:
            self._dispatch(events)
            self.done = True
        elif data:
            self._pending.append(data)
            self._body_length += len(data)

    def _take_other(self, line: bytes, events: list[Event]) -> None:
        """Read a line that is no data: a field, a comment, or JSON that nobody put into events."""
        if line.startswith(b"event:"):
            self._name = line[6:].strip()
        elif line.startswith((b"id:", b"retry:", b":")):
            return
        elif (stripped := line.strip()).startswith(b"data:"):
            self._is_sse = True
            self._take(stripped[5:], events)
        elif stripped == DONE:
            self.done = True
        elif stripped.startswith(b"{") and not self._body and (value := _parsed(stripped)):
            self._keep(value, events)
        elif not self._is_sse:
            self._body.append(line)
            self._body_length += len(line)

    def _dispatch(self, events: list[Event]) -> None:
        """Read the data of an event that took several lines, at its end."""
        pending, self._pending = self._pending, []
        if pending:
            self._body_length -= sum(map(len, pending))
            whole = _parsed(b"\n".join(pending))
            # Where no empty line stands between events, these were several.
            values = [whole] if whole is not None or len(pending) == 1 else map(_parsed, pending)
            for value in values:
                if value is not None:
                    self._keep(value, events)
                elif self._name == b"error":
                    self._keep(b"\n".join(pending).decode("utf-8", "replace"), events)
                else:
                    self.odd += 1
        self._name = b""

    def _keep(self, value: Any, events: list[Event]) -> None:
        if self._name == b"error":
            value = value if isinstance(value, dict) and value.get("error") else {"error": value}
        for event in value if isinstance(value, list) else (value,):
            if not isinstance(event, dict):
                self.odd += 1
            elif error := event.get("error"):
                self.error = self.error or error
                return
            else:
                events.append(event)

    def _read_body(self, events: list[Event]) -> None:
        if not self._body:
            return
        value = _parsed(b"\n".join(self._body))
        if value is not None:
            self._keep(value, events)
            return
        for line in self._body:
            value = _parsed(line.strip(b" \t,[]"))
            if value is not None:
                self._keep(value, events)
            else:
                self.odd += 1


def _parsed(data: bytes) -> Any:
    """Read JSON that may be not quite valid; None if it is none at all.

    A byte that is no UTF-8 and half of a pair come out as surrogates, for `aiapp.llm.characters`
    to join or to replace.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data.decode("utf-8", "surrogateescape"), strict=False)
    except (ValueError, RecursionError):
        return None
