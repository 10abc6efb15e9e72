"""Notes on what a conversation's window leaves out: found for an answer, and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from aiapp.llm.base import ChatMessage
from chat.models import Message, Origin, Summary

# A program's history is not among these: it is what its sender wants answered, as it was sent.
COPIED = (Origin.SHARED, Origin.IMPORTED)


@dataclass(frozen=True, slots=True)
class Notes:
    """The summary of the first `covered` messages of a branch that was read."""

    id: UUID
    text: str
    covered: int


class BranchMessage(Protocol):
    """A message of a branch, or what is at hand of it."""

    @property
    def id(self) -> UUID: ...
    @property
    def role(self) -> str: ...
    @property
    def content(self) -> str: ...
    @property
    def origin(self) -> str: ...


def newest(branch: Sequence[BranchMessage]) -> Notes | None:
    """The notes that reach farthest along a branch; None if there are none, or none so late."""
    places = {message.id: place for place, message in enumerate(branch, 1)}
    rows = Summary.objects.filter(upto__in=places).values_list("id", "text", "upto")
    return max(
        (Notes(id, text, places[upto]) for id, text, upto in rows),
        key=lambda notes: notes.covered,
        default=None,
    )


def keep(upto: Message, text: str) -> None:
    """Keep notes, unless the chat was deleted meanwhile or somebody was quicker."""
    if Message.objects.filter(id=upto.id).exists():
        Summary.objects.get_or_create(
            upto=upto, defaults={"conversation_id": upto.conversation_id, "text": text}
        )


def as_chat(message: BranchMessage) -> ChatMessage:
    """Return a message as prompts take it.

    What was copied from another chat is marked, and gives no orders there: its system messages
    become messages of that chat's user.
    """
    roles = Message.Role
    is_copied = message.origin in COPIED
    chat_message: ChatMessage
    match message.role:
        case roles.SYSTEM if not is_copied:
            chat_message = {"role": "system", "content": message.content}
        case roles.SYSTEM | roles.USER:
            chat_message = {"role": "user", "content": message.content}
        case _:
            chat_message = {"role": "assistant", "content": message.content}
    if is_copied:
        chat_message["foreign"] = True
    return chat_message
