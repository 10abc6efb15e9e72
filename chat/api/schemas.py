"""The bodies of the chat API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints, model_validator

from aiapp.api.schemas import Strict
from chat.attachments.sending import MAX_IMAGES
from chat.conversations.scope import MAX_SCOPED
from chat.turns.results import describe_citation

MAX_MESSAGES = 500
ToolName = Annotated[str, StringConstraints(max_length=100)]
ModelName = Annotated[str, StringConstraints(max_length=200)]


class TextPart(Strict):
    type: Literal["text"]
    text: str


class PictureUrl(Strict):
    # A data URL; addresses are refused.
    url: str
    detail: Literal["auto", "low", "high"] = "auto"


class PicturePart(Strict):
    type: Literal["image_url"]
    image_url: PictureUrl


class ChatMessageIn(Strict):
    role: Literal["user", "assistant", "system"]
    content: str | list[TextPart | PicturePart]

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part.text for part in self.content if isinstance(part, TextPart))

    @property
    def pictures(self) -> list[str]:
        """Their data URLs."""
        if isinstance(self.content, str):
            return []
        return [part.image_url.url for part in self.content if isinstance(part, PicturePart)]


class ChatRequest(Strict):
    messages: list[ChatMessageIn] = Field(min_length=1, max_length=1000)
    model: ModelName = ""
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1, le=1_000_000)
    conversation_id: UUID | None = None
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    # The names of the tools that the model may call; left out, all that only read. [] means none.
    tools: list[ToolName] | None = Field(None, max_length=50)
    # False has the answer made anew; it is then the one that is kept.
    cache: bool = True

    @property
    def keeps_documents(self) -> bool:
        """As in a conversation's own messages."""
        return "documents" not in self.model_fields_set

    @model_validator(mode="after")
    def last_is_from_the_user(self) -> "ChatRequest":
        if self.messages[-1].role != "user":
            raise ValueError("the last message must be from the user")
        return self


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
    tools: list[ToolName] | None = Field(None, max_length=50)
    cache: bool = True

    @property
    def keeps_documents(self) -> bool:
        return "documents" not in self.model_fields_set


class EditIn(Strict):
    content: str
    model: ModelName = ""
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)
    documents: list[UUID] | None = Field(None, max_length=MAX_SCOPED)

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


class FolderIn(Strict):
    name: str = Field(max_length=80)
    # Heeded in every answer of its conversations.
    instructions: str = Field("", max_length=4000)


class FolderPatch(Strict):
    name: str | None = Field(None, max_length=80)
    instructions: str | None = Field(None, max_length=4000)


class FolderOut(Schema):
    id: UUID
    name: str
    instructions: str
    created: datetime


class LinkIn(Strict):
    conversation_id: UUID
    audience: Literal["members", "anyone"] = "members"
    # Whether the passages that the answers cite are shown, with their documents' names.
    with_sources: bool = False
    # For how many days it opens; null is until it is revoked.
    days: int | None = Field(None, ge=1, le=365)


class LinkOut(Schema):
    id: UUID
    conversation_id: UUID
    title: str
    audience: str
    with_sources: bool
    # Empty when the site's key has changed since the link was made.
    url: str
    created: datetime
    expires: datetime | None


class LeftOut(Schema):
    title: str
    reason: str


class ImportOut(Schema):
    """An import of chats: `queued`, `running`, `done` or `failed`."""

    id: UUID
    filename: str
    state: str
    imported: int
    # Were here already.
    known: int
    skipped: int
    # Why the first of those that were skipped were.
    reasons: list[LeftOut]
    error: str
    created: datetime
    finished: datetime | None


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


class TurnOut(Schema):
    id: UUID
    state: str
    model: str
    # The model that answered in its place, if one did.
    stand_in: str
    finish_reason: str
    grounded: bool | None
    cached: bool
    error_code: str
    error_message: str
    error_retryable: bool


class DecisionIn(Strict):
    """The user's word on a call: `token` is the one of its `confirm` event."""

    confirm: bool
    token: str = Field(max_length=1000)


class DecisionOut(Schema):
    # The answer that goes on; null while other calls of the answer wait.
    assistant_message_id: UUID | None
    turn: TurnOut | None


class ToolOut(Schema):
    name: str
    title: str
    description: str
    kind: str


class FeedbackOut(Schema):
    rating: str
    reason: str


class AttachmentOut(Schema):
    """A picture as we have written it anew; `GET /api/attachments/{id}` gives its bytes."""

    id: UUID
    filename: str
    media_type: str
    width: int
    height: int
    # The words in it; null until they were asked for.
    text: str | None


class MessageOut(Schema):
    id: UUID
    parent_id: UUID | None
    role: str
    content: str
    # Whose words they are: `own` (written here), `shared` (copied from a shared chat), `imported`,
    # or `program` (history that a request brought along).
    origin: str
    created: datetime
    turn: TurnOut | None = None
    citations: list[dict[str, Any]] = Field(default_factory=list)
    # The messages beside it, made by editing or answering again, and itself, the oldest first.
    siblings: list[UUID] = Field(default_factory=list)
    feedback: FeedbackOut | None = None
    attachments: list[AttachmentOut] = Field(default_factory=list)

    # An operation reads a message beside the database and answers with what was read: a dictionary.
    @staticmethod
    def resolve_turn(message: Any) -> Any:
        return message["turn"] if isinstance(message, dict) else getattr(message, "turn", None)

    @staticmethod
    def resolve_feedback(message: Any) -> Any:
        return (
            message["feedback"] if isinstance(message, dict) else getattr(message, "feedback", None)
        )

    @staticmethod
    def resolve_attachments(message: Any) -> list[Any]:
        if isinstance(message, dict):
            found: list[Any] = message["attachments"]
            return found
        return list(message.attachments.all())

    @staticmethod
    def resolve_citations(message: Any) -> list[dict[str, Any]]:
        if isinstance(message, dict):
            found: list[dict[str, Any]] = message["citations"]
            return found
        return [describe_citation(citation) for citation in message.citations.all()]


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


class ChatResponse(Schema):
    content: str
    usage: dict[str, int]
    model: str
    finish_reason: str
    citations: list[dict[str, Any]]
    grounded: bool | None
    conversation_id: UUID | None
    cached: bool


class ModelOut(Schema):
    id: str
    default: bool
    demo: bool
    context: int
    vision: bool
    tools: bool
    audio: bool
    price: dict[str, float] | None = None
