"""HTTP clients for model endpoints, over TCP or over a Unix socket.

`unix:///run/chat.sock` as a base URL means: HTTP over that socket. The local model servers are
reached that way, so that they open no port.
"""

import httpx2
from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient, DefaultHttpxClient

SOCKET_SCHEME = "unix://"


def http_base(base_url: str) -> tuple[str, str | None]:
    """The URL to give to an HTTP client, and the Unix socket to connect to, if any."""
    if base_url.startswith(SOCKET_SCHEME):
        return "http://localhost/v1", base_url.removeprefix(SOCKET_SCHEME)
    return base_url or "https://api.openai.com/v1", None


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
