"""Speak with a server of the Model Context Protocol, over HTTP and within bounds.

A server may answer with anything: nothing at all, without end, something else than was asked for.
Each conversation has a deadline, so many bytes and so many requests; what cannot be understood ends
it at once. The protocol's library validates results by the server's own schema, whose patterns can
hold a process for minutes; so results are taken as they are.

Importing this takes a second, which only who uses such servers pays.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, partial
from typing import Any

import httpx
import mcp.types as protocol
from django.core.exceptions import ImproperlyConfigured
from langchain_mcp_adapters.sessions import create_session
from mcp import ClientSession, McpError
from pydantic import BaseModel

from aiapp import env
from aiapp.errors import AppError
from chat.models import McpServer
from chat.tools.mcp.definitions import MAX_TOOLS

CONNECT_SECONDS = 10.0
CALL_SECONDS = 30.0
# For an answer that follows on something that could not be understood.
GRACE_SECONDS = 0.5
# What comes back in one conversation.
MAX_BYTES = 4 * 1024 * 1024
MAX_REQUESTS = 64
MAX_PAGES = 20
MAX_RESULT_CHARS = 100_000
MAX_RESULT_PARTS = 200
MAX_INSTRUCTION_CHARS = 4_000


class ServerFailed(AppError):
    code = "mcp_server_failed"
    status = 502
    message = "The server of this tool is out of order: it did not answer as it should."


@dataclass
class ToolList:
    """A server's own account: its tools as it describes them, and what was left out."""

    tools: list[Any] = field(default_factory=list)
    instructions: str = ""
    left_out: str = ""


class _Page(BaseModel):
    """A page of tools, of which each is looked at by itself: one that is amiss spoils no other."""

    tools: Any = None
    nextCursor: Any = None  # noqa: N815 - the protocol's name


class _Result(BaseModel):
    content: Any = None
    structuredContent: Any = None  # noqa: N815 - the protocol's name
    isError: Any = False  # noqa: N815 - the protocol's name


