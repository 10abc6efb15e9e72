"""Conversations, listed by pages."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotFound
from chat.conversations import access, conversations, folders, search
from chat.conversations.listing import read_place
from chat.models import Conversation
from chat.turns import deletion

router = Router(auth=ApiAuth("chat"), tags=["conversations"])


class ConversationIn(Strict):
    title: str = Field("", max_length=200)
    folder: UUID | None = None


class ConversationPatch(Strict):
    title: str | None = Field(None, max_length=200)
    leaf: UUID | None = None
    pinned: bool | None = None
    archived: bool | None = None
    # null takes it out of its folder.
    folder: UUID | None = None


class ConversationOut(Schema):
    id: UUID
    title: str
    # The end of the active branch; null means the message made last.
    leaf: UUID | None
    pinned: bool
    archived: bool
    folder: UUID | None = Field(None, alias="folder_id")
    created: datetime
    updated: datetime


class MatchOut(Schema):
    """The place where a search has found its words."""

    message_id: UUID
    snippet: str


class FoundConversationOut(ConversationOut):
    # Null without a search, and where only the title holds the words.
    match: MatchOut | None = None


class ConversationPage(Schema):
    items: list[FoundConversationOut]
    next: str | None


@router.get("/conversations", response=ConversationPage)
async def list_conversations(
    request: HttpRequest,
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    q: Annotated[str, Query(max_length=search.QUERY_CHARS)] = "",
    archived: bool | None = None,
) -> dict[str, Any]:
    """The caller's conversations, the last active first; with `q`, those that hold its words.

    Without `archived` those that are not archived, and of those that are found, all.
    """
    text = q.replace("\x00", "").strip()[: search.QUERY_CHARS]

    def page() -> list[search.Hit]:
        user = caller(request)
        rows = search.filter_matching(user, text) if text else access.conversations(user)
        if archived is not None or not text:
            rows = rows.filter(archived=bool(archived))
        if cursor:
            updated, last = _parse_cursor(cursor)
            rows = rows.filter(Q(updated__lt=updated) | Q(updated=updated, id__lt=last))
        return search.attach_messages(user, text, rows[: limit + 1])

    items = await in_db(page)
    more = len(items) > limit
    return {
        "items": [_item(found) for found in items[:limit]],
        "next": _cursor(items[limit - 1].chat) if more else None,
    }


@router.post("/conversations", response={201: ConversationOut})
@Note(request={"title": "Vacation"}, errors=(404,))
async def create_conversation(request: HttpRequest, body: ConversationIn) -> Status[Conversation]:
    """Begin a conversation. Without a title it takes that of its first question."""

    def create() -> Conversation:
        user = caller(request)
        folder = access.get_folder(user, body.folder) if body.folder else None
        return conversations.create(user, body.title, folder=folder)

    return Status(201, await in_db(create))


@router.get("/conversations/{uuid:conversation_id}", response=ConversationOut)
async def get_conversation(request: HttpRequest, conversation_id: UUID) -> Conversation:
    """A conversation, without its messages."""
    return await in_db(access.get_conversation, caller(request), conversation_id)


@router.patch("/conversations/{uuid:conversation_id}", response=ConversationOut)
@Note(request={"title": "Vacation in 2027"})
async def change_conversation(
    request: HttpRequest, conversation_id: UUID, body: ConversationPatch
) -> Conversation:
    """Rename, pin, archive or file it, or show another of its branches: that through `leaf`.

    What is left out stays as it is.
    """

    def change() -> Conversation:
        user = caller(request)
        conversation = access.get_conversation(user, conversation_id)
        if body.leaf is not None:
            message = access.get_message(user, body.leaf)
            if message.conversation_id != conversation.id:
                raise NotFound("There is no such message.")
            conversations.show(message)
            conversation = message.conversation
        if body.title is not None:
            conversations.rename(conversation, body.title)
        if body.pinned is not None or body.archived is not None:
            conversations.arrange(conversation, pinned=body.pinned, archived=body.archived)
        if "folder" in body.model_fields_set:
            folders.move(
                conversation, access.get_folder(user, body.folder) if body.folder else None
            )
        return conversation

    return await in_db(change)


@router.delete("/conversations/{uuid:conversation_id}", response={204: None})
async def delete_conversation(request: HttpRequest, conversation_id: UUID) -> Status[None]:
    """Delete a conversation with all its messages."""
    await deletion.delete(caller(request), conversation_id)
    return Status(204, None)


def _item(hit: search.Hit) -> dict[str, Any]:
    match = hit.message and {"message_id": hit.message.id, "snippet": "".join(hit.snippet)}
    return ConversationOut.from_orm(hit.chat).model_dump() | {"match": match}


def _cursor(conversation: Conversation) -> str:
    text = f"{conversation.updated.isoformat()}|{conversation.id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _parse_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        updated, _, last = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
    except (ValueError, binascii.Error) as error:
        raise InvalidInput("This is not a valid cursor.", code="invalid_cursor") from error
    return read_place(updated, last)
