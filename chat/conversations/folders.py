"""Folders of chats: made, changed, filled and emptied."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import Conflict, InvalidInput
from aiapp.sql.deletion import delete_rows
from chat.conversations import access
from chat.conversations.conversations import clean_title
from chat.log import news
from chat.models import Conversation, Folder

MAX_FOLDERS = 200


def create(user: User, name: str, instructions: str = "") -> Folder:
    """Raises InvalidInput without a name, Conflict for a name that there is already."""
    with transaction.atomic():
        lock_until_commit(f"folders {user.pk}")
        if access.folders(user).count() >= MAX_FOLDERS:
            raise InvalidInput("There are too many folders.", code="too_many_folders")
        return _save(Folder(owner=user, name=name, instructions=instructions))


def change(folder: Folder, *, name: str | None = None, instructions: str | None = None) -> Folder:
    """None leaves as it is. Raises as `create` does."""
    if name is not None:
        folder.name = name
    if instructions is not None:
        folder.instructions = instructions
    return _save(folder)


def delete(folder: Folder) -> None:
    """Its chats stay, in no folder."""
    owner = folder.owner_id
    delete_rows(folder)
    transaction.on_commit(lambda: news.tell(owner))


def move(conversation: Conversation, folder: Folder | None) -> None:
    conversation.folder = folder
    conversation.save(update_fields=["folder"])
    transaction.on_commit(lambda: news.tell(conversation.owner_id))


def instructions_of(conversation_id: UUID) -> str:
    """Return the folder's instructions for every answer in a chat; empty outside of folders."""
    found = Folder.objects.filter(conversations=conversation_id)
    return found.values_list("instructions", flat=True).first() or ""


def _save(folder: Folder) -> Folder:
    folder.name = clean_title(folder.name)
    folder.instructions = folder.instructions.replace("\x00", "")
    if not folder.name:
        raise InvalidInput("A folder needs a name.", code="empty_name")
    with transaction.atomic():
        # Looked for first: the database would note a name that it refuses in its log.
        lock_until_commit(f"folders {folder.owner_id}")
        namesakes = Folder.objects.filter(owner=folder.owner_id, name=folder.name)
        if namesakes.exclude(pk=folder.pk).exists():
            raise Conflict("You already have a folder with this name.", code="folder_exists")
        folder.save()
        transaction.on_commit(lambda: news.tell(folder.owner_id))
    return folder
