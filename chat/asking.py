"""From a request to a running turn: what pages, API and WebSocket do alike."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotFound, Unavailable
from aiapp.llm import registry
from chat.conversations import scope
from chat.conversations.access import get_conversation, get_folder, get_message
from chat.log import news
from chat.log.events import Kind
from chat.models import Message, Turn
from chat.reading.reader import read
from chat.tools import confirming, mcp_servers
from chat.tools import registry as tool_registry
from chat.turns import beginning
from chat.turns.beginning import AcceptedTurn, Choices, Question
from chat.turns.results import Result
from chat.turns.running import runner


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a question in a conversation: after a message, or at the start."""

    conversation_id: UUID
    parent_id: UUID | None


async def ask(  # noqa: PLR0913 - all but the question are named
    user: User,
    content: str,
    *,
    conversation_id: UUID | None,
    request_id: str,
    choices: Choices,
    temporary: bool = False,
    folder_id: UUID | None = None,
    attachments: Sequence[UUID] = (),
) -> AcceptedTurn:
    """Accept a question and start its turn. Raises NotFound, InvalidInput, Conflict.

    `temporary` and `folder_id` are about the conversation that a first question begins.
    """

    holder = runner.runner().holder

    def accept() -> AcceptedTurn:
        scope.check(user, choices.collections, choices.documents)
        conversation = get_conversation(user, conversation_id) if conversation_id else None
        folder = get_folder(user, folder_id) if folder_id else None
        question = Question(
            content,
            request_id,
            conversation,
            temporary=temporary,
            folder=folder,
            attachments=attachments,
        )
        return beginning.accept(user, question, choices, holder)

    return _start_turn(await in_db(accept))


async def ask_at(  # noqa: PLR0913 - all but the question and its place are named
    user: User,
    content: str,
    place: Place,
    *,
    request_id: str,
    choices: Choices,
    attachments: Sequence[UUID] = (),
) -> AcceptedTurn:
    """Ask, as `ask` does, elsewhere in a conversation than at the end of its active branch."""

    holder = runner.runner().holder

    def accept() -> AcceptedTurn:
        scope.check(user, choices.collections, choices.documents)
        conversation = get_conversation(user, place.conversation_id)
        question = Question(
            content,
            request_id,
            conversation,
            at_start=place.parent_id is None,
            attachments=attachments,
        )
        if place.parent_id is not None:
            parent = get_message(user, place.parent_id)
            if parent.conversation_id != conversation.id:
                raise NotFound("There is no such message.")
            if parent.role == Message.Role.USER:
                raise InvalidInput("A question follows an answer.", code="not_an_answer")
            question = replace(question, parent=parent)
        return beginning.accept(user, question, choices, holder)

    return _start_turn(await in_db(accept))


async def edit(
    user: User, message_id: UUID, content: str, *, request_id: str, changed: Mapping[str, Any]
) -> AcceptedTurn:
    """Ask another question instead of one that was asked; both stay, as siblings.

    `changed` holds those of the `Choices` that are to differ from the edited question's.
    """

    holder = runner.runner().holder
    changed = dict(changed)
    if name := changed.get("model"):
        changed["model"] = await registry.resolve(name)
    default = await registry.resolve("")

    def accept() -> AcceptedTurn:
        scope.check(user, changed.get("collections"), changed.get("documents"))
        message = get_message(user, message_id)
        before = Turn.objects.filter(message__parent=message).order_by("-id").first()
        choices = replace(beginning.choices_of(before) if before else Choices(default), **changed)
        return beginning.edit(user, message, Question(content, request_id), choices, holder)

    return _start_turn(await in_db(accept))


async def ask_once(user: User, question: Question, choices: Choices) -> AcceptedTurn:
    """Accept a question that brings its own history and leaves no conversation to list."""

    holder = runner.runner().holder

    def accept() -> AcceptedTurn:
        scope.check(user, choices.collections, choices.documents)
        return beginning.accept(user, question, choices, holder)

    return _start_turn(await in_db(accept))


async def ask_again(
    user: User, message_id: UUID, *, request_id: str, model: str = ""
) -> AcceptedTurn:
    """Make another answer beside one that exists."""

    holder = runner.runner().holder

    def accept() -> AcceptedTurn:
        answer = get_message(user, message_id)
        before: Turn | None = getattr(answer, "turn", None)
        choices = replace(beginning.choices_of(before) if before else Choices(default), fresh=True)
        if model:
            choices = replace(choices, model=model)
        return beginning.regenerate(user, answer, request_id, choices, holder)

    default = await registry.resolve("")
    if model:
        model = await registry.resolve(model)
    return _start_turn(await in_db(accept))


async def choices(  # noqa: PLR0913 - all but the model are named
    model: str = "",
    *,
    temperature: float = 0.7,
    max_tokens: int | None = None,
    collections: Sequence[UUID] | None = None,
    documents: Sequence[UUID] | None = None,
    keeps_documents: bool = False,
    request: dict[str, Any] | None = None,
    fresh: bool = False,
    tools: Sequence[str] | None = None,
) -> Choices:
    """Raises InvalidInput for a model or a tool that may not be used."""
    if tools:
        await in_db(mcp_servers.refresh)
    return Choices(
        await registry.resolve(model),
        temperature,
        max_tokens,
        collections,
        request=request,
        documents=documents,
        keeps_documents=keeps_documents,
        fresh=fresh,
        tools=tool_registry.check_names(tools),
    )


async def decide(user: User, call_id: UUID, token: str, *, confirm: bool) -> AcceptedTurn | None:
    """Note the user's word on a call; once all of the answer's have it, the answer goes on.

    That is another answer to the same question. None while other calls wait. Raises as
    `confirming.decide` does, and Conflict while the chat is answering something else.
    """
    holder = runner.runner().holder

    def accept() -> AcceptedTurn | None:
        with transaction.atomic():
            message = confirming.decide(user, call_id, token, confirm=confirm)
            if message is None:
                return None
            choices = replace(beginning.choices_of(message.turn), fresh=True, continues=message.id)
            return beginning.regenerate(user, message, f"continue {message.id}", choices, holder)

    accepted = await in_db(accept)
    return None if accepted is None else _start_turn(accepted)


async def outcome(turn: Turn) -> Result:
    """Wait for a turn's end, and return what was told of it.

    Nothing is read again: what was accepted and answered must not fail for a second look.
    """
    error: dict[str, Any] = {}
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            for entry in batch:
                if entry.kind == Kind.ERROR:
                    error = entry.data
                elif entry.kind == Kind.RESTARTED:
                    error = {}
                elif entry.kind == Kind.DONE:
                    return Result.of_done(entry.data, error)
    raise Unavailable("The answer is still being made. Ask for it again in a moment.")


def _start_turn(accepted: AcceptedTurn) -> AcceptedTurn:
    if accepted.question is not None:
        runner.start(accepted.question)
        news.tell_soon(accepted.conversation.owner_id)
    return accepted
