"""Records of what was done, and of everything that somebody has, to take along."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from accounts.models.people import User
from aiapp.ids import uuid7


class AuditEntry(models.Model):
    """Something that was done or refused (`accounts.audit`). Never changed once it is written."""

    class Action(models.TextChoices):
        SIGN_IN = "sign_in"
        SIGN_IN_REFUSED = "sign_in_refused"
        SIGN_OUT = "sign_out"
        TOKEN_ISSUED = "token_issued"  # noqa: S105 - the name of an action
        TOKENS_REVOKED = "tokens_revoked"
        PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an action
        KEY_MADE = "key_made"
        KEY_DELETED = "key_deleted"
        ACCOUNT_DELETED = "account_deleted"
        DATA_EXPORTED = "data_exported"
        SHARES_CHANGED = "shares_changed"
        ADMINISTERED = "administered"
        # A member, or a key of theirs, tried what they may not.
        REFUSED = "refused"

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    # Stays when the account is deleted.
    username = models.CharField(max_length=150, blank=True)
    action = models.CharField(max_length=30, choices=Action.choices)
    kind = models.CharField(max_length=60, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    address = models.CharField(max_length=45, blank=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.username} {self.action}"


class DataExport(models.Model):
    """Everything of a user in one archive, made by a worker and kept for a day."""

    class State(models.TextChoices):
        QUEUED = "queued"
        READY = "ready"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # The name in the storage, once it is ready, and its length in bytes.
    file = models.CharField(max_length=200, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    # Until when a worker is believed to be at it.
    claimed_until = models.DateTimeField(db_default=Now(), editable=False)
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"
