"""Turns that nobody runs any more: found, and begun anew by whoever finds them."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now

from accounts.limits import ledger
from aiapp.observability import figures
from chat.conversations.tree import UNFINISHED
from chat.models import Attempt, Turn
from chat.turns.question import TurnQuestion, load

# The outcome of an attempt whose process was told to end.
HANDED_OVER = "handed over"
# … and of one whose process is known to have died.
DIED = "died"
GIVEN_UP = (HANDED_OVER, DIED)
# The code of a turn that was given up for good. No log tells its end.
INTERRUPTED = "interrupted"


def find_unattended() -> QuerySet[Turn]:
    """Return turns that somebody should run: given up, or old enough to have a lease by now."""
    grace = timedelta(seconds=settings.TURN_LEASE_SECONDS)
    # The database's clock: that of a process may be minutes off.
    is_old = Q(created__lt=Now() - grace)
    return Turn.objects.filter(is_old | Exists(_list_given_up()), state__in=UNFINISHED)


def find_given_up() -> QuerySet[Turn]:
    """Return turns whose process has handed them over, or is known to have died."""
    return Turn.objects.filter(Exists(_list_given_up()), state__in=UNFINISHED)


def _list_given_up() -> QuerySet[Attempt]:
    return Attempt.objects.filter(
        turn=OuterRef("pk"), number=OuterRef("attempt"), outcome__in=GIVEN_UP
    )


def note_handover(turn_ids: Iterable[UUID], holder: str) -> None:
    """Note that a runner has given up its attempts, so that others need not wait for its lease."""
    Attempt.objects.filter(
        turn__in=list(turn_ids), turn__state__in=UNFINISHED, runner=holder, ended=None
    ).update(outcome=HANDED_OVER)


def note_death(process: str) -> list[UUID]:
    """Note that a process has died, and return the turns that it ran."""
    lost = Attempt.objects.filter(
        turn__state__in=UNFINISHED, runner__startswith=process, ended=None, outcome__in=("", DIED)
    )
    turns = dict(lost.values_list("id", "turn_id"))
    # By the rows alone, so that PostgreSQL looks again at one that somebody is just taking over.
    Attempt.objects.filter(id__in=turns, ended=None).update(outcome=DIED)
    return list(turns.values())


def take_over(turn_id: UUID, holder: str, lost_tokens: int = 0) -> TurnQuestion | None:
    """Start the next attempt of a turn that nobody runs; None if there is nothing to do.

    `lost_tokens` is what the dead attempt is estimated to have cost; it goes on the books.
    After too many attempts the turn fails as interrupted instead, as does that of an account which
    is out of use by now.
    """
    with transaction.atomic():
        found = find_unattended().select_related("owner")
        turn = found.select_for_update(of=("self",)).filter(id=turn_id).first()
        if turn is None:
            return None
        outcome = Case(
            When(outcome=HANDED_OVER, then=Value(HANDED_OVER)), default=Value("interrupted")
        )
        Attempt.objects.filter(turn=turn, ended=None).update(
            ended=Now(), outcome=outcome, completion_tokens=lost_tokens
        )
        # The bound is for questions that end their processes, not for processes told to end.
        given_up = Attempt.objects.filter(turn=turn, outcome=HANDED_OVER).count()
        is_wanted = turn.owner.is_active
        if not is_wanted or turn.attempt - given_up >= settings.TURN_MAX_ATTEMPTS:
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
        "error_code": INTERRUPTED,
        "error_message": "The answer was interrupted several times. Try again.",
        "error_retryable": True,
        "finished": Now(),
    }
