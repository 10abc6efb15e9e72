"""Who is asking: one answer for pages, API, SSE and WebSocket.

A bearer token is an access token; without one, the session cookie counts. A cookie is sent by
the browser whoever wrote the page, so with it a write needs Django's CSRF token and a socket
needs our own origin; a bearer token is sent on purpose and needs neither.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import DataError
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare
from ninja.utils import check_csrf

from accounts import tokens
from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotAllowed, NotAuthenticated

BEARER = "bearer"


async def authenticate_request(request: HttpRequest) -> User:
    """Raises NotAuthenticated, or NotAllowed for a cookie write without its CSRF token."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != BEARER:
            raise NotAuthenticated()
        return await in_db(tokens.user_of, credential.strip())
    user = await in_db(_session_user, request.session)
    if check_csrf(request) is not None:
        raise NotAllowed("The CSRF token is missing.", code="csrf_failed")
    return user


async def authenticate_scope(scope: dict[str, Any]) -> User:
    """The user of a WebSocket handshake. Raises NotAuthenticated."""
    offered = scope.get("subprotocols") or []
    if offered[:1] == [BEARER]:
        if len(offered) != 2:  # noqa: PLR2004 - the scheme and the token
            raise NotAuthenticated()
        return await in_db(tokens.user_of, offered[1])
    if not _same_origin(scope):
        raise NotAuthenticated("This page may not open a socket here.", code="foreign_origin")
    return await in_db(_session_user, scope["session"])


class ApiAuth:
    """Authentication of the API's operations; ninja puts the user into `request.auth`."""

    openapi_security_schema: ClassVar = {"type": "http", "scheme": "bearer"}

    async def __call__(self, request: HttpRequest) -> User:
        user = await authenticate_request(request)
        request.user = user
        return user


def _session_user(session: Any) -> User:
    """The session's user, if the password is still the one that it was opened with."""
    try:
        user_id = session.get(SESSION_KEY)
    except DataError as error:
        # The cookie holds a byte that no session's key has.
        raise NotAuthenticated() from error
    if user_id and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS:
        user = User.objects.filter(id=user_id, is_active=True).first()
        if user and constant_time_compare(
            session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
        ):
            return user
    raise NotAuthenticated()


def _same_origin(scope: dict[str, Any]) -> bool:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return (
        bool(origin)
        and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        and (urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS)
    )
