"""HTTP as models' servers speak it, well or badly: the answer, or one right error, and no leak."""

import gzip
import zlib
from contextlib import aclosing
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from aiapp.llm import vendors
from aiapp.llm.base import End, Prompt, Text
from aiapp.llm.errors import ModelError
from aiapp.llm.tests.scripted_server import (
    DONE,
    HELLO,
    Answer,
    chunk,
    finish,
    running,
)

QUESTION = [{"role": "user", "content": "Say hello"}]
BODY = HELLO + finish() + DONE
SSE = b"Content-Type: text/event-stream\r\n"
CHUNKED = SSE + b"Transfer-Encoding: chunked\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
END = b"0\r\n\r\n"
SAID = "Hello world stop"
REFUSED = b'{"error": {"message": "no such parameter"}}'


@dataclass(frozen=True)
class Way:
    name: str
    answer: Answer
    # What was said, and `stop` or the code of the error.
    outcome: str = SAID
    # How long to wait, as the server said.
    retry_after: int | None = None
    # How long the server is waited for, in seconds.
    patience: float = 30


def raw(*parts: bytes, end: str = "whole", pause: float = 0.0) -> Answer:
    return Answer(parts, end=end, pause=pause, raw=True)


def head(*fields: bytes, status: bytes = OK) -> bytes:
    return status + b"".join(field + b"\r\n" for field in fields) + b"\r\n"


def error(status: int, *fields: bytes, body: bytes = REFUSED) -> Answer:
    line = b"HTTP/1.1 %d Said\r\n" % status
    return raw(head(b"Content-Length: %d" % len(body), *fields, status=line), body)


def pack(name: bytes, body: bytes) -> Answer:
    return raw(OK + CHUNKED + b"Content-Encoding: " + name + b"\r\n\r\n", chunk(body), END)


