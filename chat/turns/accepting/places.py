"""The places of a question in the chats: what it follows, or what it stands beside."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """A message of a conversation that a program brings along."""

    role: str
    text: str
    attachments: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class NewConversation:
    """The beginning of a conversation that the question makes."""

    # Where it is filed.
    folder: UUID | None = None
    # Whether it is left out of the list of chats, and deleted after a while.
    temporary: bool = False
    # Earlier messages that a program brings along.
    history: Sequence[HistoryMessage] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a conversation's active branch."""

    conversation: UUID


@dataclass(frozen=True, slots=True)
class After:
    """A place anywhere in a conversation: after an answer, or at its start if that is None."""

    message: UUID | None
    conversation: UUID


@dataclass(frozen=True, slots=True)
class Instead:
    """The place beside a question that was asked; both stay, as siblings."""

    of: UUID


@dataclass(frozen=True, slots=True)
class AnotherAnswer:
    """The place beside an answer that there is, to the same question."""

    to: UUID


Follows = NewConversation | Leaf | After | Instead | AnotherAnswer
