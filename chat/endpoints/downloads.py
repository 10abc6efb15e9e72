"""Downloads of models in the background, a slice at a time.

What has arrived stays where it is when a worker is killed, a download is paused or the hub goes
away, and the next slice goes on behind it.
"""

import logging
import time
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.jobs import Job
from aiapp.concurrency.locks import lock_until_commit
from aiapp.embedded.hub.errors import HubError, HubUnreachable
from aiapp.embedded.hub.files import HubFile
from aiapp.errors import AppError, Conflict
from chat.endpoints.own_server import get_shelf
from chat.models import ModelDownload

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
# How often progress is saved, and a wish to pause looked at.
SAVE_SECONDS = 1.0
# The hub may be away for a night.
MAX_TRIES = 40
RETRY_PAUSE = timedelta(seconds=20)
NO_ROOM = "The file cannot be written to the folder of models: {reason}."

_WANTED = Q(state__in=[ModelDownload.State.QUEUED, ModelDownload.State.RUNNING])
DOWNLOAD = Job(
    rows=ModelDownload.objects.all(),
    task="chat.download_model",
    free=_WANTED & Q(claimed_until__lte=Now()),
    abandoned=_WANTED & Q(claimed_until__lt=Now()),
    lease={"claimed_until": Now() + LEASE},
    sweep_seconds=30,
    unqueued="download_not_queued",
)


def ask_for(user: User, repository: str, name: str) -> ModelDownload:
    """Have a model downloaded; one that is under way already is returned.

    Raises InvalidInput for a file that is not there, Conflict for one that is here already, and a
    HubError.
    """
    # Imported here: it takes a third of a second, and pages are older than the wish for a model.
    from aiapp.embedded.hub.repository import find_file  # noqa: PLC0415

    file = find_file(repository.strip(), name.strip())
    if get_shelf().holds(file):
        raise Conflict(f"{file.name} was downloaded already.", code="model_here")
    with transaction.atomic():
        lock_until_commit(f"model {file.sha256}")
        under_way = ModelDownload.objects.filter(sha256=file.sha256)
        if row := under_way.exclude(state=ModelDownload.State.DONE).first():
            resume(row)
            return row
        row = ModelDownload.objects.create(created_by=user, **asdict(file))
        transaction.on_commit(partial(DOWNLOAD.enqueue, row.pk))
    return row


def run(download_id: UUID) -> bool:
    """Download a slice, unless somebody else does; return whether there is more to do."""
    row = DOWNLOAD.claim(download_id, state=ModelDownload.State.RUNNING)
    if row is None:
        return False
    from aiapp.embedded.hub.download import fetch  # noqa: PLC0415

    progress = _Progress(row)
    try:
        is_whole = fetch(describe_file(row), get_shelf(), progress.note)
    except HubUnreachable as error:
        _try_later(row, progress, error)
        return False
    except Conflict:
        # A worker that is believed to be dead still writes; it is asked again when it has ended.
        return False
    except HubError as error:
        _fail(row, error.message)
        return False
    except OSError as error:
        logger.exception("download_broke", extra={"download": str(row.pk)})
        _fail(row, NO_ROOM.format(reason=error.strerror))
        return False
    return _end_slice(row, is_whole=is_whole)


def pause(row: ModelDownload) -> None:
    """Stop a download; what has arrived is kept."""
    ModelDownload.objects.filter(_WANTED, pk=row.pk).update(state=ModelDownload.State.PAUSED)


def resume(row: ModelDownload) -> None:
    """Go on with a download that was paused or failed."""
    stopped = [ModelDownload.State.PAUSED, ModelDownload.State.FAILED]
    changed = ModelDownload.objects.filter(pk=row.pk, state__in=stopped).update(
        state=ModelDownload.State.QUEUED, tries=0, error="", claimed_until=Now()
    )
    if changed:
        transaction.on_commit(partial(DOWNLOAD.enqueue, row.pk))


def discard(row: ModelDownload) -> None:
    """Give a download up, and delete what has arrived."""
    # A worker that is at it finds the row gone, and deletes what it has written since.
    row.delete()
    get_shelf().discard(describe_file(row))


def describe_file(row: ModelDownload) -> HubFile:
    return HubFile(
        repository=row.repository,
        revision=row.revision,
        name=row.name,
        size=row.size,
        sha256=row.sha256,
        licence=row.licence,
        context=row.context,
    )


class _Progress:
    """The progress of a slice, which ends with its time, and when somebody wants it to."""

    def __init__(self, row: ModelDownload) -> None:
        self._row = row
        self._saved = time.monotonic()
        self._ends = self._saved + settings.INGEST_SLICE_SECONDS
        self.received = row.received

    def note(self, received: int) -> bool:
        self.received = received
        now = time.monotonic()
        if now - self._saved < SAVE_SECONDS:
            return False
        self._saved = now
        running = ModelDownload.objects.filter(pk=self._row.pk, state=ModelDownload.State.RUNNING)
        is_wanted = running.update(**DOWNLOAD.lease, received=received)
        return not is_wanted or now >= self._ends


def _end_slice(row: ModelDownload, *, is_whole: bool) -> bool:
    ours = ModelDownload.objects.filter(pk=row.pk)
    if is_whole:
        ours.update(state=ModelDownload.State.DONE, received=row.size, error="")
        return False
    if not ours.exists():
        get_shelf().discard(describe_file(row))
        return False
    return bool(ours.filter(state=ModelDownload.State.RUNNING).update(claimed_until=Now()))


def _try_later(row: ModelDownload, progress: _Progress, error: AppError) -> None:
    tries = 1 if progress.received > row.received else row.tries + 1
    if tries >= MAX_TRIES:
        _fail(row, error.message)
        return
    ModelDownload.objects.filter(pk=row.pk, state=ModelDownload.State.RUNNING).update(
        state=ModelDownload.State.QUEUED,
        received=progress.received,
        tries=tries,
        error=error.message[:500],
        claimed_until=Now() + RETRY_PAUSE,
    )


def _fail(row: ModelDownload, sentence: str) -> None:
    ModelDownload.objects.filter(pk=row.pk, state=ModelDownload.State.RUNNING).update(
        state=ModelDownload.State.FAILED, error=sentence[:500]
    )
