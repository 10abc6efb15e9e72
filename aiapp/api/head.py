"""HEAD wherever GET is answered: the same head, without the body (RFC 9110, section 9.3.2).

Proxies, monitors and programs that only look whether something is there ask so; Ninja knows the
methods of its operations alone.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

View = Callable[..., Awaitable[HttpResponseBase]]


def answer_head(view: View) -> View:
    """Have a view answer HEAD as it answers GET."""

    @wraps(view)
    async def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "HEAD":
            return await view(request, *args, **kwargs)
        request.method = "GET"
        try:
            response = await view(request, *args, **kwargs)
        finally:
            request.method = "HEAD"
        if isinstance(response, StreamingHttpResponse):
            await _end_stream(response)
        return response

    return answer


async def _end_stream(response: StreamingHttpResponse) -> None:
    """Leave nothing to be sent: the server would draw all of it, and events have no end.

    What is no stream is left to the server, which sends its length and nothing of it.
    """
    content: Any = response._iterator  # type: ignore[attr-defined]  # the property wraps it
    if isinstance(content, AsyncGenerator):
        await content.aclose()
    response.streaming_content = _nothing()


async def _nothing() -> AsyncIterator[bytes]:
    pieces: tuple[bytes, ...] = ()
    for piece in pieces:
        yield piece
