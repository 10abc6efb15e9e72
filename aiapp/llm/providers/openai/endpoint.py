"""Requests for chat completions, written and read on aiohttp.

OpenAI's library says how a request to an endpoint looks: its address, its headers, the key's
place. It is asked once for each model, and from then on the request goes out without it, which
saves what its layers and httpx's take for each. Where a request is more than that, behind a proxy
of the environment or a redirect, it is the library's to send. docs/adr/0026 has the figures.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any, cast

import aiohttp
import httpx2
import openai
import orjson
from django.conf import settings
from yarl import URL

from aiapp.llm.errors import ModelError, ModelUnavailable
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.streams.reader import PLAIN, Body, lend_body
from aiapp.llm.transport import async_openai, http_session, needs_proxy
from aiapp.observability import tracing

PATH = "/chat/completions"
REDIRECTS = {301, 302, 303, 307, 308}
# Of an error's body; its meaning is told by less.
MAX_ERROR_BYTES = 64 * 1024
# aiohttp sends what is longer in parts, where it may.
MAX_BYTES_AT_ONCE = 2**20
# What every request has its own of.
OWN_HEADERS = {"host", "content-length", "accept-encoding", "connection"}


@dataclass(frozen=True, slots=True)
class Form:
    """The part common to all requests for a model."""

    url: URL
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    http_response: httpx2.Response


class Endpoint:
    """An endpoint, as one event loop speaks to it."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._address = base_url, api_key
        first, connect = settings.MODEL_FIRST_TOKEN_SECONDS, settings.MODEL_CONNECT_SECONDS
        self._options: dict[str, Any] = {
            "max_retries": 0,
            "timeout": httpx2.Timeout(first, connect=connect),
        }
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=first, sock_connect=connect, sock_read=first
        )
        self._session = None if needs_proxy(base_url) else http_session(base_url)
        self._forms: dict[str, Form] = {}

    @cached_property
    def library(self) -> openai.AsyncOpenAI:
        return async_openai(*self._address, **self._options)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
        if "library" in self.__dict__:
            await self.library.close()

    @asynccontextmanager
    async def open(self, body: Mapping[str, Any]) -> AsyncIterator[Body]:
        """Send a request and lend the answer's body. Raises a ModelError or an OpenAIError."""
        if self._session is not None:
            response = await self._send(self._session, body)
            async with response:
                if not _is_redirect(response):
                    if not response.ok or response.status in range(300, 400):
                        raise await _read_refusal(response)
                    yield HeldBody(response)
                    return
        async with lend_body(self._send_by_library(body)) as lent:
            yield lent

    async def _send(
        self, session: aiohttp.ClientSession, body: Mapping[str, Any]
    ) -> aiohttp.ClientResponse:
        form = self._forms.get(body["model"]) or await self._learn_form(body["model"])
        sent, headers = _dump(body), {**form.headers, **PLAIN, **tracing.headers()}
        tries = 0
        while True:
            tries, reuses = tries + 1, list[bool]()
            try:
                return await session.post(
                    form.url,
                    data=sent if len(sent) < MAX_BYTES_AT_ONCE else BytesIO(sent),
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                    trace_request_ctx=reuses,
                )
            except aiohttp.ClientError as error:
                # A server may close an idle connection at the moment in which it is used again.
                was_closed = isinstance(
                    error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
                )
                if not (was_closed and reuses) or tries > 1:
                    raise _translate_fault(error) from error

    async def _learn_form(self, model: str) -> Form:
        """Let the library make a request, and note how it looks."""
        notes = _Notes()
        async with async_openai(
            *self._address, http_client=httpx2.AsyncClient(transport=notes), **self._options
        ) as library:
            await library.post(PATH, cast_to=httpx2.Response, body={"model": model})
        headers = {k: v for k, v in notes.request.headers.items() if k not in OWN_HEADERS}
        self._forms[model] = Form(URL(str(notes.request.url)), headers)
        return self._forms[model]

    @asynccontextmanager
    async def _send_by_library(self, body: Mapping[str, Any]) -> AsyncIterator[Opened]:
        response = await self.library.post(
            PATH,
            cast_to=httpx2.Response,
            body=body,
            options={"headers": PLAIN | tracing.headers()},
            stream=True,
            stream_cls=openai.AsyncStream[Any],
        )
        # With `cast_to` as it is, this is the response and no stream.
        opened = cast(httpx2.Response, response)
        try:
            yield Opened(opened)
        finally:
            await opened.aclose()


