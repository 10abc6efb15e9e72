"""HTTP clients for model endpoints, over TCP or over a Unix socket.

`unix:///run/chat.sock` as a base URL means: HTTP over that socket. The local model servers are
reached that way, so that they open no port.
"""

import ssl
from functools import cache
from typing import Any
from urllib.request import getproxies

import aiohttp
import httpx2

from aiapp.llm.openai_library import openai

SOCKET_SCHEME = "unix://"
# As OpenAI's client has them.
MAX_CONNECTIONS, KEEP_ALIVE_SECONDS = 1000, 5.0


def http_base(base_url: str) -> tuple[str, str | None]:
    """The URL to give to an HTTP client, and the Unix socket to connect to, if any."""
    if base_url.startswith(SOCKET_SCHEME):
        return "http://localhost/v1", base_url.removeprefix(SOCKET_SCHEME)
    return base_url or "https://api.openai.com/v1", None


def async_openai(base_url: str, api_key: str, **more: Any) -> "openai.AsyncOpenAI":
    """Make OpenAI's client of an endpoint. A query in its address goes with every request.

    An `api-version` there tells an endpoint of Azure's, which wants its key in another header.
    """
    options = _options(base_url, api_key) | more
    if "http_client" not in options:
        options["http_client"] = async_http_client(base_url)
    return (openai.AsyncAzureOpenAI if "api_version" in options else openai.AsyncOpenAI)(**options)


def sync_openai(base_url: str, api_key: str, **more: Any) -> "openai.OpenAI":
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


@cache
def load_certificates() -> ssl.SSLContext:
    """Return whom all requests trust, which takes a fiftieth of a second to read and a megabyte."""
    return httpx2.create_ssl_context()


def sync_http_client(base_url: str) -> httpx2.Client:
    _, socket = http_base(base_url)
    trusted = load_certificates()
    if socket:
        transport = httpx2.HTTPTransport(uds=socket, verify=trusted)
        return openai.DefaultHttpxClient(transport=transport)
    return openai.DefaultHttpxClient(verify=trusted)


def async_http_client(base_url: str) -> httpx2.AsyncClient:
    """Over TCP the connections are aiohttp's, which read a stream at a fifth of the cost."""
    _, socket = http_base(base_url)
    trusted = load_certificates()
    if socket:
        transport = httpx2.AsyncHTTPTransport(uds=socket, verify=trusted)
        return openai.DefaultAsyncHttpxClient(transport=transport)
    return _client_class()(verify=trusted)


@cache
def _client_class() -> type[httpx2.AsyncClient]:
    class HttpClient(openai.DefaultAioHttpClient):
        async def send(self, *arguments: Any, **options: Any) -> httpx2.Response:
            """Send a request. What is no HTTP comes as aiohttp's own error, which nobody knows."""
            try:
                return await super().send(*arguments, **options)
            except aiohttp.ClientError as error:
                raise httpx2.RemoteProtocolError(str(error)) from error

    return HttpClient


def http_session(base_url: str) -> aiohttp.ClientSession:
    """Make the running loop's connections to an endpoint, for requests without a library.

    A request whose `trace_request_ctx` is a list finds True in it where its connection was used
    before. Nothing is read from the environment, see `needs_proxy`.
    """
    url, socket = http_base(base_url)
    limits: dict[str, Any] = {"limit": MAX_CONNECTIONS, "keepalive_timeout": KEEP_ALIVE_SECONDS}
    connector: aiohttp.BaseConnector
    if socket:
        connector = aiohttp.UnixConnector(socket, **limits)
    elif url.startswith("https:"):
        connector = aiohttp.TCPConnector(ssl=load_certificates(), **limits)
    else:
        connector = aiohttp.TCPConnector(**limits)
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_reuse)
    return aiohttp.ClientSession(connector=connector, trace_configs=[trace])


async def _note_reuse(session: object, context: Any, reused: object) -> None:
    context.trace_request_ctx.append(True)


def needs_proxy(base_url: str) -> bool:
    """Check whether the environment names a proxy that requests may have to go through."""
    url, socket = http_base(base_url)
    return not socket and not {url.partition(":")[0], "all"}.isdisjoint(getproxies())
