"""Authentication, the same for pages, API, SSE and WebSocket.

A bearer token is an access token or an API key; without one, the session cookie counts. A cookie
is sent by the browser whoever wrote the page, so with it a write needs Django's CSRF token and a
socket needs our own origin; a bearer token is sent on purpose and needs neither.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.decorators import user_passes_test
from django.contrib.auth.models import AnonymousUser
from django.db import DataError
from django.http import HttpRequest, parse_cookie
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare
from ninja.utils import check_csrf

from accounts.credentials import keys, memory, tokens
from accounts.credentials.validity import ANY, Credential, load_credential
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotAllowed, NotAuthenticated, TooManyRequests
from aiapp.http.requests import load_form

BEARER = "bearer"
_SAFE = ("GET", "HEAD", "OPTIONS")


async def authenticate_request(request: HttpRequest, scope: str = ANY) -> Credential:
    """Return the request's credential. A key must be good for `scope`; without one, no key is.

    Raises NotAuthenticated, or NotAllowed for the wrong key or a cookie write without its CSRF
    token.
    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != BEARER:
            raise NotAuthenticated()
        credential = replace(await _check_bearer(secret.strip()), purpose=scope)
        # Known also where it is refused, for the audit log.
        request.credential = credential  # type: ignore[attr-defined]
        credential.require(scope)
        return credential
    user = await in_db(_session_user, request.session)
    if check_csrf(request) is not None:
        raise NotAllowed("The CSRF token is missing.", code="csrf_failed")
    return load_credential(user, request.session.session_key)


async def authenticate_scope(scope: dict[str, Any], needed: str) -> Credential:
    """Return a WebSocket handshake's credential. Raises as `authenticate_request` does."""
    offered = scope.get("subprotocols") or []
    if offered[:1] == [BEARER]:
        if len(offered) != 2:  # noqa: PLR2004 - the scheme and the token
            raise NotAuthenticated()
        credential = replace(await _check_bearer(offered[1]), purpose=needed)
        credential.require(needed)
        return credential
    if not _same_origin(scope):
        raise NotAuthenticated("This page may not open a socket here.", code="foreign_origin")
    session = scope["session"]
    return load_credential(await in_db(_session_user, session), session.session_key)


async def credential_of_stream(request: HttpRequest) -> Credential | None:
    """Return the credential of a request, to be checked again while its answer goes on."""
    known: Credential | None = getattr(request, "credential", None)
    if known is not None or SESSION_KEY not in getattr(request, "session", ()):
        return known
    try:
        user = await in_db(_session_user, request.session)
        return load_credential(user, request.session.session_key)
    except NotAuthenticated:
        return None


async def find_member(headers: Iterable[tuple[bytes, bytes]]) -> UUID | None:
    """Return whose token, key or session the head of a request holds; None if nobody's.

    For use before the body is read. Where it is sent, and whether what is shown is good for
    that, is found out as always.
    """
    fields: dict[str, list[str]] = {"authorization": [], "cookie": []}
    for name, value in headers:
        fields.get(name.decode("latin-1"), []).append(value.decode("latin-1"))
    scheme, _, secret = ",".join(fields["authorization"]).partition(" ")
    bearer = secret.strip() if scheme.lower() == BEARER else ""
    session = parse_cookie("; ".join(fields["cookie"])).get(settings.SESSION_COOKIE_NAME, "")
    if bearer and (credential := memory.recall(bearer)) is not None:
        return credential.user.pk
    return await in_db(_find_member, bearer, session) if bearer or session else None


class ApiAuth:
    """Authentication of the API's operations; ninja puts the user into `request.auth`.

    Keys need `read` for operations that change nothing and `write` for the others, which is the
    same if left out; several scopes are separated by spaces. Without any scope an operation takes
    no keys.
    """

    openapi_security_schema: ClassVar = {"type": "http", "scheme": "bearer"}

    def __init__(self, read: str = "", write: str = "") -> None:
        self._read, self._write = read, write or read

    def scope_of(self, method: str) -> str:
        """Return the scope a key needs for an operation of this method; "" if it takes no keys."""
        return self._read if method in _SAFE else self._write

    async def __call__(self, request: HttpRequest) -> User:
        credential = await authenticate_request(request, self.scope_of(request.method or ""))
        request.user = credential.user
        request.credential = credential  # type: ignore[attr-defined]  # for `end_streams`
        await _count(request, credential.user)
        # Here, since ninja reads the form next and does so on the event loop.
        await load_form(request)
        return credential.user


def caller(request: HttpRequest) -> User:
    """Return whom `ApiAuth` let into an operation; there is none where it was not asked."""
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja
    return user


async def _is_signed_in(user: User | AnonymousUser) -> bool:
    return user.is_authenticated


# Django's own asks on a thread, which an asynchronous view need not wait for.
alogin_required = user_passes_test(_is_signed_in)  # type: ignore[arg-type]  # it may be async


def user_of(request: HttpRequest) -> User:
    """Return who is signed in, in a view that makes sure of it: a page's or the admin's.

    Not for operations: where `ApiAuth` did not ask, `caller` fails and this gives a stranger.
    """
    return cast(User, request.user)


def require_scope(request: HttpRequest, scope: str) -> None:
    """Raises NotAllowed if a key was shown that lacks what a part of the request needs besides."""
    credential: Credential | None = getattr(request, "credential", None)
    if credential is not None:
        credential.require(scope)


async def _count(request: HttpRequest, user: User) -> None:
    """Count the operation, if it is one that is counted. Raises TooManyRequests."""
    route = request.resolver_match.route if request.resolver_match else ""
    action = rate_limit.find_action(request.method or "", route)
    if not action:
        return
    usage = await rate_limit.acount(user, action)
    request.rate_usage = usage  # type: ignore[attr-defined]  # for `RateHeaders`
    if usage and usage.is_over:
        raise TooManyRequests(retry_after=usage.seconds)


async def _check_bearer(secret: str) -> Credential:
    """Return the credential of a token or key, looked up or of a moment ago."""
    known = memory.recall(secret)
    return known if known is not None else await in_db(_bearer, secret)


def _bearer(secret: str) -> Credential:
    if secret.startswith(keys.PREFIX):
        key = keys.find_key(secret)
        credential = Credential(key.user, key.password, key.pk, frozenset(key.scopes))
        expires = key.expires
    else:
        user, expires = tokens.read(secret)
        credential = load_credential(user, expires=expires)
    memory.remember(secret, credential, expires)
    return credential


def _find_member(bearer: str, session_key: str) -> UUID | None:
    """A page may be sent a token as well as a cookie; one of them has to be right."""
    if bearer:
        with suppress(NotAuthenticated):
            return _bearer(bearer).user.pk
    if session_key:
        with suppress(NotAuthenticated):
            session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
            return _session_user(session).pk
    return None


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
    try:
        scheme, place, *_ = urlsplit(origin)
    except ValueError:
        # As an address in half a pair of brackets.
        return False
    # Over plain HTTP anybody on the way writes the pages of our own host.
    is_ours = place == host and (scheme == "https" or not settings.SITE_IS_HTTPS)
    return (
        bool(origin)
        and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)
        and (is_ours or origin in settings.CSRF_TRUSTED_ORIGINS)
    )
