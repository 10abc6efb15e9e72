"""The answer to whatever goes wrong in an operation, for both APIs; each has its own shape."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from redis.exceptions import RedisError

from aiapp.api.schemas import invalid_fields
from aiapp.errors import AppError, NotAuthenticated, NotFound, TooManyRequests, Unavailable
from aiapp.http.errors import add_headers, translate_known_error

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1
# What Django raises for a form without an end, with too many fields or with no boundary, and for
# a form where JSON is to be read.
UNREADABLE = (MultiPartParserError, SuspiciousOperation, BadRequest, RawPostDataException)
COME_BACK = {TooManyRequests.status, Unavailable.status}
# An error's status and body.
Shape = Callable[[AppError], tuple[int, dict[str, Any]]]


class Unreadable(AppError):
    code = "bad_request"
    status = 400
    message = "The request cannot be read."


def add_error_handlers(api: NinjaAPI, shape: Shape, *, says_when: bool = False) -> None:
    """Have an API answer every exception. Ninja goes by class, and has handlers of its own.

    With `says_when`, whoever is asked to come back is told when, even if nobody knows it.
    """

    def answer(request: HttpRequest, raised: Any) -> HttpResponse:
        error = _translate(request, raised)
        status, body = shape(error)
        response = api.create_response(request, body, status=status)
        add_headers(request, response, error)
        if says_when and status in COME_BACK:
            response.headers.setdefault("Retry-After", str(RETRY_SECONDS))
        return response

    lost = OperationalError, InterfaceError, RedisError
    ninjas = ValidationError, AuthenticationError, HttpError
    for kind in (AppError, *ninjas, Http404, *lost, DataError, *UNREADABLE, Exception):
        api.add_exception_handler(kind, answer)


def _translate(request: HttpRequest, raised: Exception) -> AppError:
    known = translate_known_error(raised, retry_seconds=RETRY_SECONDS)
    if error := known or _translate_refusal(raised):
        return error
    # The boundary of an operation: logged here, and told without detail.
    # An address may end in what somebody wrote, so its pattern is named.
    match = request.resolver_match
    logger.error("api_error", extra={"route": match.route if match else ""}, exc_info=raised)
    return AppError(code="internal_error")


def _translate_refusal(error: Exception) -> AppError | None:
    """Return what Django's or Ninja's own exception is as an error of ours."""
    match error:
        case ValidationError():
            return invalid_fields(error.errors)
        case AuthenticationError():
            return NotAuthenticated()
        case Http404():
            return NotFound()
        case HttpError():
            # A body that is not JSON, for one.
            return Unreadable(str(error))
    return Unreadable() if isinstance(error, UNREADABLE) else None
