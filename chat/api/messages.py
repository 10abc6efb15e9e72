"""Messages: read along a branch or as a tree, asked, edited, answered again, rated."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.errors import NotFound
from chat import asking
from chat.api.conversations import ConversationOut
from chat.api.parts import RequestId, describe_accepted, message_out
from chat.api.schemas import MessageOut, ModelName, ToolName, TurnOut
from chat.attachments.sending import MAX_IMAGES
from chat.conversations import access, conversations, feedback, forking
from chat.conversations.scope import MAX_SCOPED
from chat.models import Conversation
from chat.pages.answers.speech import sound
from chat.turns.accepting.places import After, AnotherAnswer, Follows, Instead, Leaf
from chat.turns.accepting.request import AsBefore, Question
from documents.api.examples import COLLECTION_ID
from documents.metadata.schema import FilterIn

router = Router(auth=ApiAuth("chat"), tags=["messages"])

MAX_MESSAGES = 500


class AskIn(Strict):
    content: str
    # Pictures that it is about, see `POST /api/attachments`.
    attachments: list[UUID] = Field([], max_length=MAX_IMAGES)
    model: ModelName = ""
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    # The answer to follow, null for none; left out, the end of the active branch.
    parent_id: UUID | None = None
    # Left out, a follow-up stays with the documents of the question before it; null leaves them.
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    # Which documents by their metadata, as in `POST /api/documents/search`; for this question.
    filter: FilterIn | None = None
    tools: list[ToolName] | None = Field(None, max_length=50)
    # How long the model is to think, where it can be told; left out, the model decides.
    effort: Literal["low", "medium", "high"] | None = None
    cache: bool = True

    @property
    def keeps_documents(self) -> bool:
        return "documents" not in self.model_fields_set


class EditIn(Strict):
    content: str
    model: ModelName = ""
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    filter: FilterIn | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """The fields that are to differ from the question that is edited."""
        named = self.model_fields_set - {"content"}
        return {name: value for name in named if (value := getattr(self, name)) or name != "model"}


class RegenerateIn(Strict):
    model: ModelName = ""


class FeedbackIn(Strict):
    rating: Literal["up", "down"]
    reason: str = Field("", max_length=1000)


class MessagesShown(Schema):
    """The part of a conversation that a query asks for."""

    tree: bool = False
    leaf: UUID | None = None
    after: UUID | None = None
    limit: int = Field(MAX_MESSAGES, ge=1, le=MAX_MESSAGES)


class AcceptedOut(Schema):
    conversation_id: UUID
    user_message: MessageOut
    assistant_message: MessageOut
    turn: TurnOut


@router.get("/conversations/{uuid:conversation_id}/messages", response=list[MessageOut])
async def list_messages(
    request: HttpRequest, response: HttpResponse, conversation_id: UUID, shown: Query[MessagesShown]
) -> list[dict[str, Any]]:
    """The last messages of the active branch, or of the branch up to `leaf`, the oldest first.

    With `tree=true` the messages of all branches, in the order in which they were made, after the
    message `after`. The header `Link` names the next page (`rel="next"`): of a branch, the
    messages before these; of the tree, those that come later.
    """

    def read() -> list[dict[str, Any]]:
        user = caller(request)
        conversation = access.get_conversation(user, conversation_id)
        leaf, limit = shown.leaf, shown.limit
        if leaf and access.get_message(user, leaf).conversation_id != conversation.id:
            raise NotFound("There is no such message.")
        if shown.tree:
            found = conversations.tree(conversation, after=shown.after, limit=limit)
            if len(found) == limit:
                _link(request, response, tree="true", after=found[-1].id, limit=limit)
        else:
            found = conversations.branch(conversation, leaf=leaf, limit=limit)
            if found and found[0].parent_id:
                _link(request, response, leaf=found[0].parent_id, limit=limit)
        return [message_out(message) for message in found]

    return await in_db(read)


@router.post("/conversations/{uuid:conversation_id}/messages", response={202: AcceptedOut})
@Note(
    request={"content": "And for part-time staff?", "collections": [COLLECTION_ID]},
    errors=(404, 409),
)
async def ask(
    request: HttpRequest, conversation_id: UUID, body: AskIn, key: RequestId
) -> Status[dict[str, Any]]:
    """Accept a question; its answer is made meanwhile and read from the turn's events.

    It follows the active branch, or the answer `parent_id`; with `"parent_id": null` it begins a
    branch of its own.
    """
    user = caller(request)
    choices = await asking.choices(
        body.model,
        collections=body.collections,
        documents=body.documents,
        filter=body.filter,
        keeps_documents=body.keeps_documents,
        fresh=not body.cache,
        tools=body.tools,
        effort=body.effort or "",
    )
    follows: Follows = Leaf(conversation_id)
    if "parent_id" in body.model_fields_set:
        follows = After(body.parent_id, conversation_id)
    question = Question(body.content, key, attachments=body.attachments)
    accepted = await asking.ask(user, question, choices, follows=follows)
    return Status(202, await in_db(describe_accepted, accepted))


@router.patch("/messages/{uuid:message_id}", response={202: AcceptedOut})
@Note(request={"content": "How many days of vacation do trainees have?"}, errors=(404, 409))
async def edit(
    request: HttpRequest, message_id: UUID, body: EditIn, key: RequestId
) -> Status[dict[str, Any]]:
    """Ask a question anew in other words. The new question and its answer are a branch beside the
    old ones, which stay, and it becomes the active branch.

    Model, collections and documents are those of the first answer, unless others are given.
    """
    question, choices = Question(body.content, key), AsBefore(body.changes)
    accepted = await asking.ask(caller(request), question, choices, follows=Instead(message_id))
    return Status(202, await in_db(describe_accepted, accepted))


@router.post("/messages/{uuid:message_id}/regenerate", response={202: AcceptedOut})
@Note(request={"model": ""}, errors=(404, 409))
async def regenerate(
    request: HttpRequest, message_id: UUID, body: RegenerateIn, key: RequestId
) -> Status[dict[str, Any]]:
    """Make another answer to the same question; it becomes the active branch."""
    choices = AsBefore({"model": body.model})
    accepted = await asking.ask(
        caller(request), Question("", key), choices, follows=AnotherAnswer(message_id)
    )
    return Status(202, await in_db(describe_accepted, accepted))


@router.post("/messages/{uuid:message_id}/fork", response={201: ConversationOut})
@Note(errors=(404, 409))
async def fork(request: HttpRequest, message_id: UUID) -> Status[Conversation]:
    """Copy the branch up to an answer into a new conversation, with its sources and pictures."""
    return Status(201, await in_db(forking.fork, caller(request), message_id))


@router.post("/messages/{uuid:message_id}/feedback", response={204: None})
@Note(request={"rating": "down", "reason": "It cites the wrong page."})
async def rate(request: HttpRequest, message_id: UUID, body: FeedbackIn) -> Status[None]:
    """Say what you think of an answer. What was said of it before is replaced."""

    def write() -> None:
        message = access.get_message(caller(request), message_id)
        feedback.rate(message, body.rating, body.reason)

    await in_db(write)
    return Status(204, None)


def _link(request: HttpRequest, response: HttpResponse, **query: Any) -> None:
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    response["Link"] = f'<{request.path}?{parameters}>; rel="next"'


@router.get("/messages/{uuid:message_id}/speech")
@Note(content={"audio/mpeg": {"schema": {"type": "string", "format": "binary"}}}, errors=(502,))
async def get_speech(request: HttpRequest, message_id: UUID) -> StreamingHttpResponse:
    """An answer read aloud, as MP3; 404 where no model of a service is configured for it."""
    return await sound(await in_db(access.get_message, caller(request), message_id))
