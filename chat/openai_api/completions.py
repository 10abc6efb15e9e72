"""A turn's events in the form of OpenAI's chat completions, whole and as a stream."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from django.conf import settings
from django.urls import reverse

from aiapp.errors import AppError, Unavailable
from aiapp.http.error_shapes import openai_body
from aiapp.http.sse import END, HEARTBEAT, HEARTBEAT_SECONDS, encode
from aiapp.llm.errors import FILTERED, ModelError, NoRoomToAnswer
from aiapp.llm.streams.pieces import UNKNOWN
from chat.log.events import Entry, Kind
from chat.models import Turn
from chat.openai_api.functions import CHOICE
from chat.reading.reader import read
from chat.turns.running import runner

# After these the first byte may be sent: until then an error can still be a status.
SPOKEN = {Kind.DELTA, Kind.REASONING, Kind.TOOL_CALL, Kind.DONE}

# Of what is behind the model, which only its own server knows. Clients with types of their own
# (Swift, Rust, Java) refuse an answer that lacks a field which OpenAI's have.
FINGERPRINT = "fp_aiapp"


def build_error(error: dict[str, Any]) -> AppError:
    """The error of a turn as one to raise, with the status that OpenAI's clients understand."""
    kinds = {kind.code: kind for kind in ModelError.__subclasses__()}
    kind = kinds.get(error["code"], ModelError)
    built = kind(error["message"], code=error["code"], retry_after=error.get("retry_after"))
    built.retryable = error["retryable"]
    return built


@dataclass(slots=True)
class Completion:
    """The answer of a turn so far."""

    turn: Turn
    # Whether the request has functions, as before tools.
    calls_functions: bool = False
    text: str = ""
    reasoning: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)
    done: dict[str, Any] = field(default_factory=dict)
    # What ended it where that is an error of ours and an answer in this protocol: its bound, before
    # the first word, which clients that try a connection reach with the one token that they ask
    # for, and the model's own filter after some words.
    cut_by: str = ""

    def hear(self, entry: Entry) -> dict[str, Any] | None:
        """The delta that an entry adds to the message, if any. Raises an AppError."""
        match entry.kind:
            case Kind.DELTA:
                self.text += entry.data["text"]
                return {"content": entry.data["text"]}
            case Kind.REASONING:
                self.reasoning += entry.data["text"]
                return {"reasoning_content": entry.data["text"]}
            case Kind.TOOL_CALL:
                return self._add_call(entry.data)
            case Kind.RESTARTED:
                self.text, self.reasoning, self.calls = "", "", []
            case Kind.ERROR:
                self._hear_error(entry.data)
            case Kind.DONE:
                self.done = entry.data
        return None

    def _hear_error(self, error: dict[str, Any]) -> None:
        if error["code"] == NoRoomToAnswer.code:
            self.cut_by = "length"
        elif error["code"] == FILTERED and self.text:
            self.cut_by = "content_filter"
        else:
            raise build_error(error)

    def _add_call(self, data: dict[str, str]) -> dict[str, Any] | None:
        function = {"name": data["name"], "arguments": data["arguments"]}
        if self.calls_functions and self.calls:
            # There is one in that form; the model is asked again once it has been answered.
            return None
        call = {"id": data["id"], "type": "function", "function": function}
        self.calls.append(call)
        if self.calls_functions:
            return {CHOICE: function}
        return {"tool_calls": [{"index": len(self.calls) - 1} | call]}

    def build(self) -> dict[str, Any]:
        content = self.done["content"]
        message: dict[str, Any] = {"role": "assistant", "content": content, "refusal": None}
        if self.calls:
            message["content"] = message["content"] or None
            told = {CHOICE: self.calls[0]["function"]} if self.calls_functions else None
            message |= told or {"tool_calls": self.calls}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.done["citations"]:
            message["annotations"] = _build_annotations(self.done)
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": self.finish_reason,
        }
        extras = {"usage": self.done["usage"], "cached": self.done["cached"]}
        return self._build_frame("chat.completion", choices=[choice], **extras)

    def encode_chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return encode(orjson.dumps(self._build_frame("chat.completion.chunk", choices=[choice])))

    def encode_usage(self) -> bytes:
        frame = self._build_frame("chat.completion.chunk", choices=[], usage=self.done["usage"])
        return encode(orjson.dumps(frame))

    def build_last_delta(self) -> dict[str, Any]:
        return {"annotations": _build_annotations(self.done)} if self.done["citations"] else {}

    @property
    def finish_reason(self) -> str:
        reason = self.cut_by or str(self.done["finish_reason"] or "stop")
        if self.calls_functions and reason == "tool_calls":
            return CHOICE
        # The protocol has no word for an end that nobody told.
        return "stop" if reason == UNKNOWN else reason

    @property
    def _model(self) -> str:
        """The model's name; only the end of an answer tells whether another one gave it."""
        return str(self.done.get("model") or self.turn.model)

    def _build_frame(self, kind: str, **more: Any) -> dict[str, Any]:
        created = int(self.turn.created.timestamp())
        name = f"chatcmpl-{self.turn.id}"
        frame = {"id": name, "object": kind, "created": created, "model": self._model}
        return frame | {"system_fingerprint": FINGERPRINT} | more