class Talk:
    """A session with a server, opened by `talk`."""

    def __init__(self) -> None:
        self.session: ClientSession
        self.instructions = ""
        self._broken: asyncio.Future[Exception] = asyncio.Future()

    async def hear(self, message: Any) -> None:
        """Take what comes unasked, which matters only if it could not be understood."""
        if isinstance(message, Exception) and not self._broken.done():
            self._broken.set_result(message)

    async def wait_for(self, answer: Awaitable[Any]) -> Any:
        """Wait for an answer, or for the sign that none will come."""
        # What went wrong before this was asked says nothing of it.
        self._broken = asyncio.Future()
        task: asyncio.Future[Any] = asyncio.ensure_future(answer)
        try:
            await asyncio.wait({task, self._broken}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait({task}, timeout=GRACE_SECONDS)
            if not task.done():
                raise ServerFailed
            return task.result()
        finally:
            task.cancel()

    async def send(self, request: Any, kind: type[BaseModel]) -> Any:
        message = protocol.ClientRequest(request)
        return await self.wait_for(self.session.send_request(message, kind))


@asynccontextmanager
async def talk(server: McpServer) -> AsyncIterator[Talk]:
    opened = Talk()
    async with create_session(_describe_connection(server, opened)) as session:
        opened.session = session
        greeting = await opened.wait_for(session.initialize())
        opened.instructions = (greeting.instructions or "")[:MAX_INSTRUCTION_CHARS]
        yield opened


async def list_tools(open_talk: Talk) -> ToolList:
    """Return what the server says of its tools, page by page. Raises whatever the library does."""
    listing = ToolList(instructions=open_talk.instructions)
    cursor: str | None = None
    cursors: set[str] = set()
    for _ in range(MAX_PAGES):
        params = protocol.PaginatedRequestParams(cursor=cursor) if cursors else None
        page = await open_talk.send(protocol.ListToolsRequest(params=params), _Page)
        if not isinstance(page.tools, list):
            raise ServerFailed
        cursor = page.nextCursor if isinstance(page.nextCursor, str) else None
        if cursor in cursors:
            # It leads in a circle; this is the page before once more.
            return listing
        listing.tools += page.tools
        if len(listing.tools) > MAX_TOOLS:
            break
        if cursor is None:
            return listing
        cursors.add(cursor)
    listing.tools = listing.tools[:MAX_TOOLS]
    listing.left_out = (
        f"It lists more than {MAX_TOOLS} tools, or without end; the rest is left out."
    )
    return listing


async def call_tool(open_talk: Talk, name: str, arguments: dict[str, Any]) -> str:
    """Return what a tool answers, as text."""
    params = protocol.CallToolRequestParams(name=name, arguments=arguments)
    try:
        result = await open_talk.send(protocol.CallToolRequest(params=params), _Result)
    except McpError as error:
        if has_ended(error):
            raise
        return f"The server refuses: {error.error.message[:MAX_RESULT_CHARS]}"
    text = _read_text(result)
    return f"The tool reports an error: {text}" if result.isError is True else text


def describe_fault(error: BaseException) -> str:
    """Return the kind of the first cause, whose words may quote what nobody should read."""
    return type(find_first_cause(error)).__name__


def find_first_cause(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def has_ended(cause: BaseException) -> bool:
    """Check whether the server does not know the session any more; a new one may go better."""
    # The library's word for a 404.
    return isinstance(cause, McpError) and cause.error.message == "Session terminated"


def _read_text(result: _Result) -> str:
    """The text of a result; of pictures and files, that there are some."""
    parts = result.content if isinstance(result.content, list) else []
    texts = [_read_part(part) for part in parts[:MAX_RESULT_PARTS] if isinstance(part, dict)]
    if not texts and result.structuredContent is not None:
        # orjson writes no numbers of more than 64 bits, such as amounts in a blockchain.
        texts = [json.dumps(result.structuredContent, ensure_ascii=False, separators=(",", ":"))]
    return "\n".join(texts)[:MAX_RESULT_CHARS]


def _read_part(part: dict[str, Any]) -> str:
    resource = part.get("resource")
    holder = resource if isinstance(resource, dict) else part
    text = holder.get("text")
    return text if isinstance(text, str) else f"({str(part.get('type'))[:40]})"


def _read_token(server: McpServer) -> str:
    """Return what the server wants to be shown, which may lie in a file as any secret may."""
    try:
        return env.text(server.secret) if server.secret else ""
    except ImproperlyConfigured as error:
        raise ServerFailed from error


def _describe_connection(server: McpServer, open_talk: Talk) -> Any:
    token = _read_token(server)
    return {
        "transport": "streamable_http",
        "url": server.url,
        "headers": {"Authorization": f"Bearer {token}"} if token else {},
        "timeout": timedelta(seconds=CONNECT_SECONDS),
        "sse_read_timeout": timedelta(seconds=CALL_SECONDS),
        "httpx_client_factory": partial(_build_client, open_talk),
        "session_kwargs": {"message_handler": open_talk.hear},
    }


def _build_client(
    open_talk: Talk, headers: Any = None, timeout: Any = None, auth: Any = None
) -> httpx.AsyncClient:
    """An address that a server points to is not one that an administrator has named."""
    bounds = _Bounds(open_talk)
    return httpx.AsyncClient(
        # What is packed may be far more than it seems.
        headers={**(headers or {}), "Accept-Encoding": "identity"},
        timeout=timeout,
        auth=auth,
        verify=_load_certificates(),
        follow_redirects=False,
        event_hooks={"request": [bounds.count_request], "response": [bounds.count_response]},
    )


@cache
def _load_certificates() -> ssl.SSLContext:
    """Return whom this library trusts, which takes a fiftieth of a second to read."""
    return httpx.create_ssl_context()


class _Bounds:
    """The requests and bytes that a server has left in one conversation."""

    def __init__(self, open_talk: Talk) -> None:
        self._talk = open_talk
        self.requests = MAX_REQUESTS
        self.bytes = MAX_BYTES

    async def count_bytes(self, block: bytes, request: httpx.Request) -> None:
        self.bytes -= len(block)
        if self.bytes < 0:
            raise await self.tell(httpx.ReadError("The answer has no end.", request=request))

    async def tell(self, error: httpx.ReadError) -> httpx.ReadError:
        """Tell whoever waits; the library takes a stream that ends for one that will go on."""
        await self._talk.hear(error)
        return error

    async def count_request(self, request: httpx.Request) -> None:
        self.requests -= 1
        # A standing stream of what nobody asked for is not wanted; going on with one that broke is.
        is_standing = request.method == "GET" and "last-event-id" not in request.headers
        if is_standing or self.requests < 0:
            raise httpx.RequestError("This is not asked of a server.", request=request)

    async def count_response(self, response: httpx.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx.DecodingError("The answer is packed.", request=response.request)
        response.stream = _CountedStream(response, self)


class _CountedStream(httpx.AsyncByteStream):
    """A response that ends with an error when more comes than the conversation has left."""

    def __init__(self, response: httpx.Response, bounds: _Bounds) -> None:
        self._stream: Any = response.stream
        self._request = response.request
        self._bounds = bounds
        self._has_events = "text/event-stream" in response.headers.get("content-type", "")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        goes_on = False
        async for block in self._stream:
            await self._bounds.count_bytes(block, self._request)
            # With the name of an event it can be taken up again after it.
            goes_on = goes_on or b"id:" in block
            yield block
        if self._has_events and not goes_on:
            await self._bounds.tell(httpx.ReadError("It has ended.", request=self._request))

    async def aclose(self) -> None:
        await self._stream.aclose()
