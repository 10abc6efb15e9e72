"""Django's handler and middleware, on the event loop wherever they do not wait for anything.

Django hands each step of its middleware to another thread, since a subclass might block there.
Ours look at headers and cookies: sixteen changes of thread a request cost more than all that they
do. The classes stay Django's own, and the settings name them, so that its checks know them.

A program's request, which shows a token or a key, needs neither session nor language, messages nor
protection from forgery. It goes by a handler of its own, and changes no thread.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing, suppress
from typing import Any, Protocol

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_finished
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import set_script_prefix

from aiapp.db import release_request_connection
from aiapp.http.error_shapes import PROGRAMS
from aiapp.http.requests import SizedRequest, find_client
from aiapp.sql.threads import RequestThread

# A form of this length is read in a millisecond or two, whatever is in it.
SHORT_FORM_BYTES = 16_384
# What a page asks for without changing anything, and without a form.
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")

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


def is_of_program(scope: dict[str, Any]) -> bool:
    """Tell that a request shows something in place of a cookie, where programs call."""
    return scope["path"].startswith(PROGRAMS) and any(
        name == b"authorization" for name, _ in scope["headers"]
    )


def _is_short(request: HttpRequest) -> bool:
    return int(request.META["CONTENT_LENGTH"]) <= SHORT_FORM_BYTES


class Handler(ASGIHandler):
    """Django's handler of requests, whose threads are lent by `aiapp.sql.threads`.

    Django tells on a thread that a request begins and ends, so that connections to the database
    end there. They end by themselves here; it is told there only where one is open.
    """

    request_class = SizedRequest

    def adapt_method_mode(self, is_async: bool, method: Any, *names: Any, **modes: Any) -> Any:
        """Have protection from forgery look on the loop, but where it may read a long form.

        The class stays as it is: Django's own views use its method, too.
        """
        adapted: Any = super().adapt_method_mode(is_async, method, *names, **modes)
        if not is_async or getattr(method, "__func__", None) is not CsrfViewMiddleware.process_view:
            return adapted

        async def process_view(request: HttpRequest, *view: Any) -> Any:
            if request.method in SAFE_METHODS or _is_short(request):
                return method(request, *view)
            return await adapted(request, *view)

        return process_view

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        thread = RequestThread()
        async with ThreadSensitiveContext() as context:
            # Not as its parameter: what is begun by a request and outlives it would have no
            # thread any more.
            SyncToAsync.context_to_thread_executor[context] = thread
            try:
                with suppress(RequestAborted):
                    await self._serve(scope, receive, send, thread)
            finally:
                # Ended here, since the context would start a thread that waits for it to end.
                SyncToAsync.context_to_thread_executor.pop(context, None)
                thread.shutdown()

    async def _serve(self, scope: Any, receive: Any, send: Any, thread: RequestThread) -> None:
        with closing(await self.read_body(receive)) as body:
            set_script_prefix(get_script_prefix(scope))
            request, refusal = self.create_request(scope, body)
            response: HttpResponseBase | None = refusal
            if request is not None:
                thread.client = find_client(request)
                response = await self._answer(request, receive, send, thread)
            elif refusal is not None:
                await self.send_response(refusal, send)
            if thread.is_in_use:
                await sync_to_async(_end_request)(response)
            else:
                _end_request(response)

    async def _answer(
        self, request: HttpRequest, receive: Any, send: Any, thread: RequestThread
    ) -> HttpResponseBase | None:
        """Answer a request; its view is cancelled when its client goes away, which gives None."""
        work = asyncio.create_task(self._respond(request, send, thread), name="request")
        watch = asyncio.create_task(self.listen_for_disconnect(receive), name="disconnection")
        try:
            await asyncio.wait((watch, work), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (watch, work):
                task.cancel()
            await asyncio.wait((watch, work))
        if not watch.cancelled():
            # Looked at, so that nobody is told of an error that nobody asked for.
            watch.exception()
        return None if work.cancelled() else work.result()

    async def _respond(
        self, request: HttpRequest, send: Any, thread: RequestThread
    ) -> HttpResponseBase:
        response: HttpResponseBase = await self.run_get_response(request)
        if thread.is_in_use and not response.streaming:
            # Who reads slowly holds nothing that others wait for.
            await release_request_connection()
        with suppress(asyncio.CancelledError):
            # Its client went away in the middle.
            await self.send_response(response, send)
        return response


class ProgramsHandler(Handler):
    """The handler with the middleware of `PROGRAMS_MIDDLEWARE`."""

    def load_middleware(self, is_async: bool = False) -> None:
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.PROGRAMS_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


def _end_request(response: HttpResponseBase | None) -> None:
    if response is None:
        request_finished.send(sender=Handler)
    else:
        # Which sends the signal, too.
        response.close()
