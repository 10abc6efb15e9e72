"""The beginning of most questions, in one round trip: `beginning` by statements of its own.

What is rare goes the ORM's way, in `beginning`: pictures, a history that a program brings along, an
edited question or another answer, a name for the request that was used before, and users with a
budget. The statements find out by themselves whether that is so, and then write nothing. Both
ways leave the same rows, which `test_round_trips_write_what_the_orm_writes` compares.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError

from accounts.limits import ledger
from aiapp.db import in_db
from aiapp.errors import Conflict, NotFound
from aiapp.sql import pool
from aiapp.sql.inserts import build, read_value
from aiapp.sql.pool import Row, Statement
from chat.conversations import conversations
from chat.memory.summary import Notes
from chat.models import Attempt, Conversation, Instructions, Message, Turn
from chat.models.indexing import list_words
from chat.turns.accepting import statements
from chat.turns.accepting.beginning import build_message, build_turn
from chat.turns.accepting.places import Follows, Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn, check_request_id
from chat.turns.accepting.request import Question, TurnRequest, check_content
from chat.turns.question import (
    HISTORY_MESSAGES,
    EarlierMessage,
    Memory,
    TurnQuestion,
    add_pictures,
    build_question,
    is_learning,
    join_instructions,
)

# A longer question is cut into words on a thread, so that nobody waits for it.
CHARS_AT_ONCE = 4_000
_OWN_COLUMNS = len(Instructions._meta.concrete_fields)


def is_common(question: Question, follows: Follows) -> bool:
    """Tell if a question may begin in one round trip, as far as can be told without looking."""
    if question.attachments or settings.CONCURRENT_TURNS:
        return False
    return isinstance(follows, Leaf) or (
        isinstance(follows, NewConversation) and not follows.history
    )


async def begin_conversation(request: TurnRequest, new: NewConversation) -> AcceptedTurn | None:
    """Begin as `beginning.begin_conversation` does; None if that has to be done there."""
    begun = await _prepare(request, new)
    if begun is None or (found := await _run(begun)) is None:
        return None
    [(is_open, created, _, of_folder, facts, *own)] = found[0]
    if not is_open:
        return None
    begun.turn.created = created
    memory = _build_memory(begun, own, of_folder, facts)
    return _accept(begun, [], memory)


async def follow_up(request: TurnRequest, leaf: Leaf) -> AcceptedTurn | None:
    """Begin as `beginning.follow_up` does; None if that has to be done there.

    Raises NotFound for a conversation that is not the user's, and Conflict while it answers.
    """
    begun = await _prepare(request, leaf)
    if begun is None or (found := await _run(begun)) is None:
        return None
    if not found[1]:
        raise NotFound("There is no such conversation.")
    [(is_open, is_busy, created, _, documents, of_folder, facts, *rest)] = found[1]
    if is_busy and is_open:
        raise Conflict("This chat is still answering.", code="turn_running")
    if not is_open:
        return None
    own, columns = rest[:_OWN_COLUMNS], rest[_OWN_COLUMNS:]
    begun = replace(begun, conversation=_build_conversation(begun, columns))
    begun.turn.created = created
    begun.turn.documents = read_value(Turn, "documents", documents)
    branch, notes, has_pictures = _read_branch(found[2])
    begun.user_message.parent_id = branch[-1].id if branch else None
    for message in (begun.user_message, begun.answer):
        message.conversation = begun.conversation
    accepted = _accept(begun, branch, _build_memory(begun, own, of_folder, facts, notes))
    return await _add_pictures(accepted, branch) if has_pictures else accepted


@dataclass(frozen=True, slots=True)
class Begun:
    """The rows of a beginning, and the statements that write them."""

    request: TurnRequest
    conversation: Conversation
    user_message: Message
    answer: Message
    turn: Turn
    statements: Sequence[Statement]


async def _prepare(request: TurnRequest, place: NewConversation | Leaf) -> Begun | None:
    """Build the rows; None if the question would give its conversation no title."""
    if len(request.question.content) > CHARS_AT_ONCE:
        return await asyncio.to_thread(_build_rows, request, place)
    return _build_rows(request, place)


def _build_rows(request: TurnRequest, place: NewConversation | Leaf) -> Begun | None:
    user, content = request.user, check_content(request.question.content)
    check_request_id(request.question.request_id)
    title = conversations.clean_title(content)
    if isinstance(place, NewConversation):
        kind = statements.new_conversation()
        conversation = conversations.build(user, content, temporary=place.temporary)
        conversation.folder_id = place.folder
    elif title:
        kind = statements.follow_up(HISTORY_MESSAGES - 1)
        conversation = Conversation(id=place.conversation, owner=user, title=title)
    else:
        return None
    user_message = build_message(conversation, None, Message.Role.USER, content)
    answer = build_message(conversation, user_message, Message.Role.ASSISTANT, "")
    turn = build_turn(request, answer)
    attempt = Attempt(turn=turn, number=turn.attempt, runner=request.holder)
    entry = ledger.build_entry(user, turn.id, turn.model)
    rows = [conversation, user_message, answer, turn, attempt, entry]
    values: dict[str, Any] = {
        "owner": user.pk,
        "request": turn.request_id,
        "title": title,
        "keeps_documents": request.choices.keeps_documents,
        **list_words(user_message.id, conversation.id, user.pk, user_message.content),
    }
    for insert, row in zip(kind.inserts, rows[-len(kind.inserts) :], strict=True):
        values |= insert.list_values(row)
    sent = [Statement(query, values) for query in kind.queries]
    return Begun(request, conversation, user_message, answer, turn, sent)


async def _run(begun: Begun) -> list[list[Row]] | None:
    try:
        return await pool.run(*begun.statements)
    except IntegrityError:
        # Another request of the same name was quicker, or what it is about has just been deleted.
        return None


def _build_conversation(begun: Begun, columns: Sequence[Any]) -> Conversation:
    """Return the conversation as it is now that the question is asked."""
    conversation: Conversation = build(Conversation, columns)
    conversation.owner, conversation.leaf = begun.request.user, begun.answer.id
    conversation.title = conversation.title or begun.conversation.title
    return conversation


def _read_branch(rows: Sequence[Row]) -> tuple[list[EarlierMessage], Notes | None, bool]:
    """Return the messages before a question, the notes that reach farthest, and a bool.

    It tells if any of the messages has pictures.
    """
    branch: list[EarlierMessage] = []
    notes, has_pictures = None, False
    for covered, (is_pictured, notes_id, text, *columns) in enumerate(rows, 1):
        branch.append(EarlierMessage(*columns))
        has_pictures |= is_pictured
        if notes_id is not None:
            notes = Notes(notes_id, text, covered)
    return branch, notes if len(branch) > 1 else None, has_pictures


def _build_memory(
    begun: Begun,
    own: Sequence[Any],
    of_folder: str | None,
    facts: list[str] | None,
    notes: Notes | None = None,
) -> Memory:
    is_there = own[0] is not None
    instructions = build(Instructions, own) if is_there else Instructions(owner=begun.request.user)
    learns = is_learning(instructions, begun.conversation)
    return Memory(
        instructions=join_instructions(instructions, of_folder or ""),
        learns=learns,
        facts=(facts or ()) if learns else (),
        notes=notes,
        names_chats=instructions.titles and not begun.conversation.temporary,
        suggests=instructions.follow_ups and not begun.conversation.temporary,
    )


def _accept(begun: Begun, branch: Sequence[EarlierMessage], memory: Memory) -> AcceptedTurn:
    for row in (begun.conversation, begun.user_message, begun.answer, begun.turn):
        row._state.adding, row._state.db = False, "default"
    question: TurnQuestion = build_question(
        begun.turn,
        begun.request.user,
        [*branch, begun.user_message],
        has_pictures=False,
        memory=memory,
    )
    return AcceptedTurn(begun.conversation, begun.user_message, begun.answer, begun.turn, question)


async def _add_pictures(accepted: AcceptedTurn, branch: Sequence[EarlierMessage]) -> AcceptedTurn:
    """Add the pictures of earlier messages, which a program's request does not bring along."""
    if accepted.question is None or accepted.turn.request is not None:
        return accepted
    whole: list[Message | EarlierMessage] = [*branch, accepted.user_message]
    return replace(accepted, question=await in_db(add_pictures, accepted.question, whole))
