"""Conversations as wholes: made, renamed, deleted, read along a branch."""

from uuid import UUID

from django.db.models import prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from aiapp.errors import InvalidInput
from chat.models import Conversation, Message
from chat.withholding import withhold

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


def create(user: User, title: str = "", *, temporary: bool = False) -> Conversation:
    return Conversation.objects.create(
        owner=user, title=clean_title(title), temporary=temporary, updated=timezone.now()
    )


def rename(conversation: Conversation, title: str) -> None:
    title = clean_title(title)
    if not title:
        raise InvalidInput("A conversation needs a title.", code="empty_title")
    conversation.title = title
    conversation.save(update_fields=["title"])


def delete(conversation: Conversation) -> None:
    """Its turns that still run find no row to finish and end by themselves."""
    conversation.delete()


def clean_title(text: str) -> str:
    """One line of at most `TITLE_CHARS` characters, cut at a word."""
    line = " ".join(text.replace("\x00", "").split())
    if len(line) <= TITLE_CHARS:
        return line
    return line[:TITLE_CHARS].rsplit(" ", 1)[0] + "…"


def newest_leaf(conversation: Conversation) -> UUID | None:
    """The end of the active branch: the message made last."""
    return (
        Message.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("id", flat=True)
        .first()
    )


def newest_leaf_and_documents(
    conversation: Conversation,
) -> tuple[UUID | None, list[UUID] | None]:
    """The newest leaf, and what its answer was limited to; None means to nothing."""
    found = (
        Message.objects.filter(conversation=conversation)
        .order_by("-id")
        .values_list("id", "turn__documents")
        .first()
    )
    leaf, documents = found or (None, None)
    return leaf, None if documents is None else [UUID(each) for each in documents]


def branch(
    conversation: Conversation, *, leaf: UUID | None = None, limit: int = 50
) -> list[Message]:
    """The last `limit` messages of a branch, the oldest first, with turns and citations."""
    leaf = leaf or newest_leaf(conversation)
    messages = texts(leaf, limit=limit) if leaf else []
    prefetch_related_objects(messages, "turn", "feedback", "citations__version")
    withhold(conversation.owner, messages)
    return messages


def texts(leaf: UUID, *, limit: int) -> list[Message]:
    """The last `limit` messages up to a leaf, the oldest first, and nothing around them."""
    return list(Message.objects.raw(BRANCH, {"leaf": leaf, "limit": limit}))
