"""Conversations that were deleted: unseen at once, gone for good a little later.

In between they can be brought back. Whatever reads conversations does so through
`chat.conversations.access`, which knows nothing of deleted ones.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotFound
from aiapp.sql.deletion import delete_rows
from chat.conversations import access
from chat.conversations.tree import UNFINISHED
from chat.log import news
from chat.models import Conversation, Turn
from chat.turns import response_cache
from chat.turns.running import runner

# The page offers to undo for 10 seconds; a slow network and a reader who hesitates get more.
UNDO_FOR = timedelta(seconds=60)
MAX_PURGED_AT_ONCE = 200


async def delete(user: User, conversation_id: UUID) -> None:
    """Raises NotFound. An answer under way is stopped; what it said is kept with the rest."""

    def hide() -> list[Turn]:
        conversation = access.get_conversation(user, conversation_id)
        Conversation.objects.filter(id=conversation.id).update(deleted=Now())
        response_cache.forget("conversation", [conversation.id])
        running = Turn.objects.filter(message__conversation=conversation, state__in=UNFINISHED)
        return list(running)

    for turn in await in_db(hide):
        await runner.stop(turn)
    news.tell_soon(user.pk)


def restore(user: User, conversation_id: UUID) -> Conversation:
    """Raises NotFound if it was not deleted, or too long ago."""
    conversation = access.deleted_conversation(user, conversation_id)
    if conversation is None:
        raise NotFound("There is no such conversation.")
    Conversation.objects.filter(id=conversation.id).update(deleted=None)
    transaction.on_commit(lambda: news.tell(user.pk))
    return conversation


def purge() -> None:
    """Delete for good what nobody wanted back."""
    # By the database's clock: one that is ahead would leave nobody the time to want it back.
    old = Conversation.objects.filter(deleted__lt=Now() - UNDO_FOR)
    ids = list(old.values_list("id", flat=True)[:MAX_PURGED_AT_ONCE])
    # Looked at again, for one may have come back meanwhile.
    delete_rows(old.filter(id__in=ids))
