"""Answers for the page's own scripts, which ask for a piece of HTML and can show an error."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from aiapp.errors import AppError

View = Callable[..., Awaitable[HttpResponse]]


def is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def errors_as_json(view: View) -> Callable[..., Any]:
    """Errors of a view as JSON for scripts; for the rest the error page is made elsewhere."""

    @wraps(view)
    async def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return await view(request, *args, **kwargs)
        except AppError as error:
            if not is_script(request):
                raise
            return JsonResponse(error.as_dict(), status=error.status)

    return wrapper
