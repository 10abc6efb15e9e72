"""Streams end with the credential that they were asked for with."""

from collections.abc import AsyncIterable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from accounts.authentication import credential_of_stream
from accounts.watching import until_it_ends


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
