"""The HTTP API, of the routers of all apps."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from accounts.credentials.authentication import authenticate_request
from aiapp.api.description import DescribedAPI
from aiapp.api.errors import add_error_handlers
from aiapp.errors import AppError, NotAuthenticated
from aiapp.http.error_shapes import OUR_ERROR

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
api.add_router("", "documents.api.texts.router")
api.add_router("", "documents.api.versions.router")
api.add_router("", "documents.api.url.router")
api.add_router("", "documents.api.sources.operations.router")
api.add_router("", "documents.api.audio.router")
api.add_router("", "chat.api.router")
api.add_router("", "chat.protocols.ai_sdk.router")


def _shape(error: AppError) -> tuple[int, dict[str, Any]]:
    return error.status, error.as_dict()


add_error_handlers(api, _shape, says_when=True)
