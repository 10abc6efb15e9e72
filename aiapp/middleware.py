"""What every answer has in common: private pages stay private, errors become pages."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from aiapp.errors import AppError, NotAllowed

AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponseBase]]
Handler = Callable[[HttpRequest], HttpResponseBase]


class PrivatePages:
    """Nothing that a signed-in person sees may be kept by a proxy or a shared browser."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        response = self.get_response(request)
        if isinstance(response, HttpResponseBase):
            return _private(response)
        return self._later(response)

    async def _later(self, response: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        return _private(await response)


def _private(response: HttpResponseBase) -> HttpResponseBase:
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = "no-store"
    return response


class ErrorPages:
    """Errors that a page's view raises, as a page that says what happened and what to do."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler | AsyncHandler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, AppError):
            return None
        response = error_page(request, error)
        if error.retry_after:
            response["Retry-After"] = str(error.retry_after)
        return response


def error_page(request: HttpRequest, error: AppError) -> HttpResponse:
    return render(request, "error.html", {"error": error}, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_page(
        request,
        NotAllowed("This form was open for too long. Go back, reload the page and send it again."),
    )
