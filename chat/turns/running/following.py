"""The questions that wait for an answer: kept, and asked one by one as answers are done.

A question waits as a row, so that it outlives the page and the process. Each is asked by the
runner of the answer before it, in the transaction that takes its row away, under the name that it
was sent with: it is asked once, whoever else tries. An answer that fails or is stopped leaves what
waits where it is, for its user to decide.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

from accounts.models import User
from aiapp.errors import AppError, Conflict, NotFound
from chat.conversations import access, scope
from chat.conversations.conversations import find_leaf
from chat.conversations.tree import UNFINISHED
from chat.endpoints import access as endpoints
from chat.log import lease, news
from chat.models import Call, Conversation, Message, NextQuestion, Turn
from chat.turns.accepting import beginning
from chat.turns.accepting.repeats import AcceptedTurn, check_request_id
from chat.turns.accepting.request import Choices, Question, TurnRequest, check_content
from chat.turns.running import takeover, waiting

MAX_WAITING = 10
# Who ended the answer asks what comes next; only if nobody did, a sweep has to.
FORGOTTEN_AFTER = timedelta(seconds=15)
MAX_SWEPT = 50

logger = logging.getLogger(__name__)


def add(
    user: User, conversation: Conversation, question: Question, choices: Choices
) -> NextQuestion | None:
    """Have a question wait for the answer before it.

    The same name finds what waits already, and None if it has been asked. Raises InvalidInput,
    NotFound, and Conflict where too many wait.
    """
    content = check_content(question.content)
    check_request_id(question.request_id)
    scope.check(user, choices.collections, choices.documents)
    if question.request_id and has_asked(user, question.request_id):
        return None
    row = NextQuestion(
        conversation=conversation,
        owner=user,
        request_id=question.request_id or uuid4().hex,
        content=content,
        attachments=[str(each) for each in question.attachments],
        choices=_as_json(choices),
    )
    try:
        with transaction.atomic():
            # One after the other, so that the bound holds.
            Conversation.objects.select_for_update().get(id=conversation.id)
            if conversation.next_questions.count() >= MAX_WAITING:
                raise Conflict(
                    f"At most {MAX_WAITING} questions can wait. Remove one first.",
                    code="too_many_waiting",
                )
            row.save(force_insert=True)
            _tell_on_commit(user.pk)
    except IntegrityError:
        kept = NextQuestion.objects.select_related("conversation")
        return kept.get(owner=user, request_id=row.request_id)
    return row


def has_asked(user: User, request_id: str) -> bool:
    """Tell if a request of this name has made a turn."""
    return Turn.objects.filter(owner=user, request_id=request_id).exists()


def list_waiting(conversation: Conversation) -> list[NextQuestion]:
    """Return what waits in a conversation, in the order in which it is asked."""
    return list(conversation.next_questions.all())


def get_next(user: User, question_id: UUID) -> NextQuestion:
    """Return a question that waits. Raises NotFound for another's, and for one asked meanwhile."""
    rows = NextQuestion.objects.select_related("conversation")
    found = rows.filter(owner=user, conversation__deleted=None, id=question_id).first()
    if found is None:
        raise NotFound("This question does not wait any more.")
    return found


def reword(question: NextQuestion, content: str) -> None:
    """Change the words of a question that waits. Raises NotFound if it has just been asked."""
    _change(question, content=check_content(content), refusal="")


def hasten(question: NextQuestion) -> None:
    """Have a question be the next one, and be asked whatever became of the answer before it."""
    _change(question, is_urgent=True, refusal="")


def remove(question: NextQuestion) -> None:
    """Take a question back."""
    with transaction.atomic():
        NextQuestion.objects.filter(id=question.id).delete()
        _tell_on_commit(question.owner_id)


def _change(question: NextQuestion, **fields: object) -> None:
    with transaction.atomic():
        if not NextQuestion.objects.filter(id=question.id).update(**fields):
            raise NotFound("This question does not wait any more.")
        _tell_on_commit(question.owner_id)


def _tell_on_commit(user_id: UUID) -> None:
    """Tell the user's other windows, which show what waits, too."""
    transaction.on_commit(partial(news.tell, user_id))


def find_running(conversation: Conversation) -> Turn | None:
    """Return the turn that the conversation's next question waits for; None if it waits for none.

    An end that is being written is waited for, so that either its writer sees the question or its
    asker sees the end.
    """
    with transaction.atomic():
        rows = Turn.objects.filter(message__conversation=conversation, state__in=UNFINISHED)
        return rows.select_for_update(of=("self",)).first()


