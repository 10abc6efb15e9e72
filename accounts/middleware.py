"""Streams end with their credential; answers say how much of a rate is left."""

from collections.abc import AsyncIterable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from accounts.authentication import credential_of_stream
from accounts.rate_limit import Usage
from accounts.watching import until_it_ends
from aiapp.middleware import Middleware


class RateHeaders(Middleware):
    """On the answer to an operation that is counted (`accounts.rate_limit`)."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        usage: Usage | None = getattr(request, "rate_usage", None)
        for name, value in (usage.headers if usage else {}).items():
            response[name] = value
        return response


@sync_and_async_middleware
def end_streams(get_response: Any) -> Any:
    """Below all others, so that it sees a stream as its view made it."""
    if not iscoroutinefunction(get_response):
        # Such a server collects a stream before it sends it, so there is nothing to end.
        return get_response

    async def middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await get_response(request)
        if isinstance(response, StreamingHttpResponse) and response.is_async:
            credential = await credential_of_stream(request)
            if credential is not None:
                content = cast(AsyncIterable[bytes], response.streaming_content)
                response.streaming_content = until_it_ends(content, credential)
        return response

    return middleware
