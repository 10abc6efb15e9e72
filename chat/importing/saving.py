"""An import's work: each conversation of its file in a transaction of its own."""

import logging
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from aiapp.errors import AppError
from aiapp.ids import uuid7
from chat import news
from chat.conversations import clean_title
from chat.importing import chatgpt, files, ours
from chat.importing.told import Line, NotAChat, Told, checked
from chat.models import ChatImport, Citation, Conversation, ImportedChat, Message, Origin

logger = logging.getLogger(__name__)

# Of reasons why something was not imported; the rest are counted.
MOST_REASONS = 50
LEASE = timedelta(seconds=60)


def run(import_id: UUID) -> None:
    """Import a file. Does nothing if somebody else does or it has ended."""
    claimable = ChatImport.objects.filter(id=import_id, claimed_until__lt=Now())
    if not claimable.exclude(state__in=ChatImport.FINAL).update(
        state=ChatImport.State.RUNNING,
        claimed_until=Now() + LEASE,
        imported=0,
        known=0,
        skipped=0,
        reasons=[],
    ):
        return
    job = ChatImport.objects.select_related("owner").get(id=import_id)
    try:
        with default_storage.open(job.file) as file:
            for data in files.conversations(file):
                _take(job, data)
        state, error = ChatImport.State.DONE, ""
    except (AppError, FileNotFoundError) as fault:
        state = ChatImport.State.FAILED
        error = fault.message if isinstance(fault, AppError) else "The file is gone."
        logger.info("import_failed", extra={"reason": type(fault).__name__})
    ChatImport.objects.filter(id=import_id).update(state=state, error=error, finished=Now())
    default_storage.delete(job.file)
    news.tell(job.owner.pk)


def _take(job: ChatImport, data: Any) -> None:
    """Keep one conversation, or the reason why not."""
    row = ChatImport.objects.filter(id=job.id)
    alive = {"claimed_until": Now() + LEASE}
    title = clean_title(data.get("title") or "") if _has_title(data) else ""
    try:
        is_new = save(job.owner, _told(data))
    except NotAChat as fault:
        job.reasons = [*job.reasons, {"title": title, "reason": str(fault)}][:MOST_REASONS]
        row.update(skipped=F("skipped") + 1, reasons=job.reasons, **alive)
    else:
        count = "imported" if is_new else "known"
        row.update(**{count: F(count) + 1}, **alive)


def _has_title(data: Any) -> bool:
    return isinstance(data, dict) and isinstance(data.get("title"), str)


def _told(data: Any) -> Told:
    if isinstance(data, dict) and ours.is_ours(data):
        return checked(ours.told(data))
    if isinstance(data, dict) and chatgpt.is_chatgpts(data):
        return checked(chatgpt.told(data))
    raise NotAChat("It is in no form that is known here.")


def save(user: User, told: Told) -> bool:
    """Whether it was not here before."""
    with transaction.atomic():
        if _is_here(user, told.source):
            return False
        _imported, is_new = ImportedChat.objects.get_or_create(owner=user, source=told.source[:200])
        if not is_new:
            return False
        times = [line.created for line in told.lines if line.created]
        conversation = Conversation.objects.create(
            owner=user,
            title=clean_title(told.title),
            updated=max(times, default=told.created or timezone.now()),
        )
        Conversation.objects.filter(id=conversation.id).update(
            created=told.created or min(times, default=conversation.created)
        )
        ImportedChat.objects.filter(owner=user, source=told.source[:200]).update(
            conversation=conversation
        )
        messages = _messages(conversation, told.lines)
        leaf = messages.get(told.leaf)
        Conversation.objects.filter(id=conversation.id).update(leaf=leaf.id if leaf else None)
    return True


def _is_here(user: User, source: str) -> bool:
    """Whether it is one of the user's own, exported here."""
    kind, _, name = source.partition(":")
    if kind != "aiapp":
        return False
    try:
        return Conversation.objects.filter(owner=user, id=UUID(name), deleted=None).exists()
    except ValueError:
        return False


def _messages(conversation: Conversation, lines: Sequence[Line]) -> dict[str, Message]:
    """The rows, by the names that the file gave them."""
    made: dict[str, Message] = {}
    for line in _parents_first(lines):
        made[line.key] = Message(
            id=uuid7(),
            conversation=conversation,
            parent=made[line.parent] if line.parent else None,
            role=line.role,
            content=line.content,
            origin=Origin.IMPORTED,
        )
    Message.objects.bulk_create(made.values(), batch_size=500)
    for line in lines:
        made[line.key].created = line.created or conversation.created
    # Django sets the time itself when a row is added.
    Message.objects.bulk_update(made.values(), ["created"], batch_size=500)
    Citation.objects.bulk_create(
        Citation(message=made[line.key], start=0, end=0, **each)
        for line in lines
        for each in line.citations
    )
    return made


def _parents_first(lines: Sequence[Line]) -> Iterator[Line]:
    """Raises NotAChat for lines that are no tree."""
    children: dict[str | None, list[Line]] = {}
    for line in lines:
        children.setdefault(line.parent, []).append(line)
    waiting, count = list(reversed(children.get(None, []))), 0
    while waiting:
        line = waiting.pop()
        count += 1
        yield line
        waiting.extend(reversed(children.pop(line.key, [])))
    if count != len(lines):
        raise NotAChat("Its messages do not follow one another.")
