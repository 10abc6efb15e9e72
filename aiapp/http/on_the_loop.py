"""Django's middleware, on the event loop wherever it does not wait for anything.

Django hands each step of its middleware to another thread, since a subclass might block there.
Ours look at headers and cookies: sixteen changes of thread a request cost more than all that they
do. The classes stay Django's own, and the settings name them, so that its checks know them.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from asgiref.sync import sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware

Waits = Callable[[HttpRequest], bool]


class _Steps(Protocol):
    """Middleware of Django's, of which either step may be missing."""

    get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]


def install() -> None:
    """Have each of them do its steps on the loop, but for those that read or write rows."""
    # The last step of CSRF protection, which may read an upload, is none of these two.
    for kind in (
        *(SecurityMiddleware, CSPMiddleware, LocaleMiddleware, CommonMiddleware),
        *(CsrfViewMiddleware, AuthenticationMiddleware, XFrameOptionsMiddleware),
    ):
        _put_on_loop(kind, _never)
    _put_on_loop(SessionMiddleware, _will_save_session)
    _put_on_loop(MessageMiddleware, _has_notices)


def _put_on_loop(kind: type, waits: Waits) -> None:
    async def call(self: _Steps, request: HttpRequest) -> HttpResponseBase:
        response = None
        if begin := getattr(self, "process_request", None):
            response = begin(request)
        response = response or await self.get_response(request)
        finish: Any = getattr(self, "process_response", None)
        if finish is None:
            return response
        if waits(request):
            finished: HttpResponseBase = await sync_to_async(finish)(request, response)
            return finished
        answer: HttpResponseBase = finish(request, response)
        return answer

    setattr(kind, "__acall__", call)  # noqa: B010 - a method of somebody else's class


def _never(request: HttpRequest) -> bool:
    return False


def _will_save_session(request: HttpRequest) -> bool:
    session = getattr(request, "session", None)
    return settings.SESSION_SAVE_EVERY_REQUEST or bool(session and session.modified)


def _has_notices(request: HttpRequest) -> bool:
    """Notices are kept in the session, which is read where some were shown or added."""
    notices = getattr(request, "_messages", None)
    return notices is not None and (notices.used or notices.added_new)
