"""Conversations as wholes: made, renamed, deleted, read along a branch."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone

from accounts.limits import ledger
from accounts.models import User
from aiapp.errors import InvalidInput
from aiapp.text.invisible import remove_invisible
from chat.conversations.withholding import withhold
from chat.log import news
from chat.models import Conversation, Folder, Message

TITLE_CHARS = 80

# From a leaf up to the root. The tree is deep and narrow, and a page shows its end only.
BRANCH = """
WITH RECURSIVE branch AS (
    SELECT id, parent_id, 1 AS depth FROM chat_message WHERE id = %(leaf)s
    UNION ALL
    SELECT m.id, m.parent_id, b.depth + 1
    FROM chat_message m JOIN branch b ON m.id = b.parent_id
    WHERE b.depth < %(limit)s
)
SELECT m.* FROM chat_message m JOIN branch b ON b.id = m.id ORDER BY b.depth DESC
"""


# The message made last of those below a message, and itself.
NEWEST_BELOW = """
WITH RECURSIVE below AS (
    SELECT id FROM chat_message WHERE id = %(message)s
    UNION ALL
    SELECT m.id FROM chat_message m JOIN below b ON m.parent_id = b.id
)
SELECT id FROM below ORDER BY id DESC LIMIT 1
"""


def create(
    user: User, title: str = "", *, temporary: bool = False, folder: Folder | None = None
) -> Conversation:
    conversation = build(user, title, temporary=temporary)
    conversation.folder = folder
    conversation.save(force_insert=True)
    if not temporary:
        tell(conversation)
    return conversation


def build(user: User, title: str = "", *, temporary: bool = False) -> Conversation:
    """Return a new conversation, unsaved."""
    return Conversation(
        owner=user, title=clean_title(title), temporary=temporary, updated=timezone.now()
    )


def rename(conversation: Conversation, title: str) -> None:
    title = clean_title(title)
    if not title:
        raise InvalidInput("A conversation needs a title.", code="empty_title")
    conversation.title = title
    conversation.save(update_fields=["title"])
    tell(conversation)


def arrange(
    conversation: Conversation, *, pinned: bool | None = None, archived: bool | None = None
) -> None:
    """Change its place in the list; None leaves as it is. What is archived is not pinned."""
    if pinned is not None:
        conversation.pinned = pinned
    if archived is not None:
        conversation.archived = archived
    if archived:
        conversation.pinned = False
    elif pinned:
        conversation.archived = False
    conversation.save(update_fields=["pinned", "archived"])
    tell(conversation)


def keep(conversation: Conversation) -> None:
    """Have a temporary conversation stay, in the list like any other."""
    conversation.temporary = False
    conversation.save(update_fields=["temporary"])
    tell(conversation)


def tell(conversation: Conversation) -> None:
    """Tell its owner's pages of a change, once that is committed."""
    transaction.on_commit(lambda: news.tell(conversation.owner_id))


def clean_title(text: str) -> str:
    """One line of at most `TITLE_CHARS` characters, cut at a word."""
    line = " ".join(remove_invisible(text).split())
    if len(line) <= TITLE_CHARS:
        return line
    return line[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"


def find_leaf(conversation: Conversation) -> UUID | None:
    """The end of the active branch; None if there is no message."""
    return conversation.leaf or end_and_documents(conversation, None)[0]


def end_and_documents(
    conversation: Conversation, leaf: UUID | None
) -> tuple[UUID | None, list[UUID] | None]:
    """A leaf, or else the message made last, and what its answer was limited to: None, nothing.

    An answer for which no collection was to be searched was limited to no documents.
    """
    messages = Message.objects.filter(conversation=conversation).order_by("-id")
    if leaf is not None:
        messages = messages.filter(id=leaf)
    columns = "id", "turn__documents", "turn__collections"
    found, documents, collections = messages.values_list(*columns).first() or (None, None, None)
    if collections == []:
        return found, []
    return found, None if documents is None else [UUID(each) for each in documents]


def show(message: Message) -> None:
    """Make the branch through a message the active one, to its newest end."""
    conversation = message.conversation
    conversation.leaf = newest_below(message)
    conversation.save(update_fields=["leaf"])
    tell(conversation)


def newest_below(message: Message) -> UUID:
    """The newest end of the branches through a message."""
    [newest] = Message.objects.raw(NEWEST_BELOW, {"message": message.id})
    found: UUID = newest.id
    return found


def branch(
    conversation: Conversation, *, leaf: UUID | None = None, limit: int = 50
) -> list[Message]:
    """The last `limit` messages of a branch, the oldest first, with turns, citations and siblings.

    Without a leaf it is the active branch.
    """
    leaf = leaf or find_leaf(conversation)
    return _complete(conversation, texts(leaf, limit=limit) if leaf else [])


def tree(conversation: Conversation, *, after: UUID | None, limit: int) -> list[Message]:
    """The messages of all branches, in the order in which they were made, as `branch` has them."""
    messages = Message.objects.filter(conversation=conversation).order_by("id")
    return _complete(
        conversation, list((messages.filter(id__gt=after) if after else messages)[:limit])
    )


def mark_siblings(messages: Sequence[Message]) -> None:
    """Fill in `siblings` of messages of one conversation."""
    if not messages:
        return
    parents = {message.parent_id for message in messages}
    rows = (
        Message.objects.filter(conversation_id=messages[0].conversation_id)
        .filter(Q(parent_id__in=parents - {None}) | (Q(parent=None) if None in parents else Q()))
        .order_by("id")
        .values_list("parent_id", "id")
    )
    children: dict[UUID | None, list[UUID]] = {}
    for parent, child in rows:
        children.setdefault(parent, []).append(child)
    for message in messages:
        message.siblings = children.get(message.parent_id, [message.id])


def mark_costs(messages: Sequence[Message]) -> None:
    """Fill in `cost` of messages that answers were made for."""
    costs = ledger.get_costs([m.turn.id for m in messages if getattr(m, "turn", None) is not None])
    for message in messages:
        message.cost = costs.get(message.turn.id) if getattr(message, "turn", None) else None


def texts(leaf: UUID, *, limit: int) -> list[Message]:
    """The last `limit` messages up to a leaf, the oldest first, and nothing around them."""
    return list(Message.objects.raw(BRANCH, {"leaf": leaf, "limit": limit}))


def _complete(conversation: Conversation, messages: list[Message]) -> list[Message]:
    prefetch_related_objects(
        messages,
        "turn",
        "feedback",
        "citations__version",
        "calls",
        "attachments",
        "conversation__owner",
    )
    _catch_up(messages)
    withhold(conversation.owner, messages)
    mark_siblings(messages)
    return messages


def _catch_up(messages: Sequence[Message]) -> None:
    """Read the texts of answers that ended between a look at them and one at their turns.

    Each look sees what had been committed by then, so such an answer would be whole and empty.
    """
    empty = {message.id: message for message in messages if _is_empty_end(message)}
    if not empty:
        return
    rows = Message.objects.filter(id__in=empty).values_list("id", "content", "tool_calls")
    for message_id, content, tool_calls in rows:
        empty[message_id].content, empty[message_id].tool_calls = content, tool_calls


def _is_empty_end(message: Message) -> bool:
    turn = getattr(message, "turn", None)
    return not message.content and turn is not None and turn.is_final
