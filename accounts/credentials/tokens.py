"""Access and refresh tokens of API clients. simplejwt mints and verifies; rotation is ours.

Two tabs of one browser refresh the same token at the same moment, and a client whose answer got
lost asks again. So for REFRESH_GRACE_SECONDS a token that was used gives its client the same
successor again. The successor is not stored for that: its id is derived from the token and its
times from the moment of the first use, so it can be minted a second time, byte for byte. Two
parties that share a token therefore share its one successor too, and are found out by the next
use that comes late.
"""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError
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
    return _store(user, uuid.uuid4(), _mint(user))


def rotate(raw: str, client: str = "") -> Pair:
    """Exchange a refresh token for the next pair of its family.

    `client` is how the caller names itself. The same client may repeat the exchange for some
    seconds, as long as the successor is unused, and gets the same refresh token. Any other second
    use revokes the family, since two parties hold the token. Raises NotAuthenticated.
    """
    claims = _verify_token(RefreshToken, raw)
    session = RefreshSession.objects.select_related("user").filter(token_hash=_hash(raw)).first()
    if (
        session is None
        or session.revoked
        or not session.user.is_active
        or not _has_password_of(claims, session.user)
    ):
        raise NotAuthenticated("This refresh token is not valid.", code="invalid_token")
    used_by = _hash(client)
    with transaction.atomic():
        unused = RefreshSession.objects.filter(id=session.id, used=None, revoked=None)
        # Of concurrent uses one finds it unused; the others wait here until that is committed.
        is_first = unused.update(used=Now(), used_by=used_by)
        session.refresh_from_db(fields=["used", "used_by", "revoked"])
        if is_first:
            return _store(session.user, session.family, _successor(session))
    if pair := _repeat_pair(session, used_by):
        return pair
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


def authenticate(raw: str) -> User:
    """The user of an access token. Raises NotAuthenticated, also for a deactivated user."""
    return read(raw)[0]


def read(raw: str) -> tuple[User, datetime]:
    """Return the user of an access token, and when it ends. Raises as `authenticate` does."""
    claims = _verify_token(AccessToken, raw)
    user = User.objects.filter(id=_user_id(claims), is_active=True).first()
    if user is None or not _has_password_of(claims, user):
        raise NotAuthenticated("This token is not valid any more.", code="invalid_token")
    return user, datetime.fromtimestamp(claims["exp"], UTC)


def _user_id(claims: Any) -> uuid.UUID:
    try:
        return uuid.UUID(str(claims.get("user_id")))
    except ValueError as error:
        raise NotAuthenticated("This token is not valid.", code="invalid_token") from error


def fingerprint(user: User) -> str:
    """Changes with the password, which so ends every token minted before."""
    return salted_hmac("accounts.tokens", user.password, algorithm="sha256").hexdigest()[:16]


def _repeat_pair(session: RefreshSession, used_by: str) -> Pair | None:
    """The pair of the first use once more, if it is the same client's, soon, and still unused."""
    grace = timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
    if session.used is None or not constant_time_compare(session.used_by, used_by):
        return None
    # By the clock of the database, which wrote the moment of the first use.
    recent = RefreshSession.objects.filter(id=session.id, used__gt=Now() - grace)
    successor = _successor(session)
    unused = RefreshSession.objects.filter(
        token_hash=_hash(str(successor)), used=None, revoked=None
    )
    if recent.exists() and unused.exists():
        return Pair(str(successor.access_token), str(successor))
    return None


def _successor(session: RefreshSession) -> Any:
    """The refresh token that follows a used one: the same whenever it is asked for."""
    token = _mint(session.user)
    seed = f"{session.token_hash} {session.used_by}"
    token["jti"] = salted_hmac("accounts.successor", seed, algorithm="sha256").hexdigest()[:32]
    token.set_iat(at_time=session.used)
    token.set_exp(from_time=session.used)
    return token


def _mint(user: User) -> Any:
    token: Any = RefreshToken.for_user(user)
    token[PASSWORD_CLAIM] = fingerprint(user)
    return token


def _store(user: User, family: uuid.UUID, token: Any) -> Pair:
    raw = str(token)
    RefreshSession.objects.create(
        user=user,
        family=family,
        token_hash=_hash(raw),
        expires=timezone.now() + timedelta(days=settings.REFRESH_TOKEN_DAYS),
    )
    return Pair(str(token.access_token), raw)


def _has_password_of(claims: Any, user: User) -> bool:
    return constant_time_compare(str(claims.get(PASSWORD_CLAIM)), fingerprint(user))


def _verify_token(kind: type[Any], raw: str) -> Any:
    try:
        token: Any = kind(raw)
        # The leeway of the settings is for tokens of a server whose clock is ahead of this one's;
        # none lives the longer for it.
        if datetime.fromtimestamp(token["exp"], UTC) <= timezone.now():
            raise ExpiredTokenError("Token is expired")
        return token
    except ExpiredTokenError as error:
        raise NotAuthenticated("This token has expired.", code="token_expired") from error
    except TokenError as error:
        raise NotAuthenticated("This token is not valid.", code="invalid_token") from error


def _hash(raw: str) -> str:
    return hashlib.sha256(raw.encode()).hexdigest()
