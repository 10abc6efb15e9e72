"""Credentials that somebody was let in with, and checks that they still count."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from accounts.credentials.keys import filter_unexpired
from accounts.credentials.tokens import fingerprint
from accounts.models import User
from aiapp.errors import NotAllowed, NotAuthenticated

# For operations that any key may call.
ANY = "any"


@dataclass(frozen=True, slots=True)
class Credential:
    """A session, a token or a key, as of the moment when it was checked."""

    user: User
    # Of the password at that moment.
    password: str
    key_id: UUID | None = None
    # What a key is good for. Sessions and tokens are good for all that their user may do.
    scopes: frozenset[str] | None = None
    # The session of a browser; signing out there ends it.
    session_key: str = ""
    # When a token ends by itself. Those of keys and sessions are read again at every look.
    expires: datetime | None = None
    # What it was let in for, as `require` takes it: a key that loses this has ended for what it
    # opened, though it is good for other things.
    purpose: str = ANY

    def has_expired(self) -> bool:
        """Tell whether a token is past its own end, for which nobody need be asked."""
        return self.expires is not None and self.expires <= timezone.now()

    def require(self, scope: str) -> None:
        """Raises NotAllowed for a key without the scope, or without one of several, which are
        separated by spaces. No scope at all means no keys.
        """
        if self.scopes is None or scope == ANY:
            return
        wanted = scope.split()
        if not wanted:
            raise NotAllowed("No API key can do this. Sign in.", code="keys_not_allowed")
        if not self.scopes.issuperset(wanted):
            raise NotAllowed(
                f"This API key needs the scope {' and '.join(wanted)}.",
                code="insufficient_scope",
                scope=scope,
            )


def load_credential(
    user: User, session_key: str | None = "", expires: datetime | None = None
) -> Credential:
    """Return the credential of a session or an access token."""
    return Credential(user, fingerprint(user), session_key=session_key or "", expires=expires)


def renew(credential: Credential) -> Credential:
    """The credential as it is now: its user, and what a key is good for, are read again.

    Raises NotAuthenticated where it would not be let in any more.
    """
    # What a key is still good for is found out by whoever looks at the one returned.
    if find_dead([replace(credential, purpose=ANY)]):
        raise NotAuthenticated
    user, scopes = User.objects.filter(pk=credential.user.pk).first(), credential.scopes
    if credential.key_id:
        key = filter_unexpired().filter(pk=credential.key_id).first()
        scopes = None if key is None else frozenset(key.scopes)
    # Either may have gone since the look before.
    if user is None or (credential.key_id and scopes is None):
        raise NotAuthenticated
    return replace(credential, user=user, scopes=scopes)


def find_dead(credentials: Collection[Credential]) -> set[Credential]:
    """Find those that would not be let in any more: three queries, however many they are."""
    users = User.objects.filter(pk__in={c.user.pk for c in credentials}, is_active=True)
    passwords = {user.pk: fingerprint(user) for user in users.only("pk", "password")}
    wanted = {c.key_id for c in credentials if c.key_id}
    scopes = (
        dict(filter_unexpired().filter(pk__in=wanted).values_list("pk", "scopes")) if wanted else {}
    )
    named = {c.session_key for c in credentials if c.session_key}
    sessions = (
        set(_filter_open().filter(pk__in=named).values_list("pk", flat=True)) if named else ()
    )
    return {
        c
        for c in credentials
        if passwords.get(c.user.pk) != c.password
        or c.has_expired()
        or (c.key_id and not _serves(scopes.get(c.key_id), c.purpose))
        or (c.session_key and c.session_key not in sessions)
    }


def _serves(scopes: list[str] | None, purpose: str) -> bool:
    """Tell whether a key that has these scopes, None of one that is gone, still opens this."""
    return scopes is not None and (purpose == ANY or set(scopes).issuperset(purpose.split()))


def _filter_open() -> QuerySet[Session]:
    return Session.objects.filter(expire_date__gt=timezone.now())
