"""Bodies that several parts of the chat API share; the others stand with their operations."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints

from chat.turns.results import describe_citation

ToolName = Annotated[str, StringConstraints(max_length=100)]
ModelName = Annotated[str, StringConstraints(max_length=200)]


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
    # How long the model thought, in seconds; null if it told nothing of it.
    thought_seconds: float | None
    # Questions to go on with; they come a moment after the answer.
    follow_ups: list[str]

    @staticmethod
    def resolve_follow_ups(turn: Any) -> list[str]:
        return getattr(turn, "follow_ups", None) or []


class ThoughtsOut(Schema):
    text: str
    seconds: float | None


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
