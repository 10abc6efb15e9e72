"""The messages of an imported chat: as rows, and what a chat has got since it was imported."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from aiapp.ids import uuid7
from chat.importing.parsed_chat import Line, ParsedChat
from chat.models import Citation, Conversation, Message, Origin

# Rows of a statement.
BATCH = 500
Known = Mapping[str, Message]
# What a message follows, who wrote it, and its words or its time.
Place = tuple[UUID | None, str, str | datetime | None]


def add(conversation: Conversation, lines: Sequence[Line], known: Known) -> dict[str, Message]:
    """Keep the lines that are not known; return the rows of all, by the file's names."""
    messages = dict(known)
    new = [line for line in _parents_first(lines) if line.key not in known]
    for line in new:
        messages[line.key] = Message(
            id=uuid7(),
            conversation=conversation,
            parent=messages.get(line.parent) if line.parent else None,
            role=line.role,
            content=line.content,
            origin=Origin.IMPORTED,
        )
    rows = [messages[line.key] for line in new]
    Message.objects.bulk_create(rows, batch_size=BATCH)
    for line in new:
        messages[line.key].created = line.created or conversation.created
    # Django sets the time itself when a row is added.
    Message.objects.bulk_update(rows, ["created"], batch_size=BATCH)
    Citation.objects.bulk_create(
        Citation(message=messages[line.key], start=0, end=0, **each)
        for line in new
        for each in line.citations
    )
    return messages


def grow(conversation_id: UUID, chat: ParsedChat) -> bool:
    """Add what a chat has got since it was imported; return whether it has got anything.

    What was shown last is replaced by what is shown in the file, unless somebody wrote on here.
    """
    conversation = (
        Conversation.objects.select_for_update().filter(id=conversation_id, deleted=None).first()
    )
    if conversation is None:
        return False
    imported = conversation.messages.filter(origin=Origin.IMPORTED)
    if len(chat.lines) <= imported.count():
        return False
    here = list(imported.order_by("id"))
    if not here:
        return False
    known = _find_known(here, chat.lines)
    new = _find_new(here, chat.lines, known)
    if not new:
        return False
    kept = known.keys() | new.keys()
    messages = add(conversation, [line for line in chat.lines if line.key in kept], known)
    last = max((line.created for line in new.values() if line.created), default=None)
    conversation.updated = max(conversation.updated, last or conversation.updated)
    if chat.leaf in messages and conversation.leaf in {None, *(each.id for each in here)}:
        conversation.leaf = messages[chat.leaf].id
    Conversation.objects.filter(id=conversation.id).update(
        leaf=conversation.leaf, updated=conversation.updated
    )
    return True


def _find_known(here: Sequence[Message], lines: Sequence[Line]) -> dict[str, Message]:
    """Return the messages that are here of those in a file, by the file's names.

    One is told by the place that it has, and by its words or its time: another release may have
    read the same message in other words.
    """
    places: dict[Place, deque[Message]] = {}
    for message in here:
        place = message.parent_id, message.role
        places.setdefault((*place, message.content), deque()).append(message)
        places.setdefault((*place, message.created), deque()).append(message)
    keys = {line.key for line in lines}
    known: dict[str, Message] = {}
    left = {message.id for message in here}
    for line in _parents_first(lines):
        parent = line.parent if line.parent in keys else None
        if parent and parent not in known:
            continue
        place = known[parent].id if parent else None, line.role
        for waiting in (places.get((*place, line.content)), places.get((*place, line.created))):
            while waiting and line.key not in known:
                if (found := waiting.popleft()).id in left:
                    left.discard(found.id)
                    known[line.key] = found
    return known


def _find_new(here: Sequence[Message], lines: Sequence[Line], known: Known) -> dict[str, Line]:
    """Return the lines that follow what is here, and are later than all of it.

    Of messages without times those are that follow where the chat ended.
    """
    latest = max(message.created for message in here)
    with_answer = {message.parent_id for message in here}
    new: dict[str, Line] = {}
    for line in _parents_first(lines):
        above = known.get(line.parent) if line.parent else None
        if line.key in known or (above is None and line.parent not in new):
            continue
        follows_end = above is None or above.id not in with_answer
        if line.created > latest if line.created else follows_end:
            new[line.key] = line
    return new


def _parents_first(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield each line after the one it follows; where lines follow in a circle, from the first."""
    keys = {line.key for line in lines}
    children: dict[str | None, list[Line]] = {}
    for line in lines:
        # What follows a message that the file lacks begins a branch of its own.
        parent = line.parent if line.parent in keys else None
        children.setdefault(parent, []).append(line)
    keys_so_far: set[str] = set()
    for start in [*children.get(None, []), *lines]:
        waiting = [start]
        while waiting:
            line = waiting.pop()
            if line.key not in keys_so_far:
                keys_so_far.add(line.key)
                yield line
                waiting.extend(reversed(children.pop(line.key, [])))
