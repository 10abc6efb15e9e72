"""The chat part of the HTTP API. Operations fetch, call and answer; rules live elsewhere."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, StreamingHttpResponse
from ninja import Header, Query, Router, Status

from accounts.authentication import ApiAuth
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.errors import AppError, InvalidInput
from aiapp.llm import registry
from chat import access, asking, conversations, runner, sse
from chat.events import Position
from chat.models import Conversation, Turn
from chat.results import Result
from chat.schemas import (
    AcceptedOut,
    AskIn,
    ChatRequest,
    ChatResponse,
    ConversationIn,
    ConversationOut,
    ConversationPage,
    MessageOut,
    ModelOut,
    RegenerateIn,
)
from chat.turns import Accepted, Question

router = Router(auth=ApiAuth("chat"), tags=["chat"])

RequestId = Annotated[str, Header(alias="Idempotency-Key", default="")]
MOST_MESSAGES = 500


class AnswerFailed(AppError):
    """A turn that ended in an error, told to a client that waited for its answer."""

    code = "answer_failed"
    status = 502

    def __init__(self, result: Result) -> None:
        error = result.error or {"code": self.code, "message": "", "retryable": True}
        super().__init__(error["message"], code=error["code"], retryable=error["retryable"])


def _user(request: HttpRequest) -> User:
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja from ApiAuth
    return user


@router.get("/models", response=list[ModelOut])
async def list_models(request: HttpRequest) -> list[dict[str, Any]]:
    """The models that a request may name, the default first."""
    names = await registry.names()
    infos = [registry.info(name) for name in names]
    return [
        {"id": info.name, "default": info.name == names[0], "demo": info.demo}
        | {"context": info.context}
        for info in infos
    ]


@router.post("/chat", response=ChatResponse)
async def chat(request: HttpRequest, body: ChatRequest, key: RequestId) -> dict[str, Any]:
    """Answer in one piece."""
    accepted = await _accept(_user(request), body, key)
    result = await asking.outcome(accepted.turn)
    if result.state == Turn.State.FAILED:
        raise AnswerFailed(result)
    return {
        "content": result.content,
        "usage": result.usage,
        "model": accepted.turn.model,
        "finish_reason": result.finish_reason,
        "citations": result.citations,
        "grounded": result.grounded,
        "conversation_id": body.conversation_id,
        "cached": result.cached,
    }


@router.post("/chat/stream")
async def chat_stream(
    request: HttpRequest, body: ChatRequest, key: RequestId
) -> StreamingHttpResponse:
    """Answer as a stream of events."""
    accepted = await _accept(_user(request), body, key)
    return await _stream(accepted.turn, "")


async def _accept(user: User, body: ChatRequest, key: str) -> Accepted:
    choices = await asking.choices(
        body.model,
        temperature=body.temperature,
        max_tokens=body.max_tokens,
        collections=body.collections,
        documents=body.documents,
        keeps_documents=body.keeps_documents,
        fresh=not body.cache,
    )
    *before, last = body.messages
    if body.conversation_id:
        return await asking.ask(
            user,
            last.text,
            conversation_id=body.conversation_id,
            request_id=key,
            choices=choices,
        )
    history = [(message.role, message.text) for message in before]
    question = Question(last.text, key, history=history, temporary=True)
    return await asking.ask_once(user, question, choices)


@router.get("/conversations", response=ConversationPage)
async def list_conversations(
    request: HttpRequest,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    q: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """The caller's conversations, the last active first."""

    def page() -> list[Conversation]:
        found = access.conversations(_user(request))
        if q:
            text = q.replace("\x00", "")
            found = found.filter(
                Q(title__icontains=text) | Q(messages__content__icontains=text)
            ).distinct()
        if cursor:
            updated, last = _parse_cursor(cursor)
            found = found.filter(Q(updated__lt=updated) | Q(updated=updated, id__lt=last))
        return list(found[: limit + 1])

    items = await in_db(page)
    more = len(items) > limit
    return {"items": items[:limit], "next": _cursor(items[limit - 1]) if more else None}


