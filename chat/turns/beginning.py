"""The writes of a turn's beginning: a question asked, edited, answered again.

What comes later is `chat.turns.running.takeover` and `chat.turns.running.finishing`.

Each is one transaction with a conditional update, so that of any number of requests, workers
and repeats exactly one succeeds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput
from aiapp.llm import registry
from chat.attachments import sending
from chat.conversations import conversations, tree
from chat.conversations.origins import origin_beside
from chat.guardrails import policy
from chat.models import Attempt, Conversation, Folder, Message, Origin, Turn
from chat.turns import allowance
from chat.turns.question import TurnQuestion, build_question, load

REQUEST_ID_CHARS = 100


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
    # Whether to stay with the documents that the conversation's last question was limited to.
    keeps_documents: bool = False
    # Whether a kept answer will not do.
    fresh: bool = False
    # The names of the tools that the model may call; None means those that only read.
    tools: Sequence[str] | None = None
    # The message whose decided calls the answer goes on from.
    continues: UUID | None = None


def choices_of(turn: Turn) -> Choices:
    """Return the choices made for an answer that there is."""
    return Choices(
        model=turn.model,
        temperature=turn.temperature,
        max_tokens=turn.max_tokens,
        collections=turn.collections,
        documents=turn.documents,
        tools=turn.tools,
    )


@dataclass(frozen=True, slots=True)
class AcceptedTurn:
    conversation: Conversation
    user_message: Message
    assistant_message: Message
    turn: Turn
    # What to run, by the process that accepted it; None when it had been accepted before.
    question: TurnQuestion | None = None

    @property
    def is_new(self) -> bool:
        return self.question is not None


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """A message of a conversation that a program brings along."""

    role: str
    text: str
    attachments: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """The question: the text, after which message, under which name for the request."""

    content: str
    request_id: str
    conversation: Conversation | None = None
    # What it follows; without one, the end of the active branch, or nothing if it is `at_start`.
    parent: Message | None = None
    at_start: bool = False
    # Earlier messages that a program brings along; only for a new conversation.
    history: Sequence[HistoryMessage] = ()
    # The pictures that it is about, by their attachments' ids.
    attachments: Sequence[UUID] = ()
    temporary: bool = False
    # Where a new conversation is filed.
    folder: Folder | None = None


def accept(user: User, question: Question, choices: Choices, holder: str) -> AcceptedTurn:
    """Store the question, its empty answer and the turn, which `holder` is to run at once.

    Raises InvalidInput or Conflict.

    The same `request_id` of the same user finds what was accepted first; "" names nothing.
    """
    content = check_content(question.content)
    if earlier := _find_accepted(user, question.request_id):
        return _check_same_question(earlier, content, question)
    try:
        with transaction.atomic():
            if question.conversation is not None:
                return _follow_up(
                    user, question.conversation, replace(question, content=content), choices, holder
                )
            conversation = conversations.create(
                user, content, temporary=question.temporary, folder=question.folder
            )
            before = _build_history(conversation, question.history)
            parent = before[-1] if before else None
            user_message = _build_message(conversation, parent, Message.Role.USER, content)
            accepted = _insert_answer(
                user, user_message, [*before, user_message], question.request_id, choices
            )
            pairs = zip(before, question.history, strict=True)
            attachments = {message.id: source.attachments for message, source in pairs}
            has_pictures = sending.tie(user, attachments | {user_message.id: question.attachments})
            _read_attachments(user_message, question)
            return _begin_attempt(accepted, user, holder, before, has_pictures=has_pictures)
    except IntegrityError:
        # Another request with the same name won the race between our look and our insert.
        if earlier := _find_accepted(user, question.request_id):
            return _check_same_question(earlier, content, question)
        raise


def edit(
    user: User, message: Message, question: Question, choices: Choices, holder: str
) -> AcceptedTurn:
    """Ask the question beside one that was asked, where that one stands in its conversation.

    Raises as `accept` does.
    """
    if message.role != Message.Role.USER:
        raise InvalidInput("Only a question can be edited.", code="not_a_question")
    beside = replace(
        question,
        conversation=message.conversation,
        parent=message.parent,
        at_start=message.parent is None,
        attachments=sending.of_message(message),
    )
    return accept(user, beside, choices, holder)


def regenerate(
    user: User, answer: Message, request_id: str, choices: Choices, holder: str
) -> AcceptedTurn:
    """Begin another answer beside an existing one, to the same question."""
    if answer.role != Message.Role.ASSISTANT or answer.parent is None:
        raise InvalidInput("Only an answer can be made again.", code="not_an_answer")
    if earlier := _find_accepted(user, request_id):
        return _check_same_answer(earlier, answer)
    try:
        with transaction.atomic():
            tree.claim(answer.conversation)
            accepted = _insert_answer(user, answer.parent, [], request_id, choices)
            tree.set_leaf(accepted.assistant_message)
            conversations.mark_siblings([accepted.user_message, accepted.assistant_message])
            prefetch_related_objects([accepted.user_message], "attachments")
            return _begin_attempt(accepted, user, holder, has_pictures=True)
    except IntegrityError:
        if earlier := _find_accepted(user, request_id):
            return _check_same_answer(earlier, answer)
        raise


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


def _find_accepted(user: User, request_id: str) -> AcceptedTurn | None:
    """Find what a request of this name made before. Without a name every request is new."""
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
    return AcceptedTurn(answer.conversation, turn.message.parent, answer, turn)


def _check_same_question(earlier: AcceptedTurn, content: str, question: Question) -> AcceptedTurn:
    """A name that comes back with another question is a client's mistake, not a repeat."""
    place = question.conversation
    if (
        earlier.user_message.content != content
        or (place is not None and place.id != earlier.conversation.id)
        or (question.parent and question.parent.id != earlier.user_message.parent_id)
    ):
        raise Conflict("This request id was used for another question.", code="request_id_reused")
    return earlier


