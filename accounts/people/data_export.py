"""Everything that is kept of a user, as one archive for the user.

Secrets are not part of it: no password, key or token, not even as a hash. What other applications
keep they add themselves, by a function that they have registered here.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
from django.core.files import File
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts import audit
from accounts.models import AuditEntry, DataExport, LedgerEntry, User
from aiapp.concurrency.jobs import Job
from aiapp.errors import NotFound
from aiapp.files import store
from aiapp.files.errors import FilesUnavailable
from aiapp.text.spreadsheets import format_csv

logger = logging.getLogger(__name__)

RETENTION = timedelta(days=1)
LEASE = timedelta(minutes=30)
# What is new is left to its message for so long.
GRACE = timedelta(seconds=30)

_QUEUED = Q(state=DataExport.State.QUEUED)
EXPORT = Job(
    rows=DataExport.objects.select_related("user"),
    task="accounts.export_data",
    free=_QUEUED & Q(claimed_until__lte=Now()),
    abandoned=_QUEUED & Q(claimed_until__lt=Now() - GRACE),
    lease={"claimed_until": Now() + LEASE},
    sweep_seconds=60,
    unqueued="export_not_queued",
)

_sections: list[Callable[[User, ZipFile], None]] = []


def on_export(section: Callable[[User, ZipFile], None]) -> None:
    """Have a function called that adds its part to each archive."""
    _sections.append(section)


def request(user: User) -> DataExport:
    """Have an archive made. While one is being made, that one is meant."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        under_way = DataExport.objects.filter(user=user, state=DataExport.State.QUEUED).first()
        if under_way:
            return under_way
        made = DataExport.objects.create(user=user)
        audit.record(audit.Action.DATA_EXPORTED, user)
        transaction.on_commit(partial(EXPORT.enqueue, made.pk))
    return made


def get(user: User, export_id: UUID) -> DataExport:
    """One that is ready. Raises NotFound."""
    ready = DataExport.objects.filter(user=user, state=DataExport.State.READY, pk=export_id)
    found = ready.filter(created__gt=Now() - RETENTION).first()
    if found is None:
        raise NotFound("There is no such archive.")
    return found


def make(export_id: UUID) -> None:
    """Write an archive. Does nothing if somebody else does or it is done."""
    export = EXPORT.claim(export_id)
    if export is None:
        return
    queued = DataExport.objects.filter(_QUEUED, pk=export_id)
    try:
        with TemporaryFile() as file:
            with ZipFile(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
                _add_account(export.user, archive)
                for section in _sections:
                    section(export.user, archive)
            size = file.tell()
            name = store.save("exports", File(file), ".zip")
    except (OSError, FilesUnavailable):
        # No room, or a store that is away.
        logger.exception("export_failed")
        queued.update(state=DataExport.State.FAILED)
        return
    if not queued.update(state=DataExport.State.READY, file=name, size=size):
        store.delete(name)
        return
    # Each holds all that the user has, so that a few of them would fill the disk.
    earlier = DataExport.objects.filter(user=export.user, created__lt=export.created)
    earlier.exclude(_QUEUED).delete()


def sweep() -> None:
    """Take away what is older than a day."""
    DataExport.objects.filter(created__lt=Now() - RETENTION).delete()


def delete_file(sender: type[DataExport], instance: DataExport, **kwargs: Any) -> None:
    """However an export is deleted - by its age or with its user - so is its file."""
    if instance.file:
        transaction.on_commit(partial(store.delete, instance.file))


def add_json(archive: ZipFile, name: str, data: Any) -> None:
    archive.writestr(name, orjson.dumps(data, option=orjson.OPT_INDENT_2, default=str))


def _add_account(user: User, archive: ZipFile) -> None:
    fields = ("username", "email", "first_name", "last_name", "date_joined", "last_login")
    add_json(archive, "account.json", {name: getattr(user, name) for name in fields})
    used = LedgerEntry.objects.filter(user=user).order_by("pk")
    columns = ("created", "model", "prompt_tokens", "completion_tokens", "cost")
    archive.writestr("usage.csv", format_csv([columns, *used.values_list(*columns)]))
    noted = AuditEntry.objects.filter(user=user).order_by("pk")
    columns = ("at", "action", "kind", "object_id", "address")
    archive.writestr("activity.csv", format_csv([columns, *noted.values_list(*columns)]))
