"""The one place where errors become HTTP, whatever protocol's shape their body has.

`translate_known_error` says which of our errors an exception is; that has the status, the code,
the sentence and the wait. `error_shapes` writes bodies for programs, `error.html` is for people.
"""

import logging

from django.core.exceptions import ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from redis.exceptions import RedisError

from aiapp.db import is_disk_full, is_outage
from aiapp.errors import AppError, InvalidInput, NotFound, Unavailable
from aiapp.http.addresses import OPENAI
from aiapp.http.context import site
from aiapp.http.error_shapes import PROGRAMS, build_body, challenge, is_vain
from aiapp.sql.deletion import is_reference_violated

logger = logging.getLogger(__name__)

RETRY_SECONDS = 2
# A disk that has no room takes an operator.
FULL_SECONDS = 30
# Told from the event loop, where nothing may wait for the database.
ON_THE_LOOP = {"csrf_failed"}


def translate_known_error(
    error: Exception, *, retry_seconds: int = RETRY_SECONDS
) -> AppError | None:
    """The error to tell about, if it is one that the caller caused or must know of."""
    if isinstance(error, AppError):
        return error
    if isinstance(error, DataError | ValidationError):
        # PostgreSQL refuses a value that no form or schema looked at, such as a NUL byte in a
        # query string; Django's widgets refuse an id that is none while they draw a form again. It
        # came from outside, so it is not a fault of the server.
        return InvalidInput()
    if is_reference_violated(error):
        # What it belongs to was deleted after it had been looked up.
        return NotFound()
    if is_disk_full(error):
        logger.error("disk_full", extra={"reason": type(error).__name__})
        return Unavailable(
            "The server has no room left. Ask the administrator to make some, then try again.",
            code="disk_full",
            retry_after=FULL_SECONDS,
        )
    if isinstance(error, (OperationalError, InterfaceError, RedisError)) or is_outage(error):
        # PostgreSQL or Redis is away or takes no writes for a moment; the caller may come back.
        logger.warning("part_unavailable", extra={"reason": type(error).__name__})
        return Unavailable(retry_after=retry_seconds)
    return None


def error_response(request: HttpRequest, error: AppError) -> HttpResponse:
    response: HttpResponse
    if request.path.startswith(PROGRAMS):
        response = JsonResponse(build_body(request.path, error), status=error.status)
    elif isinstance(error, Unavailable) or error.reason in ON_THE_LOOP:
        # Without the request's context, which would ask the database who is signed in.
        page = render_to_string("error.html", {"error": error, **site(request)})
        response = HttpResponse(page, status=error.status)
    else:
        response = render(request, "error.html", {"error": error}, status=error.status)
    add_headers(request, response, error)
    return response


def add_headers(request: HttpRequest, response: HttpResponse, error: AppError) -> None:
    """Say when to come back and, to a program, how to be let in, where that is what is wrong."""
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if request.path.startswith(OPENAI) and is_vain(error):
        response["X-Should-Retry"] = "false"
    if request.path.startswith(PROGRAMS):
        has_credentials = "Authorization" in request.headers
        if value := challenge(error, has_credentials=has_credentials):
            response["WWW-Authenticate"] = value
