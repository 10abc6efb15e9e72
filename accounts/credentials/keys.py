"""API keys: made, shown once, looked up by their hash."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.credentials.tokens import fingerprint
from accounts.models import ApiKey, User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import Conflict, InvalidInput, NotAuthenticated, NotFound

PREFIX = "aiapp_"
MAX_KEYS = 50
_SECRET_BYTES = 32
_SHOWN = len(PREFIX) + 6
# A busy key would else cost a write with every request.
_BETWEEN_USES = timedelta(minutes=1)


def create(
    user: User,
    name: str,
    scopes: Iterable[str],
    expires: datetime | None = None,
    request: HttpRequest | None = None,
) -> tuple[ApiKey, str]:
    """A key and its secret, which cannot be shown again. Raises InvalidInput or Conflict."""
    names = sorted({str(scope) for scope in scopes})
    if not names or not set(names) <= set(ApiKey.Scope.values):
        raise InvalidInput("A key needs scopes that exist.", code="bad_scope", fields=["scopes"])
    if expires is not None and expires <= timezone.now():
        raise InvalidInput("The key would have expired.", code="bad_expiry", fields=["expires"])
    secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    with transaction.atomic():
        lock_until_commit(f"keys {user.pk}")
        if user.api_keys.count() >= MAX_KEYS:
            raise Conflict(f"You have {MAX_KEYS} keys. Delete one first.", code="too_many_keys")
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=secret[:_SHOWN],
            hash=_hash(secret),
            scopes=names,
            password=fingerprint(user),
            expires=expires,
        )
        audit.record(audit.Action.KEY_MADE, user, key, request)
    return key, secret


def delete(user: User, key_id: UUID, request: HttpRequest | None = None) -> None:
    """Raises NotFound for a key that is not the user's."""
    key = ApiKey.objects.filter(pk=key_id, user=user).first()
    if key is None:
        raise NotFound
    audit.record(audit.Action.KEY_DELETED, user, key, request)
    key.delete()


def find_key(secret: str) -> ApiKey:
    """The key of a secret, with its user. Raises NotAuthenticated; notes that it was used."""
    key = ApiKey.objects.select_related("user").filter(hash=_hash(secret)).first()
    if key is None or not is_live(key):
        raise NotAuthenticated("This key is not valid.", code="invalid_key")
    now = timezone.now()
    if key.expires is not None and key.expires <= now:
        raise NotAuthenticated("This key has expired.", code="key_expired")
    if key.last_used is None or key.last_used < now - _BETWEEN_USES:
        ApiKey.objects.filter(pk=key.pk).update(last_used=now)
    return key


def filter_unexpired() -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(Q(expires=None) | Q(expires__gt=timezone.now()))


def is_live(key: ApiKey) -> bool:
    """Check that its user is active and has the password of the time when it was made."""
    return key.user.is_active and constant_time_compare(key.password, fingerprint(key.user))


def _hash(secret: str) -> str:
    # A secret of 256 random bits needs no slow hash.
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