@router.post("/conversations", response={201: ConversationOut})
async def create_conversation(request: HttpRequest, body: ConversationIn) -> Status[Conversation]:
    return Status(201, await in_db(conversations.create, _user(request), body.title))


@router.get("/conversations/{uuid:conversation_id}", response=ConversationOut)
async def get_conversation(request: HttpRequest, conversation_id: UUID) -> Conversation:
    return await in_db(access.get_conversation, _user(request), conversation_id)


@router.patch("/conversations/{uuid:conversation_id}", response=ConversationOut)
async def rename_conversation(
    request: HttpRequest, conversation_id: UUID, body: ConversationIn
) -> Conversation:
    def rename() -> Conversation:
        conversation = access.get_conversation(_user(request), conversation_id)
        conversations.rename(conversation, body.title)
        return conversation

    return await in_db(rename)


@router.delete("/conversations/{uuid:conversation_id}", response={204: None})
async def delete_conversation(request: HttpRequest, conversation_id: UUID) -> Status[None]:
    def delete() -> None:
        conversations.delete(access.get_conversation(_user(request), conversation_id))

    await in_db(delete)
    return Status(204, None)


@router.get("/conversations/{uuid:conversation_id}/messages", response=list[MessageOut])
async def list_messages(request: HttpRequest, conversation_id: UUID) -> list[dict[str, Any]]:
    """The active branch, the oldest message first."""

    def branch() -> list[dict[str, Any]]:
        conversation = access.get_conversation(_user(request), conversation_id)
        messages = conversations.branch(conversation, limit=MOST_MESSAGES)
        return [MessageOut.from_orm(message).model_dump() for message in messages]

    return await in_db(branch)


@router.post("/conversations/{uuid:conversation_id}/messages", response={202: AcceptedOut})
async def ask(
    request: HttpRequest, conversation_id: UUID, body: AskIn, key: RequestId
) -> Status[dict[str, Any]]:
    """Accept a question; its answer is made meanwhile and read from the turn's events."""
    accepted = await asking.ask(
        _user(request),
        body.content,
        conversation_id=conversation_id,
        request_id=key,
        choices=await asking.choices(
            body.model,
            collections=body.collections,
            documents=body.documents,
            keeps_documents=body.keeps_documents,
            fresh=not body.cache,
        ),
    )
    return Status(202, await in_db(_accepted, accepted))


@router.post("/messages/{uuid:message_id}/regenerate", response={202: AcceptedOut})
async def regenerate(
    request: HttpRequest, message_id: UUID, body: RegenerateIn, key: RequestId
) -> Status[dict[str, Any]]:
    """Make another answer to the same question."""
    accepted = await asking.ask_again(_user(request), message_id, request_id=key, model=body.model)
    return Status(202, await in_db(_accepted, accepted))


@router.get("/turns/{uuid:turn_id}/events")
async def turn_events(
    request: HttpRequest,
    turn_id: UUID,
    after: str = "",
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", default="")] = "",
) -> StreamingHttpResponse:
    """A turn's events, from the beginning or after the one named last."""
    turn = await in_db(access.get_turn, _user(request), turn_id)
    return await _stream(turn, last_event_id or after)


@router.post("/turns/{uuid:turn_id}/stop", response={202: None})
async def stop_turn(request: HttpRequest, turn_id: UUID) -> Status[None]:
    await runner.stop(await in_db(access.get_turn, _user(request), turn_id))
    return Status(202, None)


async def _stream(turn: Turn, after: str) -> StreamingHttpResponse:
    position = Position.parse(after)
    await release_request_connection()
    return StreamingHttpResponse(sse.events(turn, position), headers=sse.HEADERS)


def _accepted(accepted: Accepted) -> dict[str, Any]:
    return {
        "conversation_id": accepted.conversation.id,
        "user_message": MessageOut.from_orm(accepted.user_message).model_dump(),
        "assistant_message": MessageOut.from_orm(accepted.assistant_message).model_dump(),
        "turn": accepted.turn,
    }


def _cursor(conversation: Conversation) -> str:
    text = f"{conversation.updated.isoformat()}|{conversation.id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        updated, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(updated), UUID(last)
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("This is not a cursor of ours.", code="invalid_cursor") from error
