"""The transcript on a chat's page: the last messages of the branch and what goes with them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from accounts.models import User
from aiapp.errors import NotFound
from aiapp.llm import registry
from chat.conversations import access, conversations, scope
from chat.endpoints.access import list_known_names
from chat.models import Conversation, Effort, Instructions, Message, NextQuestion, Turn
from chat.tools import showing
from chat.turns.running import following
from documents.access import searched_collections, searched_documents
from documents.models import Document
from documents.recordings import transcription

PAGE_SIZE = 50
SUGGESTED_DOCUMENTS = 2


@dataclass(frozen=True, slots=True)
class Transcript:
    messages: Sequence[Message]
    # The message that an earlier page ends with; None if everything is shown.
    earlier: UUID | None
    last: Turn | None = None

    @property
    def running(self) -> Turn | None:
        return None if self.last is None or self.last.is_final else self.last


def transcript(user: User, conversation: Conversation, leaf: UUID | None = None) -> Transcript:
    """The branch's last messages, or those up to `leaf`. Raises NotFound for a foreign leaf."""
    if leaf and access.get_message(user, leaf).conversation_id != conversation.id:
        raise NotFound("There is no such message.")
    messages = conversations.branch(conversation, leaf=leaf, limit=PAGE_SIZE + 1)
    earlier = messages[0].id if len(messages) > PAGE_SIZE else None
    messages = messages[-PAGE_SIZE:]
    conversations.mark_costs(messages)
    last = getattr(messages[-1], "turn", None) if messages else None
    return Transcript(messages, earlier, last)


def page(user: User, conversation: Conversation | None, leaf: UUID | None = None) -> dict[str, Any]:
    """The context of a chat's page; without a conversation, of the page of a new one."""
    shown = transcript(user, conversation, leaf) if conversation else Transcript([], None)
    names = model_names(user)
    wanted = _models_wanted(user, shown)
    model = next((name for name in wanted if name in names), names[0])
    return {
        "conversation": conversation,
        "transcript": shown,
        "models": names,
        "model": registry.info(model),
        "records": transcription.are_possible(),
        # Those that cannot see.
        "blind": [name for name in names if not registry.info(name).vision],
        # Those that can be told how long to think, and how long the last one was.
        "thinkers": [name for name in names if registry.info(name).thinking],
        "efforts": Effort.choices,
        "effort": shown.last.effort if shown.last else "",
        # As they were for the question before.
        "tools": showing.menu(names, shown.last.tools if shown.last else None),
        # Sent back with the question: a form that is sent twice makes one turn.
        "request_id": uuid4(),
        # A follow-up stays with what the question before it was limited to.
        "scope": scope.load_from_turn(user, shown.last),
        "suggested": [] if conversation else suggest_documents(user),
        **describe_queue(conversation),
    }


def describe_queue(conversation: Conversation | None) -> dict[str, Any]:
    """The questions that wait in a chat, and whether they wait for their user's word."""
    waiting = following.list_waiting(conversation) if conversation else []
    is_held = conversation is not None and bool(waiting) and following.is_held(conversation)
    return {
        "waiting": waiting,
        "is_held": is_held,
        "queue_state": _describe_state(waiting, is_held=is_held),
        "message_max_chars": settings.MESSAGE_MAX_CHARS,
    }


def _describe_state(waiting: list[NextQuestion], *, is_held: bool) -> str:
    """Return a sign of what a queue shows, by which a page knows if it shows that; "" of none."""
    if not waiting:
        return ""
    shown = [[str(each.pk), each.content, each.refusal] for each in waiting]
    return sha256(json.dumps([is_held, shown]).encode()).hexdigest()[:16]


def model_of_new_chats(user: User) -> str:
    names = model_names(user)
    wanted = _models_wanted(user, Transcript([], None))
    return next((name for name in wanted if name in names), names[0])


def model_names(user: User) -> list[str]:
    """Return the models to choose from, the site's own choice first, then what servers list."""
    return list_known_names(user)


def model_choices(user: User) -> list[tuple[str, str]]:
    """Return the models to choose from for a form, with what people are shown."""
    return [(name, registry.get_title(name)) for name in model_names(user)]


def _models_wanted(user: User, transcript: Transcript) -> Iterator[str]:
    """The model that answered last in this chat; for a new one, the user's choice, or that of the
    last chat.
    """
    models = [m.turn.model for m in transcript.messages if getattr(m, "turn", None) is not None]
    if models:
        yield models[-1]
        return
    chosen = Instructions.objects.filter(owner=user).values_list("model", flat=True)
    newest = Subquery(access.conversations(user).values("id")[:1])
    turns = Turn.objects.filter(message__conversation=newest).order_by("-id")
    yield from chosen
    yield from turns.values_list("model", flat=True)[:1]


def suggest_documents(user: User) -> list[Document]:
    """Documents to ask about: the newest, found among the newest of each collection.

    From one end of all documents on, somebody who may read few would read everybody's.
    """
    inside = searched_documents(user).filter(
        collection=OuterRef("pk"), current__isnull=False, withdrawn=None
    )
    newest = ArraySubquery(inside.order_by("-id").values("id")[:SUGGESTED_DOCUMENTS])
    of_each = searched_collections(user).order_by().values_list(newest, flat=True)
    found = sorted((pk for some in of_each for pk in some), reverse=True)[:SUGGESTED_DOCUMENTS]
    documents = searched_documents(user).filter(pk__in=found).order_by("-id")
    return list(documents.only("id", "title"))
