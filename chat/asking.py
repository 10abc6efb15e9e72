"""From a request to a running turn: what pages, API and WebSocket do alike."""

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any
from uuid import UUID

from accounts.models import User
from aiapp.db import in_db
from aiapp.llm import registry
from chat import runner, scope, turns
from chat.access import get_conversation, get_message
from chat.events import Kind
from chat.models import Turn
from chat.reader import read
from chat.results import Result, result_of
from chat.turns import Accepted, Choices, Question


async def ask(
    user: User, content: str, *, conversation_id: UUID | None, request_id: str, choices: Choices
) -> Accepted:
    """Accept a question and start its turn. Raises NotFound, InvalidInput, Conflict."""

    holder = runner.runner().holder

    def accept() -> Accepted:
        scope.check(user, choices.collections, choices.documents)
        conversation = get_conversation(user, conversation_id) if conversation_id else None
        return turns.accept(user, Question(content, request_id, conversation), choices, holder)

    return _started(await in_db(accept))


async def ask_once(user: User, question: Question, choices: Choices) -> Accepted:
    """Accept a question that brings its own history and leaves no conversation to list."""

    holder = runner.runner().holder

    def accept() -> Accepted:
        scope.check(user, choices.collections, choices.documents)
        return turns.accept(user, question, choices, holder)

    return _started(await in_db(accept))


async def ask_again(user: User, message_id: UUID, *, request_id: str, model: str = "") -> Accepted:
    """Make another answer beside one that exists."""

    holder = runner.runner().holder

    def accept() -> Accepted:
        answer = get_message(user, message_id)
        before: Turn | None = getattr(answer, "turn", None)
        choices = Choices(
            model=model or (before.model if before else ""),
            collections=before.collections if before else None,
            documents=before.documents if before else None,
            fresh=True,
        )
        return turns.regenerate(user, answer, request_id, choices, holder)

    if model:
        model = await registry.resolve(model)
    return _started(await in_db(accept))


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
) -> Choices:
    """Raises InvalidInput for a model that may not be used."""
    return Choices(
        await registry.resolve(model),
        temperature,
        max_tokens,
        collections,
        request=request,
        documents=documents,
        keeps_documents=keeps_documents,
        fresh=fresh,
    )


async def outcome(turn: Turn) -> Result:
    """Wait for a turn's end."""
    async with aclosing(read(turn)) as batches:
        async for batch in batches:
            if batch and batch[-1].kind == Kind.DONE:
                break
    return await in_db(lambda: result_of(Turn.objects.select_related("message").get(id=turn.id)))


def _started(accepted: Accepted) -> Accepted:
    if accepted.asked is not None:
        runner.start(accepted.asked)
    return accepted
