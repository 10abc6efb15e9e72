"""A request for an answer: who asks what, with which choices, and which process is to run it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings

from accounts.models import User
from aiapp.errors import InvalidInput
from chat.guardrails import policy
from chat.models import Turn

REQUEST_ID_CHARS = 100


@dataclass(frozen=True, slots=True)
class Question:
    """A text, under which name for the request; only the name counts for another answer."""

    content: str
    # The same name of the same user finds what was accepted first; "" names nothing.
    request_id: str = ""
    # The pictures that it is about, by their attachments' ids.
    attachments: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of a person or program for an answer. The model's name has been resolved."""

    model: str
    temperature: float = 0.7
    max_tokens: int | None = None
    # None searches all that the user may read, [] nothing.
    collections: Sequence[UUID] | None = None
    # A request in OpenAI's form, to be passed on; see `Turn.request`.
    request: dict[str, Any] | None = None
    # Which documents of those collections; None means all of them.
    documents: Sequence[UUID] | None = None
    # Which of those by their metadata; None means all of them.
    filter: Mapping[str, Any] | None = None
    # Whether to stay with the documents that the conversation's last question was limited to.
    keeps_documents: bool = False
    # Whether a kept answer will not do.
    fresh: bool = False
    # The names of the tools that the model may call; None means those that only read.
    tools: Sequence[str] | None = None
    # How long the model is to think, as `chat.models.Effort` has it; empty leaves it to the model.
    effort: str = ""
    # The message whose decided calls the answer goes on from.
    continues: UUID | None = None


@dataclass(frozen=True, slots=True)
class AsBefore:
    """The choices made for the answer that there is, but for those that are `changed`."""

    # By their names in `Choices`. An empty model changes nothing.
    changed: Mapping[str, Any] = field(default_factory=dict)
    # The model where there is no answer yet; `chat.asking` resolves both names.
    default: str = ""

    @property
    def collections(self) -> Sequence[UUID] | None:
        return self.changed.get("collections")

    @property
    def documents(self) -> Sequence[UUID] | None:
        return self.changed.get("documents")


@dataclass(frozen=True, slots=True)
class TurnRequest:
    user: User
    question: Question
    choices: Choices
    # The name of the process that is to run the turn at once.
    holder: str


def choices_of(turn: Turn) -> Choices:
    """Return the choices made for an answer that there is."""
    return Choices(
        model=turn.model,
        temperature=turn.temperature,
        max_tokens=turn.max_tokens,
        collections=turn.collections,
        documents=turn.documents,
        filter=turn.filter,
        tools=turn.tools,
        effort=turn.effort,
    )


def settle(choices: Choices | AsBefore, before: Turn | None) -> Choices:
    """Return the choices for an answer beside the one of the turn `before`, if there is one."""
    if isinstance(choices, Choices):
        return choices
    kept = choices_of(before) if before else Choices(choices.default)
    return replace(kept, **choices.changed)


def clean_content(content: str) -> str:
    """Return a text as it would be stored."""
    return content.replace("\x00", "").strip()


def check_content(content: str) -> str:
    """The text as it will be stored. Raises InvalidInput if there is none or too much of it."""
    content = clean_content(content)
    if not content:
        raise InvalidInput("Write a question first.", code="empty_message")
    if len(content) > settings.MESSAGE_MAX_CHARS:
        raise InvalidInput(
            f"The message has {len(content):,} characters; at most "
            f"{settings.MESSAGE_MAX_CHARS:,} are allowed.",
            code="message_too_long",
            limit=settings.MESSAGE_MAX_CHARS,
        )
    policy.check(content)
    return content