def pack_half(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush(zlib.Z_SYNC_FLUSH)


WHOLE = [
    Way("chunked", raw(OK + CHUNKED + b"\r\n", chunk(BODY), END)),
    Way("a length", raw(OK + SSE + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY)),
    Way("until it closes", raw(OK + SSE + b"Connection: close\r\n\r\n", BODY, end="cut")),
    Way("HTTP/1.0 until it closes", raw(b"HTTP/1.0 200 OK\r\n" + SSE + b"\r\n", BODY, end="cut")),
    Way("HTTP/1.0 with a length", raw(b"HTTP/1.0 200 OK\r\n" + SSE
        + b"Content-Length: %d\r\n\r\n" % len(BODY), BODY, end="cut")),
    Way("chunks that have extensions and trailers", raw(OK + CHUNKED + b"\r\n",
        b"%x;a=b\r\n%s\r\n" % (len(BODY), BODY), b"0\r\nX-Sum: 1\r\n\r\n")),
    Way("a byte at a time", raw(*(bytes([each]) for each in
        OK + CHUNKED + b"\r\n" + chunk(BODY) + END))),
    Way("a reason phrase of none", raw(b"HTTP/1.1 200\r\n" + CHUNKED + b"\r\n", chunk(BODY), END)),
    Way("201", raw(b"HTTP/1.1 201 Created\r\n" + CHUNKED + b"\r\n", chunk(BODY), END)),
    Way("early hints and a 100 before", raw(
        b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        OK + CHUNKED + b"\r\n", chunk(BODY), END, pause=0.01)),
    Way("lines that end in CR LF, after a byte order mark", raw(OK + CHUNKED + b"\r\n",
        chunk(b"\xef\xbb\xbf" + BODY.replace(b"\n", b"\r\n")), END)),
    Way("comments and fields of events", raw(OK + CHUNKED + b"\r\n",
        chunk(b": hi\n\nevent: message\nid: 7\nretry: 10\n" + BODY), END)),
    Way("an event over two lines", raw(OK + CHUNKED + b"\r\n", chunk(
        HELLO + b'data: {"choices": [{"delta": {},\ndata: "finish_reason": "stop"}]}\n\n' + DONE),
        END)),
    Way("gzip", pack(b"gzip", gzip.compress(BODY))),
    Way("deflate", pack(b"deflate", zlib.compress(BODY))),
    Way("identity, as it is called", pack(b"identity", BODY)),
    Way("a packing that nobody knows, of which there is none", pack(b"none", BODY)),
    Way("a cookie", raw(OK + CHUNKED + b"Set-Cookie: a=b; Path=/\r\n\r\n", chunk(BODY), END)),
    Way("a field in Latin-1", raw(OK + CHUNKED + b"X-Name: caf\xe9\r\n\r\n", chunk(BODY), END)),
    Way("thirty long fields", raw(OK + CHUNKED
        + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 1_000) for n in range(30)) + b"\r\n",
        chunk(BODY), END)),
]  # fmt: skip
BROKEN = [
    Way("no byte at all", raw(end="cut"), "model_unavailable"),
    Way("a reset before the first byte", raw(end="reset"), "model_unavailable"),
    Way("half a status line", raw(b"HTTP/1.1 2", end="cut"), "model_unavailable"),
    Way("half the fields", raw(OK + b"Content-Ty", end="cut"), "model_unavailable"),
    Way("silence", raw(end="open"), "model_timeout", patience=0.5),
    Way("silence after the status", raw(OK, end="open"), "model_timeout", patience=0.5),
    Way("silence after the fields", raw(OK + CHUNKED + b"\r\n", end="open"), "model_timeout",
        patience=0.5),
    Way("fields that never end", raw(OK, *[b"X-A: b\r\n"] * 400, pause=0.02, end="open"),
        "model_timeout", patience=0.5),
    Way("silence after a word", raw(OK + CHUNKED + b"\r\n", chunk(HELLO), end="open"),
        "Hello world model_timeout", patience=0.5),
    Way("another protocol", raw(b"SSH-2.0-OpenSSH_9.6\r\n", end="cut"), "model_unavailable"),
    Way("a status that is none", raw(b"HTTP/1.1 abc OK\r\n\r\n", end="cut"), "model_unavailable"),
    Way("a field of 100 KB", raw(OK + CHUNKED + b"X-A: " + b"x" * 100_000 + b"\r\n\r\n",
        chunk(BODY), END), "model_unavailable"),
    Way("a thousand fields", raw(OK + CHUNKED + b"X-A: b\r\n" * 1_000 + b"\r\n", chunk(BODY), END),
        "model_unavailable"),
    Way("two lengths", raw(OK + SSE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", BODY,
        end="cut"), "model_unavailable"),
    Way("a length that is none", raw(OK + SSE + b"Content-Length: -1\r\n\r\n", BODY, end="cut"),
        "model_unavailable"),
    Way("a chunk whose size is none", raw(OK + CHUNKED + b"\r\nzz\r\n" + BODY, end="cut"),
        "model_unavailable"),
    Way("a later chunk whose size is none", raw(OK + CHUNKED + b"\r\n", chunk(HELLO), b"zz\r\n",
        pause=0.1, end="cut"), "Hello world model_timeout", patience=0.5),
    Way("a chunk that is too short", raw(OK + CHUNKED + b"\r\n", b"%x\r\n%s" % (9_999, HELLO),
        end="cut"), "Hello world broken_answer"),
    Way("a length that is not kept", raw(OK + SSE + b"Content-Length: 9999\r\n\r\n", HELLO,
        end="cut"), "Hello world broken_answer"),
    Way("a cut between chunks", raw(OK + CHUNKED + b"\r\n", chunk(HELLO), end="cut"),
        "Hello world broken_answer"),
    Way("a reset after a word", raw(OK + CHUNKED + b"\r\n", chunk(HELLO), b"", pause=0.1,
        end="reset"), "Hello world broken_answer"),
    Way("a cut after the finish reason", raw(OK + CHUNKED + b"\r\n", chunk(HELLO + finish()),
        end="cut")),
    Way("packed, as it says, and is not", pack(b"gzip", BODY), "broken_answer"),
    Way("gzip that breaks off", raw(OK + CHUNKED + b"Content-Encoding: gzip\r\n\r\n",
        chunk(pack_half(HELLO)), end="cut"), "Hello world broken_answer"),
    Way("204", raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "empty_answer"),
    Way("200 and no body", raw(OK + SSE + b"Content-Length: 0\r\n\r\n"), "empty_answer"),
    Way("an error with a status of success", raw(OK + CHUNKED + b"\r\n",
        chunk(b'{"error": {"message": "Too many requests", "code": 429}}'), END), "model_busy"),
]  # fmt: skip
REFUSALS = [
    Way("400", error(400), "model_bad_request"),
    Way("401", error(401), "model_refused"),
    Way("404 with a page", error(404, body=b"<html>nothing here"), "model_refused"),
    Way("408", error(408), "model_unavailable"),
    Way("409", error(409), "model_unavailable"),
    Way("413", error(413), "context_too_long"),
    Way("422", error(422), "model_bad_request"),
    Way("429", error(429), "model_busy"),
    Way("429 for 2 s", error(429, b"Retry-After: 2"), "model_busy", 2),
    Way("429 for 1,500 ms", error(429, b"retry-after-ms: 1500"), "model_busy", 2),
    Way("429 by its buckets", error(429, b"x-ratelimit-remaining-tokens: 0",
        b"x-ratelimit-reset-tokens: 6m0s"), "model_busy", 360),
    Way("429 in words", error(429, body=b'{"error": {"message": "Please try again in 1.2s."}}'),
        "model_busy", 2),
    Way("500", error(500), "model_unavailable"),
    Way("502 with a page", error(502, b"Content-Type: text/html", body=b"<html>Bad Gateway"),
        "model_unavailable"),
    Way("503 for 3 s", error(503, b"Retry-After: 3"), "model_unavailable", 3),
    Way("504 without a body", error(504, body=b""), "model_unavailable"),
    Way("529", error(529), "model_busy"),
    Way("599", error(599), "model_unavailable"),
    Way("an error packed", error(400, b"Content-Encoding: gzip", body=gzip.compress(
        b'{"error": {"code": "context_length_exceeded", "message": ""}}')), "context_too_long"),
    Way("an error in Latin-1", error(400, b"Content-Type: text/plain; charset=iso-8859-1",
        body=b"mod\xe8le: context_length_exceeded"), "context_too_long"),
    Way("an error that breaks off", raw(b"HTTP/1.1 503 No\r\nContent-Length: 999\r\n"
        b"Retry-After: 4\r\n\r\n", REFUSED, end="cut"), "model_unavailable", 4),
    Way("an error without an end", raw(b"HTTP/1.1 503 No\r\nContent-Length: 999\r\n\r\n", REFUSED,
        end="open"), "model_timeout", patience=0.5),
    Way("an error of ten megabytes", error(429, b"Retry-After: 2", body=b"x" * 10_000_000),
        "model_busy", 2),
    Way("304", error(304, body=b""), "model_bad_request"),
    Way("302 to nowhere", error(302), "model_bad_request"),
    Way("a redirect to itself", error(307, b"Location: /v1/chat/completions"),
        "model_unavailable"),
    Way("a redirect to no address", error(307, b"Location: http://[::"), "model_unavailable"),
    Way("a redirect to a file", error(307, b"Location: file:///etc/passwd"), "model_unavailable"),
]  # fmt: skip
WAYS = [*WHOLE, *BROKEN, *REFUSALS]


async def ask(seconds: float = 0.0) -> tuple[str, ModelError | None]:
    """Return what was said with `stop`, or with the error's code; and the error.

    So long do tokens gather between two reads.
    """
    said, error = "", None
    client = await vendors.client("openai")
    try:
        prompt = Prompt("a-model", QUESTION, gather=lambda: seconds)
        async with aclosing(client.stream(prompt)) as pieces:
            async for piece in pieces:
                said += piece.text if isinstance(piece, Text) else ""
                said += f" {piece.finish_reason}" if isinstance(piece, End) else ""
    except ModelError as caught:
        said, error = f"{said} {caught.reason}", caught
    return said.strip(), error


@pytest.mark.parametrize("seconds", [0.0, 0.02], ids=["at once", "gathered"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
async def test_the_answer_comes_or_one_right_error(
    settings: Settings, way: Way, seconds: float
) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = way.patience
    async with running(settings, way.answer):
        said, error = await ask(seconds)
    assert said == way.outcome
    assert (error and error.retry_after) == way.retry_after
