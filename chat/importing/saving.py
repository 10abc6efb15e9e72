"""An import's work: each conversation of its file in a transaction of its own."""

import logging
import time
from typing import Any
from uuid import UUID

from django.db import DataError, OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.db import is_disk_full
from aiapp.errors import AppError, TooLarge, Unavailable
from aiapp.files import store
from aiapp.files.errors import FilesUnavailable
from chat.conversations.conversations import clean_title
from chat.importing import files, messages, uploads
from chat.importing.formats import read_chat
from chat.importing.json_items import Damage
from chat.importing.parsed_chat import NotAChat, ParsedChat, clean_text
from chat.importing.uploads import IMPORT
from chat.log import news
from chat.models import ChatImport, Conversation, ImportedChat

logger = logging.getLogger(__name__)

# Of reasons why something was not imported; the rest are counted.
MAX_REASONS = 50
# What an archive of some hundred bytes may claim to hold, each of which costs its time.
MAX_CHATS = 100_000
# How often an import tells how far it has come, so that what is passed over costs no write each.
PROGRESS_SECONDS = 1.0
# What ends a worker each time it is begun is not begun for ever.
MAX_ATTEMPTS = 3
INTERRUPTED = "The import was interrupted several times. The chats imported so far are kept."
# What readers raise where a file holds something else than what belongs there.
MALFORMED = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


def run(import_id: UUID) -> None:
    """Import a file. Does nothing if somebody else does, it has ended, or its turn is later."""
    job = _claim(import_id)
    if job is None:
        return
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise Unavailable(INTERRUPTED)
        _import(job)
        state, error = ChatImport.State.DONE, ""
    except FilesUnavailable:
        _put_off(import_id)
        return
    except (AppError, FileNotFoundError) as fault:
        state = ChatImport.State.FAILED
        error = fault.message if isinstance(fault, AppError) else "The file is gone."
        logger.info("import_failed", extra={"reason": type(fault).__name__})
    except (OSError, OperationalError) as fault:
        if not is_disk_full(fault):
            raise
        _put_off(import_id)
        return
    ChatImport.objects.filter(id=import_id).update(
        state=state, error=error, finished=Now(), **_progress(job)
    )
    store.delete(job.file)
    news.tell(job.owner.pk)
    if following := uploads.find_waiting(job.owner):
        IMPORT.enqueue(following)


def _claim(import_id: UUID) -> ChatImport | None:
    """Take an import, unless another of its owner's is under way: others wait for the workers."""
    owner = ChatImport.objects.filter(id=import_id).values_list("owner", flat=True).first()
    with transaction.atomic():
        lock_until_commit(f"imports {owner}")
        if uploads.is_busy(owner, import_id):
            return None
        return IMPORT.claim(
            import_id,
            state=ChatImport.State.RUNNING,
            attempts=F("attempts") + 1,
            imported=0,
            known=0,
            skipped=0,
            reasons=[],
        )


def _import(job: ChatImport) -> None:
    """Import what can be. Raises InvalidInput, TooLarge and what reading files raises."""
    noted = time.monotonic()
    with store.open_file(job.file) as file:
        for number, data in enumerate(files.conversations(file)):
            if number >= MAX_CHATS:
                raise TooLarge(files.TOO_MUCH)
            _take(job, data)
            if time.monotonic() - noted >= PROGRESS_SECONDS:
                noted = time.monotonic()
                IMPORT.renew(job.id, **_progress(job))


def _progress(job: ChatImport) -> dict[str, Any]:
    return {name: getattr(job, name) for name in ("imported", "known", "skipped", "reasons")}


def _put_off(import_id: UUID) -> None:
    """Have it tried again once the lease has lapsed: nothing is known about the file."""
    ChatImport.objects.filter(id=import_id).update(attempts=F("attempts") - 1)


def _take(job: ChatImport, data: Any) -> None:
    """Keep one conversation, or the reason why not."""
    try:
        is_new = save(job.owner, _read(data))
    except NotAChat as fault:
        job.skipped += 1
        if len(job.reasons) < MAX_REASONS:
            job.reasons.append({"title": _find_title(data), "reason": str(fault)})
    else:
        job.imported += is_new
        job.known += not is_new


def _find_title(data: Any) -> str:
    """Return what a conversation calls itself, so that its owner knows which it is."""
    if isinstance(data, Damage):
        return clean_title(data.title)
    fields = data if isinstance(data, dict) else {}
    named = [clean_text(fields.get(name)) for name in ("title", "name")]
    return clean_title(next((name for name in named if name), ""))


def _read(data: Any) -> ParsedChat:
    if isinstance(data, Damage):
        raise NotAChat(f"Chat {data.number} of the file is damaged.")
    try:
        return read_chat(data)
    except NotAChat:
        raise
    except MALFORMED as error:
        # Whatever a file holds in place of what belongs there costs that chat alone.
        logger.warning("chat_not_read", extra={"reason": type(error).__name__})
        raise NotAChat("It is damaged.") from error


def save(user: User, chat: ParsedChat) -> bool:
    """Keep a conversation, and return whether it or some of its messages were not here before.

    Raises NotAChat for what the database refuses.
    """
    try:
        return _save(user, chat)
    except DataError as error:
        raise NotAChat("It contains something that cannot be stored.") from error


def _save(user: User, chat: ParsedChat) -> bool:
    with transaction.atomic():
        if _is_here(user, chat.source):
            return False
        source = chat.source[:200]
        earlier = ImportedChat.objects.filter(owner=user, source=source)
        # What was thrown away is brought back by importing it again, as an export of ours is.
        earlier.exclude(conversation__deleted=None).delete()
        known, is_new = ImportedChat.objects.get_or_create(owner=user, source=source)
        if not is_new:
            return known.conversation_id is not None and messages.grow(known.conversation_id, chat)
        times = [line.created for line in chat.lines if line.created]
        conversation = Conversation.objects.create(
            owner=user,
            # Without a title it is named by its first words, as one that is begun here.
            title=clean_title(chat.title) or clean_title(chat.lines[0].content),
        )
        # Set apart: Django sets both to now where a row is added.
        conversation.created = chat.created or min(times, default=conversation.created)
        last = chat.updated or chat.created or conversation.updated
        conversation.updated = max(times, default=last)
        conversation.save(update_fields=["created", "updated"])
        earlier.update(conversation=conversation)
        leaf = messages.add(conversation, chat.lines, {}).get(chat.leaf)
        Conversation.objects.filter(id=conversation.id).update(leaf=leaf.id if leaf else None)
    return True


def _is_here(user: User, source: str) -> bool:
    """Return True if it is one of the user's own, exported here."""
    kind, _, name = source.partition(":")
    if kind != "aiapp":
        return False
    try:
        return Conversation.objects.filter(owner=user, id=UUID(name), deleted=None).exists()
    except ValueError:
        return False
