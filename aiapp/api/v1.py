"""OpenAI's protocol below /v1/, with its errors in OpenAI's shape."""

import logging
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError, ValidationError
from redis.exceptions import RedisError

from aiapp.api.description import DescribedAPI
from aiapp.api.examples import V1_NOTES
from aiapp.api.schemas import invalid_fields
from aiapp.errors import AppError, InvalidInput, NotAuthenticated, NotFound, Unavailable
from aiapp.http.error_shapes import OPENAI_ERROR, openai_body, openai_status
from aiapp.http.middleware import add_challenge

logger = logging.getLogger(__name__)

v1 = DescribedAPI(
    root="/v1/",
    notes=V1_NOTES,
    error=OPENAI_ERROR,
    title="aiapp, in OpenAI's protocol",
    version="v1",
    urls_namespace="v1",
    docs_url=None,
)
v1.add_router("", "chat.openai_api.operations.router")
v1.add_router("", "chat.openai_api.embeddings.router")
v1.add_router("", "chat.openai_api.transcriptions.router")


@v1.exception_handler(AppError)
def handle_app_error(request: HttpRequest, error: AppError) -> HttpResponse:
    response = v1.create_response(request, openai_body(error), status=openai_status(error))
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    add_challenge(request, response, error)
    return response


@v1.exception_handler(ValidationError)
def handle_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return handle_app_error(request, invalid_fields(error.errors))


@v1.exception_handler(AuthenticationError)
def handle_not_authenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return handle_app_error(request, NotAuthenticated())


@v1.exception_handler(Http404)
def handle_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return handle_app_error(request, NotFound())


@v1.exception_handler(OperationalError)
@v1.exception_handler(InterfaceError)
@v1.exception_handler(RedisError)
def handle_part_unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.warning("part_unavailable", extra={"reason": type(error).__name__})
    return handle_app_error(request, Unavailable(retry_after=1))


@v1.exception_handler(DataError)
def handle_refused_value(request: HttpRequest, error: DataError) -> HttpResponse:
    return handle_app_error(request, InvalidInput())


@v1.exception_handler(MultiPartParserError)
@v1.exception_handler(SuspiciousOperation)
@v1.exception_handler(BadRequest)
def handle_unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A form without an end, with too many fields or with no boundary."""
    return handle_app_error(
        request, InvalidInput("The request cannot be read.", code="bad_request")
    )


@v1.exception_handler(HttpError)
def handle_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return handle_app_error(request, InvalidInput(str(error), code="bad_request"))


@v1.exception_handler(Exception)
def handle_unexpected(request: HttpRequest, error: Any) -> HttpResponse:
    """The boundary of an operation: logged here, and told without detail."""
    logger.error("api_error", extra={"path": request.path}, exc_info=error)
    return handle_app_error(request, AppError(code="internal_error"))
