"""The writes of a turn until its end: accepted, begun, taken over. `chat.finishing` ends it.

Each is one transaction with a conditional update, so that of any number of requests, workers
and repeats exactly one succeeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput, NotFound
from chat import conversations
from chat.models import Attempt, Conversation, Message, Turn
from chat.question import Asked, asked_of, load

REQUEST_ID_CHARS = 100
UNFINISHED = (Turn.State.QUEUED, Turn.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person or program chose for an answer. The model's name has been resolved."""

    model: str
    temperature: float = 0.7
    max_tokens: int | None = None
    # None searches all that the user may read, [] nothing.
    collections: Sequence[UUID] | None = None
    # A request in OpenAI's form, to be passed on; see `Turn.request`.
    request: dict[str, Any] | None = None
    # Which documents of those collections; None means all of them.
    documents: Sequence[UUID] | None = None
    # Whether to stay with the documents that the conversation's last question was limited to.
    keeps_documents: bool = False
    # Whether a kept answer will not do.
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    conversation: Conversation
    user_message: Message
    assistant_message: Message
    turn: Turn
    # What to run, by the process that accepted it; None when it had been accepted before.
    asked: Asked | None = None

    @property
    def created(self) -> bool:
        return self.asked is not None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the text, after which message, under which name for the request."""

    content: str
    request_id: str
    conversation: Conversation | None = None
    # Earlier messages that a program brings along; only for a new conversation.
    history: Sequence[tuple[str, str]] = ()
    temporary: bool = False


def accept(user: User, question: Question, choices: Choices, holder: str) -> Accepted:
    """Store the question, its empty answer and the turn, which `holder` is to run at once.

    Raises InvalidInput or Conflict.

    The same `request_id` of the same user finds what was accepted first; "" names nothing.
    """
    content = checked_content(question.content)
    if earlier := _accepted(user, question.request_id):
        return _same_question(earlier, content)
    try:
        with transaction.atomic():
            conversation, before = _place(user, question, content)
            parent = before[-1] if before else None
            if question.conversation is not None:
                parent, documents = _leaf(question.conversation)
                if choices.keeps_documents:
                    choices = replace(choices, documents=documents)
            asked = _message(conversation, parent, Message.Role.USER, content)
            accepted = _answer(user, asked, [*before, asked], question.request_id, choices)
            return _begun(accepted, user, holder, before)
    except IntegrityError:
        # Another request with the same name won the race between our look and our insert.
        if earlier := _accepted(user, question.request_id):
            return _same_question(earlier, content)
        raise


def regenerate(
    user: User, answer: Message, request_id: str, choices: Choices, holder: str
) -> Accepted:
    """Another answer beside an existing one, to the same question."""
    if answer.role != Message.Role.ASSISTANT or answer.parent is None:
        raise InvalidInput("Only an answer can be made again.", code="not_an_answer")
    if earlier := _accepted(user, request_id):
        return earlier
    try:
        with transaction.atomic():
            _claim_conversation(answer.conversation)
            return _begun(_answer(user, answer.parent, [], request_id, choices), user, holder)
    except IntegrityError:
        if earlier := _accepted(user, request_id):
            return earlier
        raise


def checked_content(content: str) -> str:
    """The text as it will be stored. Raises InvalidInput if there is none or too much of it."""
    content = content.replace("\x00", "").strip()
    if not content:
        raise InvalidInput("Write a question first.", code="empty_message")
    if len(content) > settings.MESSAGE_MAX_CHARS:
        raise InvalidInput(
            f"The message has {len(content):,} characters; at most "
            f"{settings.MESSAGE_MAX_CHARS:,} are allowed.",
            code="message_too_long",
            limit=settings.MESSAGE_MAX_CHARS,
        )
    return content


def unattended() -> QuerySet[Turn]:
    """Turns that somebody should be running and that are old enough to have a lease by now."""
    grace = timezone.now() - timedelta(seconds=settings.TURN_LEASE_SECONDS)
    return Turn.objects.filter(state__in=UNFINISHED, created__lt=grace)


def take_over(turn_id: UUID, holder: str, lost_tokens: int = 0) -> Asked | None:
    """Start the next attempt of a turn that nobody runs; None if there is nothing to do.

    `lost_tokens` is what the dead attempt is estimated to have cost; it goes on the books.
    After too many attempts the turn fails as interrupted instead.
    """
    with transaction.atomic():
        turn = unattended().select_for_update().filter(id=turn_id).first()
        if turn is None:
            return None
        Attempt.objects.filter(turn=turn, ended=None).update(
            ended=timezone.now(), outcome="interrupted", completion_tokens=lost_tokens
        )
        if turn.attempt >= settings.TURN_MAX_ATTEMPTS:
            Turn.objects.filter(id=turn_id).update(**_interrupted())
            return None
        number = turn.attempt + 1
        Turn.objects.filter(id=turn_id).update(
            attempt=number,
            state=Turn.State.RUNNING,
            completion_tokens=F("completion_tokens") + lost_tokens,
        )
        Attempt.objects.create(turn_id=turn_id, number=number, runner=holder)
        return load(Turn.objects.select_related("owner", "message").get(id=turn_id))


def _interrupted() -> dict[str, object]:
    return {
        "state": Turn.State.FAILED,
        "error_code": "interrupted",
        "error_message": "The answer was interrupted several times. Try again.",
        "error_retryable": True,
        "finished": timezone.now(),
    }


def _accepted(user: User, request_id: str) -> Accepted | None:
    """What a request of this name made before. Without a name every request is a new one."""
    if not request_id:
        return None
    if len(request_id) > REQUEST_ID_CHARS or not request_id.isprintable():
        raise InvalidInput(
            "A request id has 1 to 100 printable characters.", code="invalid_request_id"
        )
    turn = (
        Turn.objects.filter(owner=user, request_id=request_id)
        .select_related("message__conversation", "message__parent")
        .first()
    )
    if turn is None or turn.message.parent is None:
        return None
    answer = turn.message
    return Accepted(answer.conversation, turn.message.parent, answer, turn)


def _same_question(earlier: Accepted, content: str) -> Accepted:
    """A name that comes back with another question is a client's mistake, not a repeat."""
    if earlier.user_message.content != content:
        raise Conflict("This request id was used for another question.", code="request_id_reused")
    return earlier


