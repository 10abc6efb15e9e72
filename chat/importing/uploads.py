"""An uploaded file of chats, kept until a worker has imported it."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.jobs import Job
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import InvalidInput
from aiapp.files import store
from chat.importing.files import NOT_CHATS, may_hold_chats
from chat.models import ChatImport
from documents.files import filenames

MAX_AT_ONCE = 3
LEASE = timedelta(seconds=60)

_UNFINISHED = ~Q(state__in=ChatImport.FINAL)
_LAPSED = _UNFINISHED & Q(claimed_until__lt=Now())
IMPORT = Job(
    rows=ChatImport.objects.select_related("owner"),
    task="chat.import_chats",
    free=_LAPSED,
    abandoned=_LAPSED,
    lease={"claimed_until": Now() + LEASE},
    sweep_seconds=30,
    unqueued="import_not_queued",
)


def accept(user: User, file: "UploadedFile[Any]") -> ChatImport:
    """Keep a file and have it imported. Raises InvalidInput for what cannot hold chats."""
    start = file.read(4096)
    file.seek(0)
    if not may_hold_chats(start):
        raise InvalidInput(NOT_CHATS, code="not_chats")
    _check_room(user)
    name = store.save("imports", file)
    try:
        with transaction.atomic():
            # Once more, for those that came at the same time; the first look saves their files.
            lock_until_commit(f"imports {user.pk}")
            _check_room(user)
            job = ChatImport.objects.create(
                owner=user, file=name, filename=filenames.clean(file.name or "")
            )
            transaction.on_commit(partial(IMPORT.enqueue, job.id))
    except BaseException:
        store.delete(name)
        raise
    return job


def is_busy(owner_id: UUID | None, import_id: UUID) -> bool:
    """Check whether a worker is at another import of somebody's."""
    running = ChatImport.objects.filter(_UNFINISHED, owner=owner_id, claimed_until__gt=Now())
    return running.exclude(id=import_id).exists()


def find_waiting(user: User) -> UUID | None:
    """Return the oldest import of the user's that nobody works at."""
    waiting = ChatImport.objects.filter(_LAPSED, owner=user).order_by("pk")
    return waiting.values_list("pk", flat=True).first()


def _check_room(user: User) -> None:
    unfinished = ChatImport.objects.filter(_UNFINISHED, owner=user)
    if unfinished.count() >= MAX_AT_ONCE:
        raise InvalidInput("Wait until your other imports have ended.", code="too_many_imports")


def file_goes_too(sender: type[ChatImport], instance: ChatImport, **kwargs: Any) -> None:
    """However an import is deleted, so is its file, if it is still there."""
    transaction.on_commit(partial(store.delete, instance.file))
