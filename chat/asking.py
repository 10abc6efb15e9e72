"""From a request to a running turn: what pages, API and WebSocket do alike."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import InvalidInput, NotFound, Unavailable
from aiapp.llm import registry
from chat.conversations import scope
from chat.conversations.access import get_conversation, get_folder, get_message
from chat.endpoints import access as model_access
from chat.endpoints import loading
from chat.log import news
from chat.log.events import Kind
from chat.models import Conversation, Message, NextQuestion, Turn
from chat.reading.reader import read
from chat.tools import confirming, mcp_servers
from chat.tools import registry as tool_registry
from chat.turns.accepting import beginning, round_trip
from chat.turns.accepting.places import (
    After,
    AnotherAnswer,
    Follows,
    Instead,
    Leaf,
    NewConversation,
)
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import (
    AsBefore,
    Choices,
    Question,
    TurnRequest,
    choices_of,
    settle,
)
from chat.turns.results import Result
from chat.turns.running import following, runner


async def ask(
    user: User, question: Question, choices: Choices | AsBefore, *, follows: Follows
) -> AcceptedTurn:
    """Accept a question and start its turn. Raises NotFound, InvalidInput, Conflict."""
    if isinstance(choices, AsBefore):
        choices = await _resolve_models(user, choices)
    else:
        await model_access.ensure_usable(user, choices.model)
    holder = runner.runner().holder
    accepted = None
    if isinstance(choices, Choices) and round_trip.is_common(question, follows):
        accepted = await _accept_at_once(TurnRequest(user, question, choices, holder), follows)
    if accepted is None:
        accepted = await in_db(_accept, user, question, choices, follows, holder)
    return _start_turn(accepted)


async def _accept_at_once(request: TurnRequest, follows: Follows) -> AcceptedTurn | None:
    """Accept a common question without a thread; None if it is no such question after all."""
    choices = request.choices
    if choices.collections or choices.documents:
        await in_db(scope.check, request.user, choices.collections, choices.documents)
    match follows:
        case NewConversation():
            return await round_trip.begin_conversation(request, follows)
        case Leaf():
            return await round_trip.follow_up(request, follows)
    return None


def _accept(
    user: User, question: Question, choices: Choices | AsBefore, follows: Follows, holder: str
) -> AcceptedTurn:
    scope.check(user, choices.collections, choices.documents)

    def request(before: Turn | None = None) -> TurnRequest:
        return TurnRequest(user, question, _settle(user, choices, before), holder)

    match follows:
        case NewConversation(folder_id):
            folder = get_folder(user, folder_id) if folder_id else None
            return beginning.begin_conversation(request(), follows, folder)
        case Leaf(conversation_id):
            return beginning.follow_up(request(), get_conversation(user, conversation_id))
        case After(message_id, conversation_id):
            conversation = get_conversation(user, conversation_id)
            if message_id is not None:
                _check_answer(conversation, get_message(user, message_id))
            return beginning.follow_up(request(), conversation, message_id, is_beside=True)
        case Instead(message_id):
            message = get_message(user, message_id)
            before = Turn.objects.filter(message__parent=message).order_by("-id").first()
            return beginning.edit(request(before), message)
        case AnotherAnswer(message_id):
            answer = get_message(user, message_id)
            return beginning.answer_again(request(getattr(answer, "turn", None)), answer)


def _settle(user: User, choices: Choices | AsBefore, before: Turn | None) -> Choices:
    """Return the choices for an answer, by a model that its asker may still use."""
    settled = settle(choices, before)
    if isinstance(choices, AsBefore) and not model_access.can_use(user, settled.model):
        return replace(settled, model=choices.default)
    return settled


def _check_answer(conversation: Conversation, message: Message) -> None:
    if message.conversation_id != conversation.id:
        raise NotFound("There is no such message.")
    if message.role == Message.Role.USER:
        raise InvalidInput("A question follows an answer.", code="not_an_answer")


async def _resolve_models(user: User, choices: AsBefore) -> AsBefore:
    changed = dict(choices.changed)
    if model := changed.pop("model", ""):
        changed["model"] = await model_access.resolve(user, model)
    return AsBefore(changed, await model_access.resolve(user, ""))


async def choices(  # noqa: PLR0913 - all but the model are named
    model: str = "",
    *,
    temperature: float = 0.7,
    max_tokens: int | None = None,
    collections: Sequence[UUID] | None = None,
    documents: Sequence[UUID] | None = None,
    filter: Mapping[str, Any] | None = None,
    keeps_documents: bool = False,
    request: dict[str, Any] | None = None,
    fresh: bool = False,
    tools: Sequence[str] | None = None,
    effort: str = "",
) -> Choices:
    """Raises InvalidInput for a model or a tool that there is not.

    Whether the one who asks may use the model is looked at when they do, see `ask`.
    """
    await loading.refresh()
    if tools:
        await in_db(mcp_servers.refresh)
    return Choices(
        await registry.resolve(model),
        temperature,
        max_tokens,
        collections,
        request=request,
        documents=documents,
        filter=filter,
        keeps_documents=keeps_documents,
        fresh=fresh,
        tools=tool_registry.check_names(tools),
        effort=effort,
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
            choices = replace(choices_of(message.turn), continues=message.id)
            model_access.check(user, choices.model)
            question = Question("", f"continue {message.id}")
            request = TurnRequest(user, question, choices, holder)
            return beginning.answer_again(request, message)

    accepted = await in_db(accept)
    return None if accepted is None else _start_turn(accepted)


async def queue(
    user: User,
    conversation_id: UUID,
    question: Question,
    choices: Choices,
    *,
    is_urgent: bool = False,
) -> None:
    """Have a question wait for the answer that its chat is making; without one it is asked at once.

    An urgent one has that answer stopped. Raises NotFound, InvalidInput, Conflict.
    """
    await model_access.ensure_usable(user, choices.model)

    def add() -> NextQuestion | None:
        return following.add(user, get_conversation(user, conversation_id), question, choices)

    waiting = await in_db(add)
    if waiting is not None:
        await (hurry if is_urgent else _go_on)(waiting)


async def hurry(waiting: NextQuestion) -> None:
    """Ask a question that waits at once, and stop the answer that it waits for.

    Raises NotFound if it has been asked meanwhile.
    """
    await in_db(following.hasten, waiting)
    await _go_on(waiting, stops=True)


async def _go_on(waiting: NextQuestion, *, stops: bool = False) -> None:
    """Begin what waits, unless a turn is running: its runner does when it ends."""
    running = await in_db(following.find_running, waiting.conversation)
    if running is None:
        holder = runner.runner().holder
        if accepted := await in_db(following.begin_next, waiting.conversation_id, holder):
            _start_turn(accepted)
    elif stops:
        await runner.stop(running)


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
