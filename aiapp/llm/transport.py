"""HTTP clients for model endpoints, over TCP or over a Unix socket.

`unix:///run/chat.sock` as a base URL means: HTTP over that socket. The local model servers are
reached that way, so that they open no port.
"""

from typing import Any

import httpx2

from aiapp.llm.openai_library import openai

SOCKET_SCHEME = "unix://"


def http_base(base_url: str) -> tuple[str, str | None]:
    """The URL to give to an HTTP client, and the Unix socket to connect to, if any."""
    if base_url.startswith(SOCKET_SCHEME):
        return "http://localhost/v1", base_url.removeprefix(SOCKET_SCHEME)
    return base_url or "https://api.openai.com/v1", None


def async_openai(base_url: str, api_key: str, **more: Any) -> "openai.AsyncOpenAI":
    """Make OpenAI's client of an endpoint. A query in its address goes with every request.

    An `api-version` there tells an endpoint of Azure's, which wants its key in another header.
    """
    options = _options(base_url, api_key) | {"http_client": async_http_client(base_url)} | more
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


def sync_http_client(base_url: str) -> httpx2.Client:
    _, socket = http_base(base_url)
    if socket:
        return openai.DefaultHttpxClient(transport=httpx2.HTTPTransport(uds=socket))
    return openai.DefaultHttpxClient()


def async_http_client(base_url: str) -> httpx2.AsyncClient:
    """Over TCP the connections are aiohttp's, which read a stream at a fifth of the cost."""
    _, socket = http_base(base_url)
    if socket:
        return openai.DefaultAsyncHttpxClient(transport=httpx2.AsyncHTTPTransport(uds=socket))
    return openai.DefaultAioHttpClient()
