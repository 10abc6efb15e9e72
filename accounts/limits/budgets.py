"""Budgets: what users and groups may use, checked and set aside before an answer begins.

Those of one user and of all their groups hold together. Whoever sets something aside locks the
budgets first, so that any number of questions at once leave as much as they would one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.limits import ledger
from accounts.limits.ledger import MILLION, UsageTotal
from accounts.models import Budget, Price, User
from aiapp.errors import TooManyRequests

# An answer cut shorter than this is worth less than the sentence that the budget is spent.
MIN_ANSWER_TOKENS = 64


@dataclass(frozen=True, slots=True)
class State:
    """A budget with what is used of it in its present period."""

    budget: Budget
    used: UsageTotal

    @property
    def tokens_left(self) -> int | None:
        tokens = self.budget.tokens
        return None if tokens is None else max(tokens - self.used.tokens, 0)

    @property
    def money_left(self) -> Decimal | None:
        money = self.budget.money
        return None if money is None else max(money - self.used.money, Decimal(0))

    @property
    def share(self) -> float:
        """Return how much of it is used, 0 to 1, by what is scarcer."""
        shares = [0.0]
        if self.budget.tokens is not None:
            shares.append(self.used.tokens / max(self.budget.tokens, 1))
        if self.budget.money is not None:
            shares.append(float(self.used.money / max(self.budget.money, Decimal("0.01"))))
        return min(max(shares), 1.0)

    @property
    def resets(self) -> datetime:
        start = ledger.period_start(self.budget.period)
        if self.budget.period == Budget.Period.DAY:
            return start + timedelta(days=1)
        return (start + timedelta(days=32)).replace(day=1)


def reserve(
    user: User, turn: UUID, models: Sequence[str], prompt_tokens: int, answer_tokens: int
) -> int | None:
    """Enter a turn on the books, in its own transaction, and set aside what it may use.

    `models` is the one that is asked, and those that may answer in its place; what is set aside
    suffices for the dearest.

    Gives how many tokens its answer may have, at most `answer_tokens`; None if no budget bounds
    it. Raises TooManyRequests with the time until the next period.
    """
    states = [
        State(budget, ledger.sum_used_of(budget))
        for budget in _select_for(user).select_for_update()
    ]
    if not states:
        ledger.enter(user, turn, models[0])
        return None
    price = _find_dearest(models)
    allowed = min(answer_tokens, *(_answer_tokens(state, price, prompt_tokens) for state in states))
    if allowed < min(MIN_ANSWER_TOKENS, answer_tokens):
        raise _make_refusal(states, price, prompt_tokens)
    money = (Decimal(price.input) * prompt_tokens + Decimal(price.output) * allowed) / MILLION
    ledger.enter(
        user, turn, models[0], prompt_tokens=prompt_tokens, completion_tokens=allowed, money=money
    )
    return allowed


def list_states(user: User) -> list[State]:
    """The user's budgets, the scarcest first."""
    found = [
        State(budget, ledger.sum_used_of(budget))
        for budget in _select_for(user).select_related("group")
    ]
    return sorted(found, key=lambda state: -state.share)


def _select_for(user: User) -> QuerySet[Budget]:
    groups = user.groups.order_by().values("pk")
    return Budget.objects.filter(Q(user=user) | Q(group__in=groups)).order_by("pk")


def _find_dearest(models: Sequence[str]) -> Price:
    prices = list(Price.objects.filter(model__in=models))
    return Price(
        input=max((price.input for price in prices), default=0),
        output=max((price.output for price in prices), default=0),
    )


def _answer_tokens(state: State, price: Price, prompt_tokens: int) -> int:
    """Return how many tokens an answer to such a prompt may have; below 0 if none fits."""
    bounds = []
    if state.tokens_left is not None:
        bounds.append(state.tokens_left - prompt_tokens)
    if state.money_left is not None:
        left = state.money_left * MILLION - Decimal(price.input) * prompt_tokens
        if price.output:
            bounds.append(int(left / Decimal(price.output)))
        elif left < 0:
            bounds.append(-1)
    return min(bounds, default=2**31)


def _make_refusal(states: list[State], price: Price, prompt_tokens: int) -> TooManyRequests:
    tightest = min(states, key=lambda state: _answer_tokens(state, price, prompt_tokens))
    wait = tightest.resets - timezone.now()
    whose = "Your budget" if tightest.budget.user_id else "The budget of your group"
    return TooManyRequests(
        f"{whose} for this {tightest.budget.period} does not suffice for this question. It begins"
        f" anew on {tightest.resets:%Y-%m-%d} (UTC).",
        code="budget_exhausted",
        retry_after=int(wait.total_seconds()) + 1,
    )
