"""Rules for every answer: private pages stay private, errors become pages or JSON."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults

from aiapp.errors import AppError, InvalidInput, NotAllowed, NotFound, TooLarge
from aiapp.http import addresses
from aiapp.http.error_shapes import PROGRAMS, build_body
from aiapp.http.errors import error_response, translate_known_error

AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
Handler = Callable[[HttpRequest], HttpResponseBase]

# Answers of Django's own, which come without a body that a program could read.
PLAIN_ERRORS = {
    400: ("bad_request", InvalidInput.message),
    405: ("method_not_allowed", "This address does not take this method."),
    **{kind.status: (kind.code, kind.message) for kind in (NotAllowed, NotFound, TooLarge)},
}
UNKNOWN_URL = "unknown_url"


class Middleware:
    """One that sees each response, in synchronous and asynchronous chains."""

    async_capable: ClassVar = True
    sync_capable: ClassVar = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        response = self.get_response(request)
        if isinstance(response, HttpResponseBase):
            return self.finish(request, response)
        return self._later(request, response)

    async def _later(
        self, request: HttpRequest, response: Awaitable[HttpResponseBase]
    ) -> HttpResponseBase:
        return self.finish(request, await response)

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        raise NotImplementedError


class PrivatePages(Middleware):
    """Nothing that a signed-in person sees may be kept by a proxy or a shared browser."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store"
        return response


class Devices(Middleware):
    """Our pages may hear what their user dictates; no page may use anything else of a device."""

    POLICY = "microphone=(self), camera=(), geolocation=(), display-capture=(), payment=(), usb=()"

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response["Permissions-Policy"] = self.POLICY
        return response


class ErrorPages(Middleware):
    """Errors in the shape that the caller understands: pages for people, JSON for programs."""

    def finish(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if (
            response.status_code >= 400  # noqa: PLR2004 - errors begin here
            and isinstance(response, HttpResponse)
            and request.path.startswith(PROGRAMS)
            and not response.headers.get("Content-Type", "").startswith("application/json")
        ):
            _as_json(request.path, response)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        known = translate_known_error(error)
        return error_response(request, known) if known else None


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(
        request,
        NotAllowed(
            "This form was open for too long. Go back, reload the page and send it again.",
            code="csrf_failed",
        ),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _bare(request, 400) or defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _bare(request, 403) or defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if addresses.is_misplaced(request.path):
        response = HttpResponse(status=404)
        _as_json(request.path, response)
        return response
    return _bare(request, 404) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _bare(request, 500) or defaults.server_error(request)


def _bare(request: HttpRequest, status: int) -> HttpResponse | None:
    """For programs no page is drawn; `ErrorPages` writes what they read."""
    return HttpResponse(status=status) if request.path.startswith(PROGRAMS) else None


def _as_json(path: str, response: HttpResponse) -> None:
    code, message = PLAIN_ERRORS.get(response.status_code, ("internal_error", AppError.message))
    is_for_others = path.startswith(addresses.OPENAI) or addresses.is_misplaced(path)
    if response.status_code == NotFound.status and is_for_others:
        code, message = UNKNOWN_URL, addresses.explain(path)
    elif allowed := response.headers.get("Allow"):
        message = f"This address takes {allowed}, and not this method."
    error = AppError(message, code=code)
    error.status = response.status_code  # type: ignore[misc]  # the class's is for what is raised
    answer = JsonResponse(build_body(path, error))
    response.content = answer.content
    response["Content-Type"] = answer["Content-Type"]
    response["Content-Length"] = str(len(answer.content))
