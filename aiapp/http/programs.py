"""The way of a program's request, which shows a token or a key.

It needs neither session nor language, messages nor protection from forgery, and what of Django's
middleware is left waits for nothing. So it goes by a handler of its own, in the event loop; the
pages' middleware, which Django moves to threads and back, is for the others.
"""

from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware

from aiapp.http.error_shapes import PROGRAMS


def is_of_program(scope: dict[str, Any]) -> bool:
    """Tell that a request shows something in place of a cookie, where programs call."""
    return scope["path"].startswith(PROGRAMS) and any(
        name == b"authorization" for name, _ in scope["headers"]
    )


class ProgramsHandler(ASGIHandler):
    """Django's handler of requests, with the middleware of `PROGRAMS_MIDDLEWARE`."""

    def load_middleware(self, is_async: bool = False) -> None:
        whole, settings.MIDDLEWARE = settings.MIDDLEWARE, settings.PROGRAMS_MIDDLEWARE
        try:
            super().load_middleware(is_async)
        finally:
            settings.MIDDLEWARE = whole


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
