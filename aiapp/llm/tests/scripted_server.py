"""A server of OpenAI's protocol, byte by byte as a test writes it, over real HTTP.

It runs on the test's own event loop. Its answers are functions of the request, so that it can
refuse a parameter as a real one does.
"""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

from aiapp.llm import vendors

STREAM = {"Content-Type": "text/event-stream"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An answer of the server.

    `end` is `whole`, `open` (until the client leaves), `cut` or `reset`.
    """

    parts: tuple[bytes, ...]
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: STREAM)
    end: str = "whole"
    # Between two parts, in seconds.
    pause: float = 0.0
    # Whether the parts are all that is sent: status, fields and chunks are among them.
    raw: bool = False


Plan = Callable[[dict[str, Any]], Answer]


def chunk(part: bytes) -> bytes:
    """Return a part of a body in the form of a chunk."""
    return b"%x\r\n%s\r\n" % (len(part), part)


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def delta(index: int = 0, /, **said: Any) -> bytes:
    return event({"choices": [{"index": index, "delta": said, "finish_reason": None}]})


def finish(reason: Any = "stop", **said: Any) -> bytes:
    return event({"choices": [{"index": 0, "delta": said, "finish_reason": reason}]})


def usage(prompt: Any, completion: Any, **more: Any) -> bytes:
    figures = {"prompt_tokens": prompt, "completion_tokens": completion}
    return event({"choices": [], "usage": figures} | more)


DONE = b"data: [DONE]\n\n"
HELLO = delta(role="assistant", content="") + delta(content="Hello") + delta(content=" world")


def refusal(status: int, body: Any, **headers: str) -> Answer:
    """An error's answer; a text is sent as it is."""
    sent = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Answer((sent,), status, JSON | {k.replace("_", "-"): v for k, v in headers.items()})


@dataclass
class Server:
    plan: Plan
    address: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    connections: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.tasks.add(cast(asyncio.Task[None], asyncio.current_task()))
        # Cancelled, it ends as if the client had left.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head.decode(), reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(
        self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        line, *fields = head.split("\r\n")
        headers = {k.lower(): v for k, _, v in (each.partition(": ") for each in fields if each)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.paths.append(line.split(" ")[1])
        self.headers.append(headers)
        self.requests.append(json.loads(body) if body else {})
        answer = self.plan(self.requests[-1])
        if not answer.raw:
            sent = {"Transfer-Encoding": "chunked"} | answer.headers
            lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
            writer.write(f"HTTP/1.1 {answer.status} As told\r\n{lines}\r\n".encode())
        for part in answer.parts:
            writer.write(part if answer.raw else chunk(part))
            await writer.drain()
            await asyncio.sleep(answer.pause)
        if answer.end == "whole" and not answer.raw:
            writer.write(b"0\r\n\r\n")
        elif answer.end == "open":
            await reader.read(1)
        elif answer.end == "reset":
            writer.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            writer.transport.abort()
        if answer.end != "whole":
            raise ConnectionError


@asynccontextmanager
async def running(
    settings: Any, plan: Plan | Answer, query: str = "", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """The site's endpoint is this one from now on."""
    server = Server(plan if callable(plan) else lambda _: plan)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.address = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1{query}"
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.address, "sk-123"
    settings.ANTHROPIC_BASE_URL = settings.ANTHROPIC_API_KEY = ""
    try:
        yield server
    finally:
        await vendors.close()
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
