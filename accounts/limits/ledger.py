"""The usage of answers, in tokens and money, entered before they begin, corrected at their end.

An entry holds what may be used until the answer has ended, so the sum of a user's entries is
never less than what was used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Budget, LedgerEntry, Price, User

MILLION = 1_000_000
_MONEY = DecimalField(max_digits=16, decimal_places=8)


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """Tokens, and US dollars."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    money: Decimal = Decimal(0)

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens


def enter(  # noqa: PLR0913 - each a column, and named
    user: User,
    turn: UUID,
    model: str,
    *,
    prompt_tokens: int = 0,
    completion_tokens: int = 0,
    money: Decimal = Decimal(0),
) -> None:
    """Put a turn on the books with what is set aside for it."""
    entry = build_entry(user, turn, model)
    entry.prompt_tokens, entry.completion_tokens = prompt_tokens, completion_tokens
    entry.cost = money
    entry.save(force_insert=True)


def build_entry(user: User, turn: UUID, model: str) -> LedgerEntry:
    """Return the entry of a turn for which nothing is set aside, unsaved."""
    return LedgerEntry(user=user, username=user.username, turn=turn, model=model)


def settle(turn: UUID, prompt_tokens: int, completion_tokens: int, *, model: str = "") -> None:
    """Correct a turn's entry to what it has used in all, at today's price.

    `model` is the one that answered, if it was not the one that was asked for.
    """
    if model:
        LedgerEntry.objects.filter(turn=turn).update(model=model)
    price = Price.objects.filter(model=OuterRef("model"))
    by_tokens = price.annotate(
        cost=(F("input") * prompt_tokens + F("output") * completion_tokens) / MILLION
    )
    LedgerEntry.objects.filter(turn=turn).update(
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost=Coalesce(Subquery(by_tokens.values("cost")), Value(Decimal(0)), output_field=_MONEY),
        settled=timezone.now(),
    )


def get_costs(turns: Sequence[UUID]) -> dict[UUID, Decimal]:
    """Return the cost in US dollars of those turns that have ended and cost anything."""
    ended = LedgerEntry.objects.filter(turn__in=turns, settled__isnull=False, cost__gt=0)
    return dict(ended.values_list("turn", "cost"))


def sum_used_by(user: User, since: datetime) -> UsageTotal:
    return sum_of(LedgerEntry.objects.filter(user=user, created__gte=since))


def sum_used_of(budget: Budget) -> UsageTotal:
    """Sum what counts against a budget in its present period; a group's members share it."""
    entries = LedgerEntry.objects.filter(created__gte=period_start(budget.period))
    if budget.user_id:
        return sum_of(entries.filter(user=budget.user_id))
    return sum_of(entries.filter(user__in=User.objects.filter(groups=budget.group_id)))


def period_start(period: str) -> datetime:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today if period == Budget.Period.DAY else today.replace(day=1)


def price_list() -> dict[str, dict[str, float]]:
    """US dollars for a million tokens, by the model's name: `{"input": 2.5, "output": 10.0}`."""
    return {
        price.model: {"input": float(price.input), "output": float(price.output)}
        for price in Price.objects.all()
    }


def sum_of(entries: QuerySet[LedgerEntry]) -> UsageTotal:
    sums = entries.order_by().aggregate(
        Sum("prompt_tokens", default=0), Sum("completion_tokens", default=0), Sum("cost", default=0)
    )
    return UsageTotal(
        int(sums["prompt_tokens__sum"]),
        int(sums["completion_tokens__sum"]),
        Decimal(sums["cost__sum"]),
    )