def _check_same_answer(earlier: AcceptedTurn, answer: Message) -> AcceptedTurn:
    if earlier.user_message.id != answer.parent_id:
        raise Conflict("This request id was used for another question.", code="request_id_reused")
    return earlier


def _follow_up(
    user: User, conversation: Conversation, question: Question, choices: Choices, holder: str
) -> AcceptedTurn:
    """Accept a question, whose text has been checked, in a conversation that there is."""
    leaf = tree.claim(conversation)
    if not conversation.title:
        conversations.rename(conversation, question.content)
    parent: Message | None = None
    documents: list[UUID] | None = None
    if not question.at_start:
        following = question.parent.id if question.parent else leaf
        parent, documents = tree.after(conversation, following)
    if choices.keeps_documents:
        choices = replace(choices, documents=documents)
    is_beside = question.at_start or question.parent is not None
    origin = origin_beside(conversation, parent, question.content) if is_beside else Origin.OWN
    user_message = _build_message(
        conversation, parent, Message.Role.USER, question.content, origin=origin
    )
    accepted = _insert_answer(user, user_message, [user_message], question.request_id, choices)
    has_pictures = sending.tie(user, {user_message.id: question.attachments})
    _read_attachments(user_message, question)
    if is_beside:
        conversations.mark_siblings([user_message])
    tree.set_leaf(accepted.assistant_message)
    return _begin_attempt(accepted, user, holder, has_pictures=has_pictures)


def _read_attachments(message: Message, question: Question) -> None:
    """Have the pictures of a question at hand for the reply, which reads nothing again."""
    if question.attachments:
        prefetch_related_objects([message], "attachments")


def _build_history(conversation: Conversation, messages: Sequence[HistoryMessage]) -> list[Message]:
    """The messages that a program brought along, unsaved."""
    history: list[Message] = []
    for message in messages:
        parent = history[-1] if history else None
        role = Message.Role(message.role)
        history.append(
            _build_message(conversation, parent, role, message.text, origin=Origin.PROGRAM)
        )
    return history


def _build_message(
    conversation: Conversation,
    parent: Message | None,
    role: Message.Role,
    content: str,
    *,
    origin: Origin = Origin.OWN,
) -> Message:
    return Message(
        conversation=conversation,
        parent=parent,
        role=role,
        content=content.replace("\x00", ""),
        origin=origin,
    )


def _insert_answer(
    user: User, user_message: Message, new: list[Message], request_id: str, choices: Choices
) -> AcceptedTurn:
    """Insert the messages that are new, the empty answer to what was asked, and its turn."""
    answer = _build_message(user_message.conversation, user_message, Message.Role.ASSISTANT, "")
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
        tools=None if choices.tools is None else list(choices.tools),
        continues=choices.continues,
    )
    return AcceptedTurn(user_message.conversation, user_message, answer, turn)


def _as_json(ids: Sequence[UUID] | None) -> list[str] | None:
    return None if ids is None else [str(each) for each in ids]


def _begin_attempt(
    accepted: AcceptedTurn,
    user: User,
    holder: str,
    before: list[Message] | None = None,
    *,
    has_pictures: bool = False,
) -> AcceptedTurn:
    """The first attempt, with all that its runner needs to know, so that it reads nothing."""
    turn = accepted.turn
    Attempt.objects.create(turn=turn, number=turn.attempt, runner=holder)
    is_new = accepted.user_message.parent_id is None or bool(before)
    knows_all = is_new and turn.continues is None
    branch = [*(before or []), accepted.user_message]
    question = (
        build_question(turn, user, branch, has_pictures=has_pictures) if knows_all else load(turn)
    )
    sending.check(question.pictures, registry.info(turn.model))
    allowance.check_in(question)
    return replace(accepted, question=question)
