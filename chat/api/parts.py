"""What the chat operations share."""

from typing import Annotated, Any

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header

from accounts.models import User
from aiapp.db import release_request_connection
from chat import conversations, sse
from chat.events import Position
from chat.models import Turn
from chat.schemas import MessageOut
from chat.turns import Accepted

RequestId = Annotated[str, Header(alias="Idempotency-Key", default="")]


def caller(request: HttpRequest) -> User:
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja from ApiAuth
    return user


async def stream(turn: Turn, after: str) -> StreamingHttpResponse:
    position = Position.parse(after)
    await release_request_connection()
    return StreamingHttpResponse(sse.events(turn, position), headers=sse.HEADERS)


def accepted_out(accepted: Accepted) -> dict[str, Any]:
    conversations.mark_siblings([accepted.user_message, accepted.assistant_message])
    return {
        "conversation_id": accepted.conversation.id,
        "user_message": message_out(accepted.user_message),
        "assistant_message": message_out(accepted.assistant_message),
        "turn": accepted.turn,
    }


def message_out(message: Any) -> dict[str, Any]:
    return MessageOut.from_orm(message).model_dump()