def begin_next(conversation_id: UUID, holder: str) -> AcceptedTurn | None:
    """Make a turn of what waits in a conversation; None if nothing does, or not for this.

    What cannot be asked is kept with the reason.
    """
    row = None
    try:
        with transaction.atomic():
            row = _take(conversation_id)
            if row is None:
                return None
            choices = _parse_choices(row)
            scope.check(row.owner, choices.collections, choices.documents)
            endpoints.check(row.owner, choices.model)
            attachments = [UUID(each) for each in row.attachments]
            question = Question(row.content, row.request_id, attachments)
            conversation = access.get_conversation(row.owner, conversation_id)
            request = TurnRequest(row.owner, question, choices, holder)
            return beginning.follow_up(request, conversation)
    except AppError as error:
        if row is not None and error.reason != "turn_running":
            logger.info("next_question_refused", extra={"code": error.reason})
            NextQuestion.objects.filter(id=row.id).update(
                refusal=str(error)[:500] or error.reason, is_urgent=False
            )
            _tell_on_commit(row.owner_id)
        return None


def _take(conversation_id: UUID) -> NextQuestion | None:
    """Lock and delete the row of the question that is to be asked now."""
    # Whoever comes second waits, and finds it gone, rather than take the one behind it.
    rows = NextQuestion.objects.select_related("conversation", "owner")
    rows = rows.select_for_update(of=("self",))
    row = rows.filter(
        conversation=conversation_id, conversation__deleted=None, owner__is_active=True
    ).first()
    if row is None or row.refusal or not (row.is_urgent or _is_free(row.conversation)):
        return None
    NextQuestion.objects.filter(id=row.id).delete()
    return row


def _is_free(conversation: Conversation) -> bool:
    """Tell if the active branch ends in an answer that is done and waits for no word."""
    leaf = find_leaf(conversation)
    turn = Turn.objects.filter(message=leaf).first() if leaf else None
    if turn is None:
        return True
    asks = Call.objects.filter(message=leaf, state=Call.State.WAITING)
    return turn.state == Turn.State.DONE and not asks.exists()


def is_held(conversation: Conversation) -> bool:
    """Tell if what waits is not asked before its user says so."""
    running = Turn.objects.filter(message__conversation=conversation, state__in=UNFINISHED)
    return not _is_free(conversation) and not running.exists()


def find_forgotten() -> list[UUID]:
    """Return the conversations in which a question waits for nothing any more.

    Nobody was told of it: it came while the end before it was written, or a process died.
    """
    newest = Message.objects.filter(conversation=OuterRef("conversation")).order_by("-id")
    leaf = Coalesce(F("conversation__leaf"), Subquery(newest.values("id")[:1]))
    turns = Turn.objects.filter(message=OuterRef("end"))
    is_over = Q(state=Turn.State.DONE) | Q(is_urgent=True)
    rows = (
        NextQuestion.objects.filter(refusal="", conversation__deleted=None)
        .annotate(end=leaf)
        .annotate(
            state=Subquery(turns.values("state")[:1]),
            finished=Subquery(turns.values("finished")[:1]),
        )
        .filter(is_over, finished__lt=Now() - FORGOTTEN_AFTER)
    )
    return list(rows.order_by("conversation").values_list("conversation", flat=True).distinct())[
        :MAX_SWEPT
    ]


def begin_forgotten() -> None:
    """Make turns of questions that wait for nothing any more, and call for somebody to run them."""
    holder = lease.new_holder()
    for conversation_id in find_forgotten():
        if accepted := begin_next(conversation_id, holder):
            takeover.note_handover([accepted.turn.id], holder)
            waiting.call_for([accepted.turn.id])


def _as_json(choices: Choices) -> dict[str, object]:
    def ids(chosen: Sequence[UUID] | None) -> list[str] | None:
        return None if chosen is None else [str(each) for each in chosen]

    return {
        "model": choices.model,
        "temperature": choices.temperature,
        "max_tokens": choices.max_tokens,
        "collections": ids(choices.collections),
        "documents": ids(choices.documents),
        "filter": dict(choices.filter) if choices.filter else None,
        "tools": None if choices.tools is None else list(choices.tools),
        "effort": choices.effort,
    }


def _parse_choices(row: NextQuestion) -> Choices:
    kept = {name: value for name, value in row.choices.items() if name in _as_json(Choices(""))}
    ids = {"collections": row.ids("collections"), "documents": row.ids("documents")}
    return Choices(**(kept | ids))
