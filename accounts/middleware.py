"""Streams end with their credential; answers say how much of a rate is left."""

from collections.abc import AsyncIterable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from accounts import audit
from accounts.credentials.authentication import credential_of_stream
from accounts.credentials.validity import Credential
from accounts.credentials.watch import until_it_ends
from accounts.limits.rate_limit import Usage
from accounts.models import AuditEntry, User
from aiapp.db import in_db
from aiapp.http.middleware import Middleware

Action = AuditEntry.Action
FORBIDDEN = 403


class RateHeaders(Middleware):
    """On the answer to an operation that is counted (`accounts.limits.rate_limit`)."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        usage: Usage | None = getattr(request, "rate_usage", None)
        for name, value in (usage.headers if usage else {}).items():
            response[name] = value
        return response


@sync_and_async_middleware
def note_refusals(get_response: Any) -> Any:
    """Whoever is known and may not do what they tried goes into the audit log."""

    def note(request: HttpRequest) -> None:
        credential: Credential | None = getattr(request, "credential", None)
        user = credential.user if credential else getattr(request, "user", None)
        if not isinstance(user, User) or not user.pk:
            return
        match = request.resolver_match
        # The address's pattern: the address itself may hold what is nobody's business.
        audit.record(
            Action.REFUSED, user, request=request, object_id=match.route[:64] if match else ""
        )

    if not iscoroutinefunction(get_response):

        def middleware(request: HttpRequest) -> HttpResponseBase:
            response: HttpResponseBase = get_response(request)
            if response.status_code == FORBIDDEN:
                note(request)
            return response

        return middleware

    async def async_middleware(request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase = await get_response(request)
        if response.status_code == FORBIDDEN:
            await in_db(note, request)
        return response

    return async_middleware


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
