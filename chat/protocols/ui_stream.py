"""A turn's events as the AI SDK's UI message stream, version 1."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any

import orjson

from aiapp.http import sse
from chat.log.events import Entry, Kind
from chat.models import Turn
from chat.reading.reader import read

HEADERS = sse.HEADERS | {"x-vercel-ai-ui-message-stream": "v1"}


async def chunks(turn: Turn) -> AsyncGenerator[bytes, None]:
    """Yield the chunks of a turn as server-sent events, to its end or an interruption."""
    parts = Parts(turn)
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            pieces = (orjson.dumps(chunk) for entry in batch for chunk in parts.convert(entry))
            yield b"".join(map(sse.encode, pieces)) or sse.HEARTBEAT
            if parts.is_closed:
                yield sse.END
                return


class Parts:
    """The SDK's chunks for a turn's events; text and reasoning are parts that open."""

    def __init__(self, turn: Turn) -> None:
        self.is_closed = False
        self._turn = turn
        self._open = ""
        self._count = 0

    def convert(self, entry: Entry) -> Iterator[dict[str, Any]]:
        """Yield the chunks of an entry; none after an end."""
        if not self.is_closed:
            yield from self._convert(entry)

    def _convert(self, entry: Entry) -> Iterator[dict[str, Any]]:
        match entry.kind:
            case Kind.STARTED:
                yield {"type": "start", "messageId": str(self._turn.message_id)}
                yield {"type": "start-step"}
            case Kind.DELTA:
                yield from self._say("text", entry.data["text"])
            case Kind.REASONING:
                yield from self._say("reasoning", entry.data["text"])
            case Kind.STATUS:
                yield {"type": "data-status", "data": entry.data, "transient": True}
            case Kind.CITATION:
                yield from self._cite(entry.data)
            case Kind.RESTARTED if not entry.data.get("thoughts"):
                yield from self._interrupt()
            case Kind.ERROR | Kind.DONE:
                yield from self._end_part()
                yield from self._end(entry)

    def _end(self, entry: Entry) -> Iterator[dict[str, Any]]:
        if entry.kind == Kind.ERROR:
            yield {"type": "error", "errorText": entry.data["message"]}
            return
        yield {"type": "finish-step"}
        metadata = {name: entry.data.get(name) for name in ("usage", "cached")}
        yield {"type": "finish", "messageMetadata": metadata}
        self.is_closed = True

    def _interrupt(self) -> Iterator[dict[str, Any]]:
        """Abort: what was sent cannot be taken back; who resumes gets the answer from its start."""
        if self._count:
            yield {"type": "error", "errorText": "The answer was interrupted."}
            self.is_closed = True

    def _say(self, kind: str, text: str) -> Iterator[dict[str, Any]]:
        if self._open != kind:
            yield from self._end_part()
            self._open, self._count = kind, self._count + 1
            yield {"type": f"{kind}-start", "id": str(self._count)}
        yield {"type": f"{kind}-delta", "id": str(self._count), "delta": text}

    def _end_part(self) -> Iterator[dict[str, Any]]:
        if self._open:
            yield {"type": f"{self._open}-end", "id": str(self._count)}
            self._open = ""

    def _cite(self, citation: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield from self._end_part()
        number = str(citation["n"])
        source = {"sourceId": number, "title": citation["title"]}
        if address := citation.get("address"):
            yield {"type": "source-url", "url": address, **source}
        else:
            yield {"type": "source-document", "mediaType": "text/plain", **source}
        yield {"type": "data-citation", "id": number, "data": citation}
