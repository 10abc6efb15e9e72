"""HTTP clients for model endpoints, over TCP or over a Unix socket.

`unix:///run/chat.sock` as a base URL means: HTTP over that socket. The local model servers are
reached that way, so that they open no port.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

import httpx2
import openai
from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient, DefaultHttpxClient

SOCKET_SCHEME = "unix://"


def http_base(base_url: str) -> tuple[str, str | None]:
    """The URL to give to an HTTP client, and the Unix socket to connect to, if any."""
    if base_url.startswith(SOCKET_SCHEME):
        return "http://localhost/v1", base_url.removeprefix(SOCKET_SCHEME)
    return base_url or "https://api.openai.com/v1", None


def async_openai(base_url: str, api_key: str, **more: Any) -> openai.AsyncOpenAI:
    """Make OpenAI's client of an endpoint. A query in its address goes with every request.

    An `api-version` there tells an endpoint of Azure's, which wants its key in another header.
    """
    options = _options(base_url, api_key) | {"http_client": async_http_client(base_url)} | more
    return (openai.AsyncAzureOpenAI if "api_version" in options else openai.AsyncOpenAI)(**options)


def sync_openai(base_url: str, api_key: str, **more: Any) -> openai.OpenAI:
    """Make the same for synchronous code."""
    options = _options(base_url, api_key) | {"http_client": sync_http_client(base_url)} | more
    return (openai.AzureOpenAI if "api_version" in options else openai.OpenAI)(**options)


def _options(base_url: str, api_key: str) -> dict[str, Any]:
    url = httpx2.URL(http_base(base_url)[0])
    query = dict(url.params)
    version = query.pop("api-version", "")
    options: dict[str, Any] = {
        "base_url": str(url.copy_with(query=None)),
        "api_key": api_key or "none",
        "default_query": query,
    }
    return options | ({"api_version": version} if version else {})


def sync_http_client(base_url: str) -> httpx2.Client:
    _, socket = http_base(base_url)
    if socket:
        return DefaultHttpxClient(transport=httpx2.HTTPTransport(uds=socket))
    return DefaultHttpxClient()


def async_http_client(base_url: str) -> httpx2.AsyncClient:
    """Over TCP the connections are aiohttp's, which read a stream at a fifth of the cost."""
    _, socket = http_base(base_url)
    if socket:
        return DefaultAsyncHttpxClient(transport=httpx2.AsyncHTTPTransport(uds=socket))
    return DefaultAioHttpClient()


class Closeable(Protocol):
    def close(self) -> Awaitable[None]: ...


C = TypeVar("C", bound=Closeable)


class PerLoop(Generic[C]):
    """A client for each event loop, since its connections belong to the loop that made them."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make = make
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, C] = WeakKeyDictionary()

    def get(self) -> C:
        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            client = self._clients[loop] = self._make()
        return client

    async def close(self) -> None:
        """Close the connections of the running loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.close()
