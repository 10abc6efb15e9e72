"""The only door to conversations, messages and turns. What is not yours does not exist."""

from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from aiapp.errors import NotFound
from chat.models import Conversation, Message, Turn


def conversations(user: User) -> QuerySet[Conversation]:
    """The user's listed conversations, the last active first."""
    return Conversation.objects.filter(owner=user, temporary=False)


def get_conversation(user: User, conversation_id: UUID) -> Conversation:
    conversation = Conversation.objects.filter(owner=user, id=conversation_id).first()
    if conversation is None:
        raise NotFound("There is no such conversation.")
    return conversation


def get_message(user: User, message_id: UUID) -> Message:
    message = (
        Message.objects.filter(conversation__owner=user, id=message_id)
        .select_related("conversation", "turn", "feedback")
        .first()
    )
    if message is None:
        raise NotFound("There is no such message.")
    return message


def get_turn(user: User, turn_id: UUID) -> Turn:
    turn = (
        Turn.objects.filter(owner=user, message__conversation__owner=user, id=turn_id)
        .select_related("message")
        .first()
    )
    if turn is None:
        raise NotFound("There is no such turn.")
    return turn
