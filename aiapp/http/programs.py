"""The way of a program's request, which shows a token or a key.

It needs neither session nor language, messages nor protection from forgery, and what of Django's
middleware is left waits for nothing. So it goes by a handler of its own, in the event loop; the
pages' middleware, which Django moves to threads and back, is for the others.
"""

import asyncio
from contextlib import closing, suppress
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext, sync_to_async
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.urls import set_script_prefix

from aiapp.http.error_shapes import PROGRAMS


def is_of_program(scope: dict[str, Any]) -> bool:
    """Tell that a request shows something in place of a cookie, where programs call."""
    return scope["path"].startswith(PROGRAMS) and any(
        name == b"authorization" for name, _ in scope["headers"]
    )


class ProgramsHandler(ASGIHandler):
    """Django's handler of requests, with the middleware of `PROGRAMS_MIDDLEWARE`.

    Django tells on a thread of its own that a request begins and ends, and starts one for it, so
    that connections to the database end there. Here that is done only where such a thread has
    been at work, as for an operation that is not asynchronous.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.PROGRAMS_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext() as context:
            with suppress(RequestAborted):
                await self._serve(scope, receive, send, context)

    async def _serve(self, scope: Any, receive: Any, send: Any, context: Any) -> None:
        with closing(await self.read_body(receive)) as body:
            set_script_prefix(get_script_prefix(scope))
            request, response = self.create_request(scope, body)
            if request is None:
                await self.send_response(response, send)
            else:
                response = await self._answer(request, receive, send)
            if context in SyncToAsync.context_to_thread_executor:
                await sync_to_async(_end_request)(response)
            else:
                _end_request(response)

    async def _answer(
        self, request: HttpRequest, receive: Any, send: Any
    ) -> HttpResponseBase | None:
        """Answer a request; its view is cancelled when its client goes away, which gives None."""
        work = asyncio.create_task(self._respond(request, send), name="request")
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

    async def _respond(self, request: HttpRequest, send: Any) -> HttpResponseBase:
        response: HttpResponseBase = await self.run_get_response(request)
        with suppress(asyncio.CancelledError):
            # Its client went away in the middle.
            await self.send_response(response, send)
        return response


def _end_request(response: HttpResponseBase | None) -> None:
    if response is None:
        request_finished.send(sender=ProgramsHandler)
    else:
        # Which sends the signal, too.
        response.close()


class InLoop:
    """A middleware of Django's that runs in the event loop; it has nothing to wait for."""

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        middleware: Any = self
        response = None
        if hasattr(self, "process_request"):
            response = middleware.process_request(request)
        response = response or await middleware.get_response(request)
        if hasattr(self, "process_response"):
            response = middleware.process_response(request, response)
        return response  # type: ignore[no-any-return]


class Security(InLoop, SecurityMiddleware):
    pass


class ContentPolicy(InLoop, CSPMiddleware):
    pass


class Common(InLoop, CommonMiddleware):
    pass


class FrameOptions(InLoop, XFrameOptionsMiddleware):
    pass