async def complete(completion: Completion, *, stop_with_reader: bool) -> dict[str, Any]:
    """The finished completion. Raises an AppError if the turn failed."""
    turn = completion.turn
    async with aclosing(_read_entries(turn, stop_with_reader=stop_with_reader)) as entries:
        async for entry in entries:
            if entry is not None:
                completion.hear(entry)
    return completion.build()


async def stream(
    completion: Completion, *, with_usage: bool, stop_with_reader: bool
) -> AsyncGenerator[bytes, None]:
    """Yield chunks as they come; the first is b"", once the model has begun to answer.

    Raises an AppError before that; after it, an error is an event in the stream.
    """
    turn, has_begun = completion.turn, False
    try:
        async with aclosing(_read_entries(turn, stop_with_reader=stop_with_reader)) as entries:
            async for entry in entries:
                chunk = _build_chunk(completion, entry)
                if not has_begun and entry is not None and entry.kind in SPOKEN:
                    has_begun = True
                    yield b""
                    yield completion.encode_chunk({"role": "assistant", "content": ""})
                if has_begun and chunk:
                    yield chunk
    except AppError as error:
        if not has_begun:
            raise
        yield encode(orjson.dumps(openai_body(error))) + END
        return
    yield completion.encode_chunk(completion.build_last_delta(), completion.finish_reason)
    if with_usage:
        yield completion.encode_usage()
    yield END


def _build_chunk(completion: Completion, entry: Entry | None) -> bytes:
    """Return an entry as the stream's reader gets it; b"" if nothing. Raises an AppError."""
    if entry is None:
        return HEARTBEAT
    if entry.kind == Kind.RESTARTED and entry.data.get("thoughts"):
        # What was sent as the answer were thoughts; the answer itself is still to come.
        return b""
    if entry.kind == Kind.RESTARTED and (completion.text or completion.calls):
        # The protocol has no word for taking back what was sent.
        raise Unavailable("The answer was interrupted. Ask again.", code="interrupted")
    delta = completion.hear(entry)
    return completion.encode_chunk(delta) if delta else b""


async def _read_entries(
    turn: Turn, *, stop_with_reader: bool
) -> AsyncGenerator[Entry | None, None]:
    """The turn's entries; None now and then while nothing happens.

    A client of this protocol that hangs up has no way to come back to the answer, unless it
    gave the request a name; so its turn is stopped.
    """
    loop = asyncio.get_running_loop()
    last_sent = loop.time()
    ended = False
    try:
        async with aclosing(read(turn)) as batches:
            async for batch in batches:
                for entry in batch:
                    last_sent, ended = loop.time(), entry.is_last
                    yield entry
                if not batch and loop.time() - last_sent >= HEARTBEAT_SECONDS:
                    last_sent = loop.time()
                    yield None
    finally:
        if stop_with_reader and not ended:
            # Shielded: it is the cancelled request that asks for it.
            await asyncio.shield(runner.stop(turn))


def _build_annotations(done: dict[str, Any]) -> list[dict[str, Any]]:
    built = (_build_annotation(each, done["content"]) for each in done["citations"])
    return [each for each in built if each]


def _build_annotation(citation: dict[str, Any], content: str) -> dict[str, Any] | None:
    """Return a citation in OpenAI's form; a document's passage besides, in a form of ours.

    Clients that check what they get (pydantic-ai, the AI SDK) know no kind but pages of the web,
    and refuse an answer with any other. So a document is cited by its page on this site; one that
    is nobody's any more has none.
    """
    address = citation.get("address") or _find_address(citation)
    if not address:
        return None
    mark = f"[{citation['n']}]"
    start = max(content.find(mark), 0)
    page = {
        "url": address,
        "title": citation["title"],
        "start_index": start,
        "end_index": start + len(mark),
    }
    passage = {} if citation.get("address") else {"document_citation": citation}
    return {"type": "url_citation", "url_citation": page} | passage


def _find_address(citation: dict[str, Any]) -> str:
    """Return where the site shows a document with the passage marked; "" if there is none."""
    if not citation["document"]:
        return ""
    path = reverse("documents:detail", args=[citation["document"]])
    query = {name: citation[name] for name in ("version", "start", "end")}
    place = f"#page={citation['page']}" if citation["page"] else ""
    return f"{settings.SITE_URL}{path}?{urlencode(query)}{place}"
