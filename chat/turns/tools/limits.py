"""The limits of a turn with tools."""

from decimal import Decimal

from django.conf import settings

from accounts.limits import budgets, ledger
from accounts.limits.ledger import MILLION
from accounts.models import User
from aiapp.errors import NotAuthenticated
from chat.turns.question import TurnQuestion
from chat.turns.results import Result


def check_owner(question: TurnQuestion) -> None:
    """Raises NotAuthenticated once the account is closed that a turn does things for."""
    # The turn was loaded with its owner minutes ago.
    if not User.objects.filter(pk=question.owner.pk, is_active=True).exists():
        raise NotAuthenticated


def find_exceeded(question: TurnQuestion, result: Result) -> str:
    """Return the limit that a turn has reached so far; "" if none. Uses the database.

    A budget sets aside what one answer may use. What a turn with tools has used is entered before
    it goes on, so that it exceeds its budget by one step at most.
    """
    used = result.prompt_tokens, result.completion_tokens
    if settings.TOOL_TOKENS and sum(used) >= settings.TOOL_TOKENS:
        return "tokens"
    if settings.TOOL_DOLLARS and _compute_cost(result) >= Decimal(str(settings.TOOL_DOLLARS)):
        return "cost"
    if not budgets.list_states(question.owner):
        return ""
    turn = question.turn
    before = turn.prompt_tokens, turn.completion_tokens
    ledger.settle(turn.id, before[0] + used[0], before[1] + used[1], model=result.stand_in)
    states = budgets.list_states(question.owner)
    return "budget" if any(0 in (state.tokens_left, state.money_left) for state in states) else ""


def _compute_cost(result: Result) -> Decimal:
    price = ledger.price_list().get(result.speaker, {"input": 0.0, "output": 0.0})
    dollars = Decimal(str(price["input"])) * result.prompt_tokens
    dollars += Decimal(str(price["output"])) * result.completion_tokens
    return dollars / MILLION
