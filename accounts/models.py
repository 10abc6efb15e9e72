"""Users, and what API clients show in their place: refresh tokens and keys."""

import uuid
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.lookalikes import BAD_EMAIL, check_name, skeletons
from aiapp.ids import uuid7
from aiapp.text.fields import NameField

# One sentence for names and addresses, for what is taken and for what only looks like it, so that
# a stranger does not learn who is known here.
TAKEN = _("This name or address is taken.")


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField("email address", unique=True)
    # Its holder has deleted the account; a worker is taking away what it owns.
    leaving = models.BooleanField(default=False, db_default=False, editable=False)

    def __str__(self) -> str:
        return self.username

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user.__dict__["_settled"] = {n: user.__dict__.get(n) for n in ("username", "email")}
        return user

    def clean(self) -> None:
        """Raises ValidationError, for forms, for what `save` would refuse."""
        super().clean()
        if self.username and self._has_new("username"):
            self._check_new_name()
        if self._has_new("email") and not self.email.rpartition("@")[0].isascii():
            raise ValidationError({"email": BAD_EMAIL}, code="bad_email")

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValidationError for a new name that no name may be, or that looks like another's.

        Here, so that no way of making or renaming an account goes around it. A name that the
        account has had before is not looked at.
        """
        named = kwargs.get("update_fields")
        if not self._has_new("username") or (named is not None and "username" not in named):
            super().save(*args, **kwargs)
            return
        self.username = self.normalize_username(self.username)
        looks = self._check_new_name()
        with transaction.atomic():
            super().save(*args, **kwargs)
            self.skeletons.exclude(skeleton__in=looks).delete()
            NameSkeleton.objects.bulk_create(
                NameSkeleton(user=self, skeleton=each)
                for each in looks - set(self.skeletons.values_list("skeleton", flat=True))
            )
        self.__dict__["_settled"] = {"username": self.username, "email": self.email}

    def _has_new(self, field: str) -> bool:
        if self._state.adding:
            return True
        value = self.__dict__.get(field)
        return value is not None and value != self.__dict__.get("_settled", {}).get(field)

    def _check_new_name(self) -> set[str]:
        check_name(self.username)
        looks = skeletons(self.username)
        if NameSkeleton.objects.filter(skeleton__in=looks).exclude(user=self.pk).exists():
            raise ValidationError(TAKEN, code="account_exists")
        return looks


class NameSkeleton(models.Model):
    """The look of an account's name (`accounts.lookalikes`), so that no other looks like it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="skeletons")
    # A digest, since what a skeleton is made of is no text for people.
    skeleton = models.CharField(max_length=64, db_index=True)
    # Of an account older than this rule: such accounts may look alike, and keep their names.
    inherited = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "skeleton"], name="skeleton_of_user_once"),
            models.UniqueConstraint(
                fields=["skeleton"], condition=models.Q(inherited=False), name="skeleton_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.skeleton[:8]}"


class RefreshSession(models.Model):
    """One refresh token, by its hash. Each use replaces it by the next one of its family.

    simplejwt's own rotation lets concurrent refreshes of one token make as many successors; here
    a token has one successor. A late second use, or one by another client, means that two
    parties hold the token, and revokes the whole family (`accounts.credentials.tokens`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="refresh_sessions")
    family = models.UUIDField(default=uuid.uuid4, db_index=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)
    # The client that used it, by a hash of how it names itself.
    used_by = models.CharField(max_length=64, blank=True, default="", db_default="")
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
        """The operations that each opens are in the table of docs/api.md."""

        CHAT = (
            "chat",
            _(
                "ask questions, with answers and summaries that quote any document you can open;"
                " read, change and delete your chats; transcribe recordings"
            ),
        )
        TOOLS_CONFIRM = (
            "tools:confirm",
            _("approve or decline what a tool wants to do on your behalf"),
        )
        MEMORY = (
            "memory",
            _("read, change and delete what is remembered about you, and read full prompts"),
        )
        DOCUMENTS_READ = "documents:read", _("read, search and download documents")
        DOCUMENTS_WRITE = "documents:write", _("add, change and delete documents")
        SHARING = (
            "sharing",
            _(
                "share what it can read or change: links to chats, and who can open"
                " collections and documents"
            ),
        )

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = NameField(max_length=100)
    # The beginning of the secret, to tell keys apart.
    prefix = models.CharField(max_length=20)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # Of the password at the time (`accounts.credentials.tokens.fingerprint`).
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
    claimed_until = models.DateTimeField(db_default=Now(), editable=False)
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"


class Price(models.Model):
    """The price of a model: US dollars for a million tokens that it reads, and that it writes.

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
    """A bound on what a user, or a group's members together, may use in a day or month (UTC)."""

    class Period(models.TextChoices):
        DAY = "day", _("a day")
        MONTH = "month", _("a month")

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    group = models.ForeignKey("auth.Group", on_delete=models.CASCADE, null=True, blank=True)
    period = models.CharField(max_length=5, choices=Period.choices, default=Period.MONTH)
    # No number is no bound.
    tokens = models.PositiveBigIntegerField(
        null=True, blank=True, help_text=_("Input and output tokens together.")
    )
    money = models.DecimalField(
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("In US dollars, according to the price table."),
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
    """The usage of an answer; until it ends, what was set aside for it (`accounts.limits.ledger`).

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
