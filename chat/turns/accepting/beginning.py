"""The writes of a turn's beginning: a question asked, edited, answered again.

What comes later is `chat.turns.running.takeover` and `chat.turns.running.finishing`.

Each is one transaction with a conditional update, so that of any number of requests, workers
and repeats exactly one succeeds. All raise InvalidInput or Conflict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from django.db.models import prefetch_related_objects

from aiapp.errors import InvalidInput
from aiapp.llm import registry
from chat.attachments import sending
from chat.conversations import conversations, tree
from chat.conversations.origins import origin_beside
from chat.models import Attempt, Conversation, Folder, Message, Origin, Turn
from chat.turns.accepting import allowance
from chat.turns.accepting.places import HistoryMessage, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn, accept_once
from chat.turns.accepting.request import TurnRequest, check_content
from chat.turns.question import build_question, load


def begin_conversation(
    request: TurnRequest, new: NewConversation, folder: Folder | None = None
) -> AcceptedTurn:
    """Store a conversation, its question, the empty answer and the turn.

    `folder` is the one that is named in `new`.
    """
    content = check_content(request.question.content)

    def write() -> AcceptedTurn:
        conversation = conversations.create(
            request.user, content, temporary=new.temporary, folder=folder
        )
        before = _build_history(conversation, new.history)
        parent = before[-1] if before else None
        user_message = build_message(conversation, parent, Message.Role.USER, content)
        accepted = _insert_answer(request, user_message, [*before, user_message])
        pairs = zip(before, new.history, strict=True)
        earlier = {message.id: source.attachments for message, source in pairs}
        has_pictures = _tie_attachments(request, user_message, earlier)
        return _begin_attempt(accepted, request, before, has_pictures=has_pictures)

    return accept_once(request, write, lambda earlier: earlier.user_message.content == content)


def follow_up(
    request: TurnRequest,
    conversation: Conversation,
    parent_id: UUID | None = None,
    *,
    is_beside: bool = False,
) -> AcceptedTurn:
    """Store a question in a conversation that there is, at the end of its active branch.

    With `is_beside` it follows `parent_id`, or nothing, as other questions may do as well.
    """
    content = check_content(request.question.content)

    def write() -> AcceptedTurn:
        leaf = tree.claim(conversation)
        if not conversation.title:
            conversations.rename(conversation, content)
        parent: Message | None = None
        documents: list[UUID] | None = None
        if parent_id is not None or not is_beside:
            parent, documents = tree.after(conversation, parent_id or leaf)
        origin = origin_beside(conversation, parent, content) if is_beside else Origin.OWN
        user_message = build_message(
            conversation, parent, Message.Role.USER, content, origin=origin
        )
        kept = _keep_documents(request, documents)
        accepted = _insert_answer(kept, user_message, [user_message])
        has_pictures = _tie_attachments(request, user_message)
        if is_beside:
            conversations.mark_siblings([user_message])
        tree.set_leaf(accepted.assistant_message)
        return _begin_attempt(accepted, request, has_pictures=has_pictures)

    def is_same(earlier: AcceptedTurn) -> bool:
        return (
            earlier.user_message.content == content
            and earlier.conversation.id == conversation.id
            and parent_id in (None, earlier.user_message.parent_id)
        )

    return accept_once(request, write, is_same)


def edit(request: TurnRequest, message: Message) -> AcceptedTurn:
    """Store a question beside one that was asked, where that one stands in its conversation.

    It keeps the pictures of that one.
    """
    if message.role != Message.Role.USER:
        raise InvalidInput("Only a question can be edited.", code="not_a_question")
    question = replace(request.question, attachments=sending.of_message(message))
    request = replace(request, question=question)
    return follow_up(request, message.conversation, message.parent_id, is_beside=True)


def answer_again(request: TurnRequest, answer: Message) -> AcceptedTurn:
    """Store another answer beside an existing one, to the same question.

    A kept answer will not do: it may be the very one.
    """
    if answer.role != Message.Role.ASSISTANT or answer.parent is None:
        raise InvalidInput("Only an answer can be made again.", code="not_an_answer")
    asked = answer.parent
    chosen = replace(request, choices=replace(request.choices, fresh=True))

    def write() -> AcceptedTurn:
        tree.claim(answer.conversation)
        accepted = _insert_answer(chosen, asked, [])
        tree.set_leaf(accepted.assistant_message)
        conversations.mark_siblings([accepted.user_message, accepted.assistant_message])
        prefetch_related_objects([accepted.user_message], "attachments")
        return _begin_attempt(accepted, request, has_pictures=True)

    return accept_once(request, write, lambda earlier: earlier.user_message.id == asked.id)


def _keep_documents(request: TurnRequest, documents: Sequence[UUID] | None) -> TurnRequest:
    """Limit a request to the documents of the question before, if it is to stay with them."""
    if not request.choices.keeps_documents:
        return request
    if documents == [] and request.choices.collections is not None:
        # A question that names collections does not stay with the choice of no documents.
        documents = None
    return replace(request, choices=replace(request.choices, documents=documents))


def _tie_attachments(
    request: TurnRequest, message: Message, earlier: Mapping[UUID, Sequence[UUID]] | None = None
) -> bool:
    """Tie pictures to a question and to `earlier` messages; whether there are any."""
    own = request.question.attachments
    has_pictures = sending.tie(request.user, {**(earlier or {}), message.id: own})
    if own:
        # At hand for the reply, which reads nothing again.
        prefetch_related_objects([message], "attachments")
    return has_pictures


def _build_history(conversation: Conversation, messages: Sequence[HistoryMessage]) -> list[Message]:
    """The messages that a program brought along, unsaved."""
    history: list[Message] = []
    for message in messages:
        parent = history[-1] if history else None
        role = Message.Role(message.role)
        history.append(
            build_message(conversation, parent, role, message.text, origin=Origin.PROGRAM)
        )
    return history


def build_message(
    conversation: Conversation,
    parent: Message | None,
    role: Message.Role,
    content: str,
    *,
    origin: Origin = Origin.OWN,
) -> Message:
    """Return a message, unsaved."""
    return Message(
        conversation=conversation,
        parent=parent,
        role=role,
        content=content.replace("\x00", ""),
        origin=origin,
    )


def _insert_answer(
    request: TurnRequest, user_message: Message, new: Sequence[Message]
) -> AcceptedTurn:
    """Insert the messages that are new, the empty answer to what was asked, and its turn."""
    answer = build_message(user_message.conversation, user_message, Message.Role.ASSISTANT, "")
    Message.objects.bulk_create([*new, answer])
    turn = build_turn(request, answer)
    turn.save(force_insert=True)
    return AcceptedTurn(user_message.conversation, user_message, answer, turn)


def build_turn(request: TurnRequest, answer: Message) -> Turn:
    """Return the turn of an answer, unsaved."""
    choices = request.choices
    return Turn(
        message=answer,
        owner=request.user,
        request_id=request.question.request_id or uuid4().hex,
        state=Turn.State.RUNNING,
        model=choices.model,
        temperature=choices.temperature,
        max_tokens=choices.max_tokens,
        request=choices.request,
        fresh=choices.fresh,
        collections=_as_json(choices.collections),
        documents=_as_json(choices.documents),
        filter=dict(choices.filter) if choices.filter else None,
        tools=None if choices.tools is None else list(choices.tools),
        effort=choices.effort,
        continues=choices.continues,
    )


def _as_json(ids: Sequence[UUID] | None) -> list[str] | None:
    return None if ids is None else [str(each) for each in ids]


def _begin_attempt(
    accepted: AcceptedTurn,
    request: TurnRequest,
    before: Sequence[Message] = (),
    *,
    has_pictures: bool,
) -> AcceptedTurn:
    """The first attempt, with all that its runner needs to know, so that it reads nothing."""
    turn = accepted.turn
    Attempt.objects.create(turn=turn, number=turn.attempt, runner=request.holder)
    is_new = accepted.user_message.parent_id is None or bool(before)
    knows_all = is_new and turn.continues is None
    branch = [*before, accepted.user_message]
    question = (
        build_question(turn, request.user, branch, has_pictures=has_pictures)
        if knows_all
        else load(turn)
    )
    sending.check(question.pictures, registry.info(turn.model))
    allowance.check_in(question)
    return replace(accepted, question=question)
