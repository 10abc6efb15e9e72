"""Access and refresh tokens of API clients. simplejwt mints and verifies; rotation is ours."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import RefreshSession, User
from aiapp.errors import NotAuthenticated

PASSWORD_CLAIM = "pw"  # noqa: S105 - the name of a claim


@dataclass(frozen=True, slots=True)
class Pair:
    access: str
    refresh: str


def issue(user: User) -> Pair:
    """The first tokens of a sign-in: a new family. The user's expired ones are swept out."""
    RefreshSession.objects.filter(user=user, expires__lt=timezone.now()).delete()
    return _pair(user, uuid.uuid4())


def rotate(raw: str) -> Pair:
    """Exchange a refresh token for the next pair of its family.

    Of concurrent uses one succeeds. A second use of a token revokes the family, since two
    parties hold it. Raises NotAuthenticated.
    """
    claims = _verified(RefreshToken, raw)
    session = RefreshSession.objects.select_related("user").filter(token_hash=_hash(raw)).first()
    if (
        session is None
        or session.revoked
        or not session.user.is_active
        or not _has_password_of(claims, session.user)
    ):
        raise NotAuthenticated("This refresh token is not valid.", code="invalid_token")
    with transaction.atomic():
        unused = RefreshSession.objects.filter(id=session.id, used=None, revoked=None)
        if unused.update(used=timezone.now()):
            return _pair(session.user, session.family)
    revoke_family(session.family)
    raise NotAuthenticated("This refresh token was used before.", code="token_reused")


def revoke(raw: str) -> None:
    """End a refresh token's family. An unknown token is nothing to tell anybody about."""
    session = RefreshSession.objects.filter(token_hash=_hash(raw)).first()
    if session is not None:
        revoke_family(session.family)


def revoke_all(user: User) -> None:
    """End every refresh token of a user."""
    RefreshSession.objects.filter(user=user, revoked=None).update(revoked=timezone.now())


def revoke_family(family: uuid.UUID) -> None:
    """Again until nothing is left: a rotation under way adds a row that one update cannot see."""
    living = RefreshSession.objects.filter(family=family, revoked=None)
    while living.update(revoked=timezone.now()):
        pass


def user_of(raw: str) -> User:
    """The user of an access token. Raises NotAuthenticated, also for a deactivated user."""
    claims = _verified(AccessToken, raw)
    user = User.objects.filter(id=_user_id(claims), is_active=True).first()
    if user is None or not _has_password_of(claims, user):
        raise NotAuthenticated("This token is not valid any more.", code="invalid_token")
    return user


def _user_id(claims: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(claims.get("user_id")))
    except ValueError as error:
        raise NotAuthenticated("This token is not valid.", code="invalid_token") from error


def fingerprint(user: User) -> str:
    """Changes with the password, which so ends every token minted before."""
    return salted_hmac("accounts.tokens", user.password, algorithm="sha256").hexdigest()[:16]


def _pair(user: User, family: uuid.UUID) -> Pair:
    refresh: Any = RefreshToken.for_user(user)
    refresh[PASSWORD_CLAIM] = fingerprint(user)
    access = refresh.access_token
    raw = str(refresh)
    RefreshSession.objects.create(
        user=user,
        family=family,
        token_hash=_hash(raw),
        expires=timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS),
    )
    return Pair(str(access), raw)


def _has_password_of(claims: Any, user: User) -> bool:
    return constant_time_compare(str(claims.get(PASSWORD_CLAIM)), fingerprint(user))


def _verified(kind: type[Any], raw: str) -> Any:
    try:
        return kind(raw)
    except TokenError as error:
        raise NotAuthenticated("This token is not valid.", code="invalid_token") from error


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
