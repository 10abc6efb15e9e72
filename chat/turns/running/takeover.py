"""Turns that nobody runs any more: found, and begun anew by whoever finds them."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts.limits import ledger
from aiapp.observability import figures
from chat.conversations.tree import UNFINISHED
from chat.models import Attempt, Turn
from chat.turns.question import TurnQuestion, load


def find_unattended() -> QuerySet[Turn]:
    """Return turns that somebody should run and that are old enough to have a lease by now."""
    grace = timedelta(seconds=settings.TURN_LEASE_SECONDS)
    # The database's clock: that of a process may be minutes off.
    return Turn.objects.filter(state__in=UNFINISHED, created__lt=Now() - grace)


def take_over(turn_id: UUID, holder: str, lost_tokens: int = 0) -> TurnQuestion | None:
    """Start the next attempt of a turn that nobody runs; None if there is nothing to do.

    `lost_tokens` is what the dead attempt is estimated to have cost; it goes on the books.
    After too many attempts the turn fails as interrupted instead.
    """
    with transaction.atomic():
        turn = find_unattended().select_for_update().filter(id=turn_id).first()
        if turn is None:
            return None
        Attempt.objects.filter(turn=turn, ended=None).update(
            ended=Now(), outcome="interrupted", completion_tokens=lost_tokens
        )
        if turn.attempt >= settings.TURN_MAX_ATTEMPTS:
            lost = turn.completion_tokens + lost_tokens
            Turn.objects.filter(id=turn_id).update(completion_tokens=lost, **_describe_end())
            ledger.settle(turn_id, turn.prompt_tokens, lost)
            failed = figures.TURNS.add(1, Turn.State.FAILED.value)
            transaction.on_commit(partial(figures.record_now, *failed))
            return None
        number = turn.attempt + 1
        Turn.objects.filter(id=turn_id).update(
            attempt=number,
            state=Turn.State.RUNNING,
            completion_tokens=F("completion_tokens") + lost_tokens,
        )
        Attempt.objects.create(turn_id=turn_id, number=number, runner=holder)
        return load(Turn.objects.select_related("owner", "message").get(id=turn_id))


def _describe_end() -> dict[str, object]:
    return {
        "state": Turn.State.FAILED,
        "error_code": "interrupted",
        "error_message": "The answer was interrupted several times. Try again.",
        "error_retryable": True,
        "finished": Now(),
    }
