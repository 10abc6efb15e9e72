"""Credentials that were checked a moment ago, so that a program's next request needs no look.

A credential that ends - a key deleted, a password changed, an account closed - is let in for
`TRUST_SECONDS` more by other processes, as the streams that it has open go on for as long
(`accounts.credentials.watch`). The process where it ends forgets it at once.
"""

import hashlib
import time
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime
from threading import Lock
from typing import Any, NamedTuple

from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from accounts.credentials.validity import Credential
from accounts.credentials.watch import CHECK_SECONDS
from accounts.models import ApiKey, User

TRUST_SECONDS = CHECK_SECONDS
MAX_CREDENTIALS = 4_096


class _Checked(NamedTuple):
    credential: Credential
    # By the monotonic clock.
    trusted_until: float
    expires: datetime | None


# By a digest: nobody who reads the memory of a process finds a secret here.
_checked: OrderedDict[bytes, _Checked] = OrderedDict()
_lock = Lock()


def remember(secret: str, credential: Credential, expires: datetime | None) -> None:
    """Keep a credential that has just been checked. The oldest make room."""
    until, digest = time.monotonic() + TRUST_SECONDS, _digest(secret)
    # Several threads check, and one may forget all meanwhile.
    with _lock:
        _checked[digest] = _Checked(credential, until, expires)
        _checked.move_to_end(digest)
        while len(_checked) > MAX_CREDENTIALS:
            _checked.popitem(last=False)


def recall(secret: str) -> Credential | None:
    """Return the credential of a secret that was checked a moment ago, with a user of its own."""
    found = _checked.get(_digest(secret))
    if found is None or time.monotonic() > found.trusted_until:
        return None
    if found.expires is not None and found.expires <= timezone.now():
        return None
    return replace(found.credential, user=_copy(found.credential.user))


def forget_all(**_: Any) -> None:
    with _lock:
        _checked.clear()


def listen() -> None:
    """Forget what was checked when a user or a key is changed in this process."""
    for model in (User, ApiKey):
        post_save.connect(forget_all, sender=model)
        post_delete.connect(forget_all, sender=model)


def _copy(user: User) -> User:
    """Return the user as another object, which a view may change."""
    names = [field.attname for field in User._meta.concrete_fields]
    return User.from_db(user._state.db, names, [getattr(user, name) for name in names])


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
