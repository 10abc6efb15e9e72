"""A chat that begins as another one was up to one of its answers."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput
from aiapp.ids import uuid7
from chat.conversations import access, conversations, tree
from chat.models import Attachment, Call, Citation, Conversation, Message, Thoughts, Turn

M = TypeVar("M", bound=Model)

# More than any branch has that people read.
MAX_MESSAGES = 10_000
MAX_ROWS_AT_ONCE = 500
# What came of a call that waits, or whose effect is not known, is the first chat's matter.
SETTLED = (Call.State.DONE, Call.State.FAILED, Call.State.DENIED)


def fork(user: User, answer_id: UUID) -> Conversation:
    """Copy the branch that ends in an answer into a chat of its own, with all that belongs to it.

    What stands beside the branch or after it is not copied. Raises NotFound; InvalidInput for what
    is no answer, and Conflict for one that is being made.
    """
    answer = access.get_message(user, answer_id)
    if answer.role != Message.Role.ASSISTANT:
        raise InvalidInput("A chat is branched from an answer.", code="not_an_answer")
    if (turn := getattr(answer, "turn", None)) is not None and not turn.is_final:
        raise Conflict("This chat is still answering.", code="turn_running")
    origin = answer.conversation
    branch = conversations.texts(answer.id, limit=MAX_MESSAGES)
    with transaction.atomic():
        title = gettext("Branch of {title}").format(title=origin.title) if origin.title else ""
        forked = conversations.create(user, title, temporary=origin.temporary, folder=origin.folder)
        ids = {message.id: uuid7() for message in branch}
        copies = [
            _copy(
                message,
                id=ids[message.id],
                conversation_id=forked.id,
                parent_id=message.parent_id and ids.get(message.parent_id),
            )
            for message in branch
        ]
        Message.objects.bulk_create(copies, batch_size=MAX_ROWS_AT_ONCE)
        _copy_around(ids)
        tree.set_leaf(Message(id=ids[answer.id], conversation=forked))
    conversations.tell(forked)
    return forked


def _copy_around(ids: Mapping[UUID, UUID]) -> None:
    """Copy what belongs to messages, given the new messages by the old ones."""
    turns = {each.id: each for each in Turn.objects.filter(message__in=ids)}
    new = {turn_id: uuid7() for turn_id in turns}
    _insert(
        Turn,
        (
            _copy(
                each,
                id=new[each.id],
                message_id=ids[each.message_id],
                request_id=uuid4().hex,
                continues=None,
            )
            for each in turns.values()
        ),
    )
    thoughts = Thoughts.objects.filter(turn__in=turns)
    _insert(Thoughts, (_copy(each, turn_id=new[each.pk]) for each in thoughts))
    cited = Citation.objects.filter(message__in=ids)
    _insert(Citation, (_copy(each, id=None, message_id=ids[each.message_id]) for each in cited))
    _insert(
        Call,
        (
            _copy(
                each,
                id=uuid7(),
                message_id=ids[each.message_id],
                state=each.state if each.state in SETTLED else Call.State.DENIED,
            )
            for each in Call.objects.filter(message__in=ids)
        ),
    )
    link = Attachment.messages.through
    shown = link.objects.filter(message__in=ids)
    _insert(link, (_copy(each, id=None, message_id=ids[each.message_id]) for each in shown))


def _copy(row: M, **changes: Any) -> M:
    """Return a row like another one, unsaved."""
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**(kept | changes))


def _insert(model: type[M], rows: Iterable[M]) -> None:
    model._default_manager.bulk_create(list(rows), batch_size=MAX_ROWS_AT_ONCE)
