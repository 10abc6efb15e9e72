"""The place of a question in a conversation's tree of messages, and what is shown afterwards."""

from uuid import UUID

from django.db.models.functions import Now

from aiapp.errors import Conflict, NotFound
from chat.conversations import conversations
from chat.models import Conversation, Message, Turn

UNFINISHED = (Turn.State.QUEUED, Turn.State.RUNNING)


def claim(conversation: Conversation) -> UUID | None:
    """The end of the branch that is active now, in a transaction that nobody else's goes with.

    One turn at a time: the row's lock orders two tabs, and the second is told to wait.
    """
    rows = Conversation.objects.select_for_update().filter(id=conversation.id, deleted=None)
    row = rows.values_list("leaf").first()
    if row is None:
        raise NotFound("There is no such conversation.")
    if Turn.objects.filter(message__conversation=conversation, state__in=UNFINISHED).exists():
        raise Conflict("This chat is still answering.", code="turn_running")
    leaf: UUID | None = row[0]
    return leaf


def after(
    conversation: Conversation, leaf: UUID | None
) -> tuple[Message | None, list[UUID] | None]:
    """The message to follow at a leaf, or else at the end, and the documents it was limited to."""
    found, documents = conversations.end_and_documents(conversation, leaf)
    return Message(id=found) if found else None, documents


def set_leaf(answer: Message) -> None:
    """Show the branch that ends in a new answer."""
    conversation = answer.conversation
    conversation.leaf = answer.id
    rows = Conversation.objects.filter(id=conversation.id)
    rows.update(leaf=answer.id, updated=Now())
