"""Server-sent events as models' servers send them, read a network chunk at a time.

The lines are those of the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html):
LF, CR LF or CR, a byte order mark before the first, comments, several `data:` lines to an event.
Each event is to be one JSON object. What servers send instead is read as well: events without an
empty line between them or with several objects in a line, `data:` twice or not at all (one object a
line, or a whole answer instead of a stream), JSON over several lines or in JSON, `error:` as a
field, and JSON that is not quite valid (NaN, half an emoji, a bad byte, control characters).

docs/adr/0018 says why no library does this.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson

Event = dict[str, Any]

BOM = b"\xef\xbb\xbf"
DONE = b"[DONE]"
# The same in other servers' words, where it is the whole of an event.
_DONE_WORDS = re.compile(rb"(?:[^\w{]*(?:DONE|END|EOF|EOS|STOP|FINISH(?:ED)?|COMPLETED?))+[^\w}]*")
# Names of events that say the same, and of those that tell an error.
DONE_NAMES = {b"done", b"end", b"finish", b"finished", b"complete", b"completed", b"stop"}
DONE_NAMES |= {b"close", b"message_stop", b"message_end", b"stream_end"}
ERROR_NAMES = {b"error", b"exception", b"failed", b"failure"}
# A longer line is more than `[DONE]`.
MAX_DONE_BYTES = 32
MAX_PROSE_BYTES = 2_000
# How many objects a line is read for.
MAX_VALUES = 1_000
# The longest line, and the longest answer that is no stream.
MAX_BYTES = 4 * 1024 * 1024


# A field that the standard tells to ignore, unlike a text that some proxy has put here.
_FIELD = re.compile(rb"[\w-]{1,40}:|(?:event|data|id|retry)$")
# Comments of servers that do not know how to write one.
_SIGN_OF_LIFE = re.compile(rb"(?i)\W*(?:ping|pong|keep[ _-]?alive|heart[ _-]?beat|waiting)\W*")
# Between objects in one line.
_BETWEEN = re.compile(r"(?:[\s,]|data:)*")
_PREFIX = re.compile(rb"(?:\s*data:)+")
# A field in a form that the standard does not know.
_ODD_FIELD = re.compile(rb"(?i)\s*+(?:\xef\xbb\xbf\s*+)?(data|error)\s{0,3}:")
_LENIENT = json.JSONDecoder(strict=False)
# Words in place of an event that are an error, unlike a remark.
_ERROR_WORDS = re.compile(r"(?i)[^\w]*(?:error|exception|traceback|failed)\b")
# What may stand beside an error and say more than it does.
_BESIDE_ERROR = ("message", "msg", "detail", "code", "status", "statusCode", "status_code", "type")


class TooLong(ValueError):
    """A line, or an answer that is no stream, beyond what any model says."""


class Decoder:
    """Turns bytes into events. `feed` gives those that are complete, `finish` the rest.

    `done` is set by `[DONE]`, after which nothing is read. `error` is the first error object;
    `odd` counts what was no event, and `lines` the whole lines, which show that the server lives.
    `prose` is a short answer in plain words, which some proxies give with a status of success.
    `charset` is that of what is no UTF-8, as the response's head names it.
    """

    __slots__ = (
        "_after_cr",
        "_body",
        "_body_length",
        "_has_begun",
        "_is_sse",
        "_length",
        "_name",
        "_pending",
        "_rest",
        "charset",
        "done",
        "error",
        "lines",
        "odd",
        "prose",
    )

    def __init__(self) -> None:
        self.done = False
        self.charset = ""
        self.error: Any = None
        self.lines = self.odd = 0
        self.prose = ""
        # A line that has not ended, in the parts in which it came.
        self._rest: list[bytes] = []
        self._length = 0
        self._after_cr = self._has_begun = self._is_sse = False
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
            return self._look_for_done()
        lines = b"".join(self._rest).split(b"\n")
        rest = lines.pop()
        self._rest, self._length = [rest], len(rest)
        self.lines += len(lines)
        events = self._read(lines)
        self._check_length()
        return events + self._look_for_done()

    def _look_for_done(self) -> list[Event]:
        """Read a `[DONE]` whose line has not ended: nothing may follow, not even its end."""
        events: list[Event] = []
        if self._length <= MAX_DONE_BYTES and not self.done:
            rest = b"".join(self._rest)
            if _is_done(_strip_prefix(rest)):
                self._rest, self._length = [], 0
                self._take_odd(rest, events)
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
        if not self._has_begun:
            self._has_begun = True
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
        if isinstance(value, str):
            self._take_odd(value.encode("utf-8", "replace"), events)
            return
        if self._pending:
            self._dispatch(events)
        self._keep(value, events)

    def _take_odd(self, data: bytes, events: list[Event]) -> None:
        data = data.strip()
        unprefixed = _strip_prefix(data)
        if _is_done(unprefixed) or _says_done(unprefixed):
            self._dispatch(events)
            self.done = True
        elif unprefixed != data:
            self._take(unprefixed, events)
        elif data:
            self._pending.append(data)
            self._body_length += len(data)

    def _take_other(self, line: bytes, events: list[Event]) -> None:
        """Read a line that is no data: a field, a comment, or something else."""
        if line.startswith(b"event:"):
            self._name = line[6:].strip().lower()
        elif line.startswith((b"id:", b"retry:", b":")):
            return
        elif field := _ODD_FIELD.match(line):
            self._is_sse = True
            if field[1].lower() == b"error":
                # As older versions of llama.cpp tell it.
                self._name = b"error"
            self._take(line[field.end() :], events)
        elif _is_done(stripped := line.strip()):
            self.done = True
        else:
            self._take_bare(line, stripped, events)

    def _take_bare(self, line: bytes, stripped: bytes, events: list[Event]) -> None:
        """Read JSON that nobody put into events, or keep what may be a part of it."""
        if self._pending and self._pending[0][:1] in b"{[" and not _FIELD.match(stripped):
            # JSON over several lines, of which only the first has the field's name.
            self._pending.append(line)
            self._body_length += len(line)
        elif stripped.startswith(b"{") and not self._body and (value := self._parse(stripped)):
            self._keep(value, events)
        elif not self._is_sse:
            self._body.append(line)
            self._body_length += len(line)
        elif stripped and not _FIELD.match(stripped):
            self.odd += 1

    def _dispatch(self, events: list[Event]) -> None:
        """Read the data of an event that took several lines, at its end."""
        pending, self._pending = self._pending, []
        if pending:
            self._read_pending(pending, events)
        elif self._name in ERROR_NAMES:
            self.error = self.error or "error"
        elif self._name in DONE_NAMES:
            self.done = True
        self._name = b""

    def _read_pending(self, pending: list[bytes], events: list[Event]) -> None:
        data = b"\n".join(pending)
        self._body_length -= sum(map(len, pending))
        whole = self._parse(data)
        # Where no empty line stands between events, these were several.
        several = (value for line in pending for value in self._parse_several(line))
        values = [whole] if whole is not None else list(several)
        if None in values:
            words = _find_words(data)
            if self._name in ERROR_NAMES or _ERROR_WORDS.match(words):
                values = [{"error": words or "error"}]
            self.prose = self.prose or words
        for value in values:
            if value is not None:
                self._keep(value, events)
        self.odd += values.count(None)

    def _keep(self, value: Any, events: list[Event]) -> None:
        # What has data is not told by its name alone.
        name, self._name = self._name, b""
        if name in ERROR_NAMES:
            value = value if isinstance(value, dict) and value.get("error") else {"error": value}
        elif name in DONE_NAMES and not _is_answer(value):
            self.done = True
            return
        for event in value if isinstance(value, list) else (value,):
            if not isinstance(event, dict):
                self.odd += 1
            elif (error := event.get("error")) and _says_something(error):
                self.error = self.error or _add_words(event, error)
                # The last words may have come with it.
                events += _keep_words(event)
                return
            else:
                events.append(event)

    def _read_body(self, events: list[Event]) -> None:
        if not self._body:
            return
        whole = b"\n".join(self._body)
        value = self._parse(whole)
        if value is not None and not isinstance(value, str):
            self._keep(value, events)
            return
        several = [each for each in self._parse_several(whole.strip()) if isinstance(each, dict)]
        if several and not events:
            for each in several:
                self._keep(each, events)
            return
        if len(whole) <= MAX_PROSE_BYTES and not whole.lstrip().startswith((b"<", b"{", b"[")):
            self.prose = whole.decode("utf-8", "replace").strip()
        for line in self._body[: None if events else MAX_VALUES]:
            value = self._parse(line.strip(b" \t,[]"))
            if value is not None:
                self._keep(value, events)
            else:
                self.odd += 1

    def _parse(self, data: bytes) -> Any:
        return parse_json(data, self.charset)

    def _parse_several(self, data: bytes) -> Iterator[Any]:
        is_remark = _SIGN_OF_LIFE.fullmatch(data)
        return iter(()) if is_remark else _parse_several(_decode(data, self.charset))


def _is_done(data: bytes) -> bool:
    return data.strip(b" \t\"'").upper() == DONE


def _says_done(data: bytes) -> bool:
    return len(data) <= MAX_DONE_BYTES and bool(_DONE_WORDS.fullmatch(data.upper()))


def _is_answer(value: Any) -> bool:
    """Tell an event that is more than its name says."""
    return isinstance(value, dict) and bool(value.get("choices") or value.get("error"))


def _find_words(data: bytes) -> str:
    """Return words that stand in place of an event; "" for a page or for JSON that was cut."""
    is_prose = len(data) <= MAX_PROSE_BYTES and not data.lstrip().startswith((b"<", b"{"))
    return data.decode("utf-8", "replace").strip() if is_prose else ""


def _add_words(event: Event, error: Any) -> Any:
    """Return an error with what the event says of it besides: `{"error": true, "message": …}`."""
    beside = {name: event[name] for name in _BESIDE_ERROR if event.get(name) is not None}
    return {"error": error} | beside if beside or not isinstance(error, str | dict) else error


def _keep_words(event: Event) -> list[Event]:
    choices = event.get("choices")
    kept = choices if isinstance(choices, list) else []
    deltas = [each.get("delta") for each in kept if isinstance(each, dict)]
    return [{"choices": [{"delta": delta} for delta in deltas if delta]}] if any(deltas) else []


def _strip_prefix(data: bytes) -> bytes:
    """Return the data of a line that a proxy has put into an event as it came."""
    prefix = _PREFIX.match(data)
    return data[prefix.end() :].strip() if prefix else data.strip()


def _says_something(error: Any) -> bool:
    """Tell an error from a form for one that a gateway adds to each event."""
    if isinstance(error, dict) and str(error.get("code")) in {"0", "200"}:
        return False
    return not isinstance(error, dict) or any(error.values())


def _parse_several(text: str) -> Iterator[Any]:
    """Yield the JSON values of a line; None for what is none, which ends it, if it means to be."""
    at = 0
    for _ in range(MAX_VALUES):
        if at == len(text):
            return
        try:
            value, at = _LENIENT.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield value
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]  # nothing fits as well


def parse_json(data: bytes, charset: str = "") -> Any:
    """Read JSON that may be not quite valid; None if it is none at all.

    A byte that is no UTF-8 and half of a pair come out as surrogates, for
    `aiapp.llm.streams.characters` to join or to replace, unless it is of the charset.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(_decode(data, charset), strict=False)
    except (ValueError, RecursionError):
        return None


def _decode(data: bytes, charset: str) -> str:
    """Return a text that is UTF-8 whatever its head says, as far as it is."""
    if charset:
        with suppress(UnicodeDecodeError):
            return data.decode()
        with suppress(LookupError, UnicodeError):
            return data.decode(charset)
    return data.decode("utf-8", "surrogateescape")