class HeldBody(Body):
    """The body of aiohttp's response, which can be left in the kernel for a while."""

    __slots__ = ("_response",)

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        super().__init__(_read(response.content), response.charset)
        self._response = response

    async def rest(self, seconds: float) -> None:
        """Let more of it gather where it wakes nobody, and where buffers hold the server back.

        The transport is told, and not aiohttp's protocol, so that its own time-out goes on. Over
        TLS nothing is held: uvloop loses what came before the end of a connection that is not read
        (https://github.com/MagicStack/uvloop/pull/661).
        """
        connection = self._response.connection
        if connection is None:
            # It has ended, and the connection may be another's by now.
            return
        transport = connection.transport
        is_held = transport is not None and transport.is_reading() and not _is_tls(transport)
        if transport is None or not is_held:
            await asyncio.sleep(seconds)
            return
        transport.pause_reading()
        try:
            await asyncio.sleep(seconds)
        finally:
            # Does nothing where it was closed meanwhile.
            transport.resume_reading()


async def _read(content: aiohttp.StreamReader) -> AsyncGenerator[bytes, None]:
    """Yield what has come, whenever something has."""
    try:
        while chunk := await content.readany():
            yield chunk
    except aiohttp.ClientError:
        # Once a connection has broken, aiohttp keeps for itself what came before that.
        if kept := b"".join(content._buffer):
            yield kept
        raise


def _is_tls(transport: asyncio.Transport) -> bool:
    return transport.get_extra_info("sslcontext") is not None


class _Notes(httpx2.AsyncBaseTransport):
    """Takes a request down instead of sending it."""

    request: httpx2.Request

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.request = request
        return httpx2.Response(200)


def _dump(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # Numbers beyond 64 bits, and halves of emoji.
        return json.dumps(body).encode()


def _is_redirect(response: aiohttp.ClientResponse) -> bool:
    return response.status in REDIRECTS and "location" in response.headers


async def _read_refusal(response: aiohttp.ClientResponse) -> ModelError:
    """Return what a status other than of success means, with as much of the body as came."""
    body = b""
    with suppress(aiohttp.ClientPayloadError):
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) >= MAX_ERROR_BYTES:
                break
    try:
        text = body.decode(response.charset or "utf-8", "replace")
    except LookupError:
        text = body.decode("utf-8", "replace")
    return interpret(response.status, response.headers, text)


def _translate_fault(error: aiohttp.ClientError) -> ModelError:
    if isinstance(error, aiohttp.SocketTimeoutError):
        return ModelUnavailable("The model did not respond in time.", code="model_timeout")
    return ModelUnavailable()


def translate_error(error: openai.OpenAIError) -> ModelError:
    if isinstance(error, openai.APIStatusError):
        return interpret(error.status_code, error.response.headers, _read_error_body(error))
    # aiohttp's transport calls a refused connection a time-out as well.
    connected = not isinstance(error.__cause__, httpx2.ConnectTimeout)
    if isinstance(error, openai.APITimeoutError) and connected:
        return ModelUnavailable("The model did not respond in time.", code="model_timeout")
    return ModelUnavailable()


def _read_error_body(error: openai.APIStatusError) -> str:
    """Return the body of an error, which the client has read."""
    try:
        return error.response.text
    except httpx2.HTTPError:
        return str(error.body or error)
