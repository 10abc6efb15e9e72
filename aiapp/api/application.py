"""The HTTP API: routers of all apps, and the one place where errors become answers."""

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError, ValidationError
from redis.exceptions import RedisError

from accounts.credentials.authentication import authenticate_request
from aiapp.api.description import DescribedAPI
from aiapp.api.examples import NOTES
from aiapp.api.schemas import invalid_fields
from aiapp.errors import AppError, InvalidInput, NotAuthenticated, NotFound, Unavailable
from aiapp.http.error_shapes import OUR_ERROR
from aiapp.http.middleware import add_challenge

logger = logging.getLogger(__name__)

DOCS_URL = "/docs"
DESCRIPTION = """\
Send `Authorization: Bearer …` with an access token (`POST /api/auth/token`) or an API key \
(`POST /api/keys`). Pages of this site may use the session cookie instead, and send Django's CSRF \
token in `X-CSRFToken` with every write.

Every error is `{"error": {"code", "message", "data"}}`: a code for programs, a sentence for \
people. What is not yours answers as what does not exist. A write that may be sent twice carries \
an `Idempotency-Key`. Streams are server-sent events, each with an `id` to resume from."""


def for_members(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The API's description names every operation, which strangers need not know."""

    def guarded_view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not settings.DEBUG:
            try:
                async_to_sync(authenticate_request)(request)
            except NotAuthenticated:
                if not request.path.endswith(DOCS_URL):
                    raise
                return redirect_to_login(request.get_full_path())
        return view(request, **kwargs)

    return guarded_view


api = DescribedAPI(
    root="/api/",
    notes=NOTES,
    error=OUR_ERROR,
    title="aiapp",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=DOCS_URL,
    docs_decorator=for_members,
)

api.add_router("", "accounts.api.account.router")
api.add_router("", "documents.api.collections.router")
api.add_router("", "accounts.api.keys.router")
api.add_router("", "documents.api.documents.router")
api.add_router("", "documents.api.versions.router")
api.add_router("", "documents.api.url.router")
api.add_router("", "documents.api.audio.router")
api.add_router("", "chat.api.router")
api.add_router("", "chat.protocols.ai_sdk.router")


@api.exception_handler(AppError)
def handle_app_error(request: HttpRequest, error: AppError) -> HttpResponse:
    response = api.create_response(request, error.as_dict(), status=error.status)
    retry_after = error.retry_after or (1 if error.status in {429, 503} else None)
    if retry_after:
        response["Retry-After"] = str(retry_after)
    add_challenge(request, response, error)
    return response


@api.exception_handler(ValidationError)
def handle_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return handle_app_error(request, invalid_fields(error.errors))


@api.exception_handler(AuthenticationError)
def handle_not_authenticated(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return handle_app_error(request, NotAuthenticated())


@api.exception_handler(Http404)
def handle_not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return handle_app_error(request, NotFound())


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
@api.exception_handler(RedisError)
def handle_part_unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """PostgreSQL or Redis is away for a moment; the caller may come back."""
    logger.warning("part_unavailable", extra={"reason": type(error).__name__})
    return handle_app_error(request, Unavailable())


@api.exception_handler(DataError)
def handle_refused_value(request: HttpRequest, error: DataError) -> HttpResponse:
    """PostgreSQL took a value for impossible, such as a text with a NUL byte."""
    return handle_app_error(request, InvalidInput())


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(BadRequest)
def handle_unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A form without an end, with too many fields or with no boundary."""
    answer = AppError("The request cannot be read.", code="bad_request").as_dict()
    return api.create_response(request, answer, status=400)


@api.exception_handler(HttpError)
def handle_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Ninja's own: a body that is not JSON, for one."""
    answer = AppError(str(error), code="bad_request").as_dict()
    return api.create_response(request, answer, status=error.status_code)


@api.exception_handler(Exception)
def handle_unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """The boundary of an operation: logged here, and told without detail."""
    logger.error("api_error", extra={"path": request.path}, exc_info=error)
    return api.create_response(request, AppError(code="internal_error").as_dict(), status=500)
