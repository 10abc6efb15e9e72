"""Prices, what people may use, and what they have used."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


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
