"""Requests that are sent again: one name of one user makes one turn."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput
from chat.models import Conversation, Message, Turn
from chat.turns.accepting.request import REQUEST_ID_CHARS, TurnRequest
from chat.turns.question import TurnQuestion


@dataclass(frozen=True, slots=True)
class AcceptedTurn:
    conversation: Conversation
    user_message: Message
    assistant_message: Message
    turn: Turn
    # What to run, by the process that accepted it; None when it had been accepted before.
    question: TurnQuestion | None = None

    @property
    def is_new(self) -> bool:
        return self.question is not None


def accept_once(
    request: TurnRequest,
    write: Callable[[], AcceptedTurn],
    is_same: Callable[[AcceptedTurn], bool],
) -> AcceptedTurn:
    """Return what a request of this name made before, or what it writes now, in one transaction.

    A name that comes back with another question is a client's mistake, not a repeat.
    """
    user, request_id = request.user, request.question.request_id
    if earlier := _find_accepted(user, request_id):
        return _check_same(earlier, is_same)
    try:
        with transaction.atomic():
            return write()
    except IntegrityError:
        # Another request with the same name won the race between our look and our insert.
        if earlier := _find_accepted(user, request_id):
            return _check_same(earlier, is_same)
        raise


def check_request_id(request_id: str) -> None:
    """Raises InvalidInput. An empty one names nothing, and is right."""
    if len(request_id) > REQUEST_ID_CHARS or not request_id.isprintable():
        raise InvalidInput(
            "A request id has 1 to 100 printable characters.", code="invalid_request_id"
        )


def _find_accepted(user: User, request_id: str) -> AcceptedTurn | None:
    """Find what a request of this name made before. Without a name every request is new."""
    if not request_id:
        return None
    check_request_id(request_id)
    turn = (
        Turn.objects.filter(owner=user, request_id=request_id)
        .select_related("message__conversation", "message__parent")
        .first()
    )
    if turn is None or turn.message.parent is None:
        return None
    answer = turn.message
    return AcceptedTurn(answer.conversation, turn.message.parent, answer, turn)


def _check_same(earlier: AcceptedTurn, is_same: Callable[[AcceptedTurn], bool]) -> AcceptedTurn:
    if not is_same(earlier):
        raise Conflict("This request id was used for another question.", code="request_id_reused")
    return earlier
