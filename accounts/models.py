"""Users, and what API clients show in their place: refresh tokens and keys."""

import uuid
from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from aiapp.fields import NameField
from aiapp.ids import uuid7


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("email address", unique=True)
    # Its holder has deleted the account; a worker is taking away what it owns.
    leaving = models.BooleanField(default=False, db_default=False, editable=False)

    def __str__(self) -> str:
        return self.username


class RefreshSession(models.Model):
    """One refresh token, by its hash. Each use replaces it by the next one of its family.

    simplejwt's own rotation lets concurrent refreshes of one token all succeed; here the first
    conditional update wins, and a second use revokes the whole family, since it means that two
    parties hold the token.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_sessions")
    family = models.UUIDField(default=uuid.uuid4, db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.user} {self.created:%Y-%m-%d %H:%M}"


class ApiKey(models.Model):
    """A secret that a program shows in place of its user, for some of what the user may do.

    Only its hash is kept. It ends with its user's password, as every credential does.
    """

    class Scope(models.TextChoices):
        CHAT = "chat", _("ask and read conversations")
        DOCUMENTS_READ = "documents:read", _("read and search documents")
        DOCUMENTS_WRITE = "documents:write", _("add, change and delete documents")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = NameField(max_length=100)
    # The beginning of the secret, to tell keys apart.
    prefix = models.CharField(max_length=20)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # Of the password at the time (`accounts.tokens.fingerprint`).
    password = models.CharField(max_length=16)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    last_used = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


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
    claimed_until = models.DateTimeField(auto_now_add=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class Price(models.Model):
    """What a model costs: US dollars for a million tokens that it reads, and that it writes.

    A model without a price costs nothing here.
    """

    model = models.CharField(max_length=200, unique=True)
    input = models.DecimalField(max_digits=12, decimal_places=4)
    output = models.DecimalField(max_digits=12, decimal_places=4)

    class Meta:
        ordering: ClassVar = ["model"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(input__gte=0, output__gte=0), name="price_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.model


class Budget(models.Model):
    """What a user, or the members of a group together, may use in a day or month (UTC)."""

    class Period(models.TextChoices):
        DAY = "day", _("a day")
        MONTH = "month", _("a month")

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    group = models.ForeignKey("auth.Group", on_delete=models.CASCADE, null=True, blank=True)
    period = models.CharField(max_length=5, choices=Period.choices, default=Period.MONTH)
    # No number is no bound.
    tokens = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("Read and written together.")
    )
    money = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("In US dollars, by the table of prices."),
    )

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user=None) ^ models.Q(group=None), name="budget_of_one"
            ),
            models.UniqueConstraint(fields=["user", "period"], name="budget_per_user_period"),
            models.UniqueConstraint(fields=["group", "period"], name="budget_per_group_period"),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.group} {self.get_period_display()}"


class LedgerEntry(models.Model):
    """What an answer has used; until it ends, what was set aside for it (`accounts.ledger`).

    It stays when the conversation is deleted, and when the account is.
    """

    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    username = models.CharField(max_length=150, blank=True)
    # The turn's id, which knows nothing of this.
    turn = models.UUIDField(unique=True)
    model = models.CharField(max_length=200)
    prompt_tokens = models.PositiveBigIntegerField(default=0)
    completion_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=16, decimal_places=8, default=0)
    created = models.DateTimeField(auto_now_add=True)
    settled = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-pk"]
        verbose_name_plural = "ledger entries"
        indexes: ClassVar = [
            models.Index(fields=["user", "created"], name="ledger_of_user"),
            models.Index(fields=["created"], name="ledger_created"),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.model} {self.created:%Y-%m-%d %H:%M}"
