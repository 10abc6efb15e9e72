"""The question of a turn, read at once, with its owner and the messages before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from uuid import UUID

from accounts.models import User
from aiapp.llm import registry
from aiapp.llm.base import ChatMessage, Picture
from chat.attachments import sending
from chat.conversations import conversations, folders
from chat.conversations.instructions import instructions_of
from chat.memory import facts, summary
from chat.memory.summary import Notes, as_chat
from chat.models import Call, Conversation, Instructions, Message, Origin, Turn
from documents.metadata import parse_condition
from documents.search import Filters

# More than any memory window takes, so that a long conversation costs no more than a short one.
HISTORY_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class TurnQuestion:
    turn: Turn
    owner: User
    content: str
    history: list[ChatMessage]
    # None means all that the owner may read.
    collections: list[UUID] | None
    # None means all documents of those collections.
    documents: list[UUID] | None = None
    # Which of those by their metadata.
    filters: Filters = field(default_factory=Filters)
    # What the owner wants heeded in every answer; empty for a program's request.
    instructions: str = ""
    # What the question is about besides its text; those of earlier messages are in `history`.
    pictures: Sequence[Picture] = ()
    # What was noted of messages that the window leaves out.
    notes: Notes | None = None
    # Whether the owner wants to be known across chats, and what is known.
    learns: bool = False
    facts: Sequence[str] = ()
    # Whether a model is to name the chat, and to suggest how to go on after the answer.
    names_chat: bool = False
    suggests: bool = False
    # What an answer that waited for its user's word had called and said; this one goes on from it.
    calls: Sequence[Call] = ()
    earlier_text: str = ""
    # Whether the branch, question included, holds messages that were not written here.
    foreign: bool = False

    @property
    def searches(self) -> bool:
        return self.collections != [] and self.documents != []

    @property
    def is_limited(self) -> bool:
        """Tell if somebody chose what is to be searched."""
        limits = self.collections or self.documents or self.filters.metadata
        return self.searches and bool(limits)

    @property
    def earlier(self) -> list[str]:
        """The owner's earlier questions, the newest last: a question may be but a pronoun."""
        return [message["content"] for message in self.history if message["role"] == "user"]


def load(turn: Turn) -> TurnQuestion:
    """Read the branch that leads to the turn's question."""
    leaf = turn.message.parent_id
    branch = conversations.texts(leaf, limit=HISTORY_MESSAGES) if leaf else []
    question = build_question(turn, turn.owner, branch)
    if turn.continues is None:
        return question
    before = Message.objects.filter(id=turn.continues, conversation__owner=turn.owner).first()
    if before is None:
        return question
    return replace(question, calls=list(before.calls.all()), earlier_text=before.content)


class EarlierMessage(NamedTuple):
    """The part of a message that questions after it need."""

    id: UUID
    role: str
    content: str
    origin: str

    @property
    def is_foreign(self) -> bool:
        return self.origin != Origin.OWN


@dataclass(frozen=True, slots=True)
class Memory:
    """The things that a question in a chat brings along besides the messages before it."""

    instructions: str = ""
    learns: bool = False
    facts: Sequence[str] = ()
    notes: Notes | None = None
    names_chats: bool = False
    suggests: bool = False


def build_question(
    turn: Turn,
    owner: User,
    branch: Sequence[Message | EarlierMessage],
    *,
    has_pictures: bool = True,
    memory: Memory | None = None,
) -> TurnQuestion:
    """Build the question from its branch, whose last message it is.

    `has_pictures` is false if its messages are known to have no pictures. What is not given of
    its `memory` is read.
    """
    *before, last = branch
    question = TurnQuestion(
        turn=turn,
        owner=owner,
        content=last.content,
        history=[as_chat(message) for message in before],
        collections=_parse_ids(turn.collections),
        documents=_parse_ids(turn.documents),
        filters=Filters(metadata=parse_condition(turn.filter)),
        foreign=any(message.is_foreign for message in branch),
    )
    if turn.request is not None:
        return question
    if has_pictures:
        question = add_pictures(question, branch)
    memory = memory or _read_memory(question, before)
    return replace(
        question,
        instructions=memory.instructions,
        notes=memory.notes,
        learns=memory.learns,
        facts=memory.facts,
        names_chat=memory.names_chats and not before,
        suggests=memory.suggests,
    )


def add_pictures(
    question: TurnQuestion, branch: Sequence[Message | EarlierMessage]
) -> TurnQuestion:
    """Read the pictures of a branch for its question."""
    ids = [message.id for message in branch]
    pictures = sending.of_branch(ids, registry.info(question.turn.model))
    *before, last = branch
    for earlier, message in zip(question.history, before, strict=True):
        if message.id in pictures:
            earlier["pictures"] = pictures[message.id]
    return replace(question, pictures=pictures.get(last.id, ()))


def _read_memory(question: TurnQuestion, before: Sequence[Message | EarlierMessage]) -> Memory:
    conversation, own = question.turn.message.conversation, instructions_of(question.owner)
    filed = folders.instructions_of(conversation.id) if conversation.folder_id else ""
    learns = is_learning(own, conversation)
    return Memory(
        instructions=join_instructions(own, filed),
        learns=learns,
        facts=list(facts.of(question.owner).values_list("text", flat=True)) if learns else (),
        notes=summary.newest(before) if len(before) > 1 else None,
        names_chats=own.titles and not conversation.temporary,
        suggests=own.follow_ups and not conversation.temporary,
    )


def is_learning(own: Instructions, conversation: Conversation) -> bool:
    """Tell if a chat knows its owner, and learns: one that leaves nothing takes nothing along."""
    return own.learns and not conversation.temporary


def join_instructions(own: Instructions, of_folder: str) -> str:
    return "\n\n".join(text for text in (own.active_text, of_folder) if text)


def _parse_ids(texts: list[str] | None) -> list[UUID] | None:
    return None if texts is None else [UUID(text) for text in texts]
