"""The parts that the chat operations share."""

from typing import Annotated, Any

from django.http import StreamingHttpResponse
from ninja import Header

from aiapp.db import release_request_connection
from aiapp.http.sse import HEADERS
from chat.api.schemas import MessageOut
from chat.conversations import conversations
from chat.log.events import Position
from chat.models import Message, Turn
from chat.reading import sse
from chat.turns.accepting.repeats import AcceptedTurn

RequestId = Annotated[str, Header(alias="Idempotency-Key", default="")]


async def stream(turn: Turn, after: str) -> StreamingHttpResponse:
    position = Position.parse(after)
    await release_request_connection()
    return StreamingHttpResponse(sse.events(turn, position), headers=HEADERS)


def describe_accepted(accepted: AcceptedTurn) -> dict[str, Any]:
    """Describe what was accepted: now from what was stored, before from the database.

    A question that is accepted must not be answered with an error because the database is away
    for the reply: its client would ask it again.
    """
    if not accepted.is_new:
        conversations.mark_siblings([accepted.user_message, accepted.assistant_message])
    return {
        "conversation_id": accepted.conversation.id,
        "user_message": _describe_message(accepted, accepted.user_message),
        "assistant_message": _describe_message(accepted, accepted.assistant_message),
        "turn": accepted.turn,
    }


def _describe_message(accepted: AcceptedTurn, message: Message) -> dict[str, Any]:
    if not accepted.is_new:
        return message_out(message)
    is_answer = message is accepted.assistant_message
    around = {
        "turn": accepted.turn if is_answer else None,
        "feedback": None,
        "citations": [],
        "siblings": message.siblings or [message.id],
        "attachments": _attachments(message),
    }
    own = set(MessageOut.model_fields) - set(around)
    return message_out(around | {name: getattr(message, name) for name in own})


def _attachments(message: Message) -> list[Any]:
    """Return the pictures that were read as the message was stored (`turns.accepting`)."""
    known = "attachments" in getattr(message, "_prefetched_objects_cache", {})
    return list(message.attachments.all()) if known else []


def message_out(message: Any) -> dict[str, Any]:
    return MessageOut.from_orm(message).model_dump()
