"""What a turn answers, read at once: the question, its owner, what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from accounts.models import User
from aiapp.llm.base import ChatMessage
from chat import conversations, folders
from chat.instructions import instructions_of
from chat.models import Call, Message, Turn

# More than any memory window takes, so that a long conversation costs no more than a short one.
HISTORY_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class Asked:
    turn: Turn
    owner: User
    content: str
    history: list[ChatMessage]
    # None means all that the owner may read.
    collections: list[UUID] | None
    # None means all documents of those collections.
    documents: list[UUID] | None = None
    # What the owner wants heeded in every answer; empty for a program's request.
    instructions: str = ""
    # What an answer that waited for its user's word had called and said; this one goes on from it.
    calls: Sequence[Call] = ()
    said: str = ""

    @property
    def searches(self) -> bool:
        return self.collections != [] and self.documents != []

    @property
    def earlier(self) -> list[str]:
        """What the owner asked before, the newest last: a question may be but a pronoun."""
        return [message["content"] for message in self.history if message["role"] == "user"]


def load(turn: Turn) -> Asked:
    """Read the branch that leads to the turn's question."""
    leaf = turn.message.parent_id
    branch = conversations.texts(leaf, limit=HISTORY_MESSAGES) if leaf else []
    asked = asked_of(turn, turn.owner, branch)
    if turn.continues is None:
        return asked
    before = Message.objects.filter(id=turn.continues, conversation__owner=turn.owner).first()
    if before is None:
        return asked
    return replace(asked, calls=list(before.calls.all()), said=before.content)


def asked_of(turn: Turn, owner: User, branch: Sequence[Message]) -> Asked:
    """What is asked, given the branch, whose last message is the question."""
    *before, asked = branch
    return Asked(
        turn=turn,
        owner=owner,
        content=asked.content,
        history=[_as_chat(message) for message in before],
        collections=_ids(turn.collections),
        documents=_ids(turn.documents),
        instructions="" if turn.request is not None else _instructions(turn, owner),
    )


def _instructions(turn: Turn, owner: User) -> str:
    """The owner's own, then those of the folder that the chat is in."""
    conversation = turn.message.conversation
    filed = folders.instructions_of(conversation.id) if conversation.folder_id else ""
    return "\n\n".join(text for text in (instructions_of(owner), filed) if text)


def _ids(texts: list[str] | None) -> list[UUID] | None:
    return None if texts is None else [UUID(text) for text in texts]


def _as_chat(message: Message) -> ChatMessage:
    return {
        "role": "system"
        if message.role == Message.Role.SYSTEM
        else "user"
        if message.role == Message.Role.USER
        else "assistant",
        "content": message.content,
    }