def _place(user: User, question: Question, content: str) -> tuple[Conversation, list[Message]]:
    """The conversation to ask in, and the messages that a program brought along, unsaved."""
    if question.conversation is not None:
        _claim_conversation(question.conversation)
        if not question.conversation.title:
            conversations.rename(question.conversation, content)
        return question.conversation, []
    conversation = conversations.create(user, content, temporary=question.temporary)
    history: list[Message] = []
    for role, text in question.history:
        parent = history[-1] if history else None
        history.append(_message(conversation, parent, Message.Role(role), text))
    return conversation, history


def _leaf(conversation: Conversation) -> tuple[Message | None, list[UUID] | None]:
    """The end of the active branch, and the documents that its answer was limited to."""
    leaf, documents = conversations.newest_leaf_and_documents(conversation)
    return Message(id=leaf) if leaf else None, documents


def _claim_conversation(conversation: Conversation) -> None:
    """One turn at a time: the row's lock orders two tabs, and the second is told to wait."""
    if not Conversation.objects.select_for_update().filter(id=conversation.id).exists():
        raise NotFound("There is no such conversation.")
    if Turn.objects.filter(message__conversation=conversation, state__in=UNFINISHED).exists():
        raise Conflict("This chat is still answering.", code="turn_running")
    Conversation.objects.filter(id=conversation.id).update(updated=timezone.now())


def _message(
    conversation: Conversation, parent: Message | None, role: Message.Role, content: str
) -> Message:
    return Message(
        conversation=conversation, parent=parent, role=role, content=content.replace("\x00", "")
    )


def _answer(
    user: User, asked: Message, new: list[Message], request_id: str, choices: Choices
) -> Accepted:
    """Insert the messages that are new, the empty answer to what was asked, and its turn."""
    answer = _message(asked.conversation, asked, Message.Role.ASSISTANT, "")
    Message.objects.bulk_create([*new, answer])
    turn = Turn.objects.create(
        message=answer,
        owner=user,
        request_id=request_id or uuid4().hex,
        state=Turn.State.RUNNING,
        model=choices.model,
        temperature=choices.temperature,
        max_tokens=choices.max_tokens,
        request=choices.request,
        fresh=choices.fresh,
        collections=_as_json(choices.collections),
        documents=_as_json(choices.documents),
    )
    return Accepted(asked.conversation, asked, answer, turn)


def _as_json(ids: Sequence[UUID] | None) -> list[str] | None:
    return None if ids is None else [str(each) for each in ids]


def _begun(
    accepted: Accepted, user: User, holder: str, before: list[Message] | None = None
) -> Accepted:
    """The first attempt, with all that its runner needs to know, so that it reads nothing."""
    turn = accepted.turn
    Attempt.objects.create(turn=turn, number=turn.attempt, runner=holder)
    is_new = accepted.user_message.parent_id is None or bool(before)
    asked = asked_of(turn, user, [*(before or []), accepted.user_message]) if is_new else load(turn)
    return replace(accepted, asked=asked)
