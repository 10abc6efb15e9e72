"""The claim on a source: one worker at a time syncs it, known by the number of its attempt.

Each write of a worker first renews its claim, in the same transaction. So one that was held up
while another took over, or while somebody paused the source, writes nothing more.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from aiapp.concurrency import activity
from aiapp.concurrency.jobs import Job
from documents.models import Source

LEASE = timedelta(minutes=3)
# How often something that takes long renews it.
RENEW_SECONDS = 10.0

_WANTED = Q(state__in=[Source.State.IDLE, Source.State.RUNNING])
SYNC = Job(
    rows=Source.objects.select_related("collection__owner", "owner"),
    task="documents.sync_source",
    free=_WANTED & Q(due__lte=Now()),
    abandoned=_WANTED & Q(due__lt=Now()),
    lease={"due": Now() + LEASE},
    sweep_seconds=30,
    unqueued="sync_not_queued",
)


class ClaimLost(Exception):
    """Another worker has the source, somebody paused it, or it was deleted."""


@dataclass(slots=True)
class Claim:
    source_id: UUID
    attempt: int
    _renewed: float = field(default_factory=time.monotonic)

    @contextmanager
    def write(self, **changes: Any) -> Iterator[None]:
        """A transaction that happens only while the claim holds. Raises ClaimLost."""
        with transaction.atomic():
            self._update(due=Now() + LEASE, **changes)
            yield

    def note_life(self) -> None:
        """Renew the claim now and then. Raises ClaimLost."""
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._update(due=Now() + LEASE)

    def end(self, **changes: Any) -> None:
        """Give the source back. Raises ClaimLost."""
        self._update(**changes)

    def _update(self, **changes: Any) -> None:
        activity.note()
        held = Source.objects.filter(
            pk=self.source_id, attempt=self.attempt, state=Source.State.RUNNING
        )
        if not held.update(**changes):
            raise ClaimLost
        self._renewed = time.monotonic()


def claim(source_id: UUID) -> tuple[Source, Claim] | None:
    """Take a source whose time has come; None if another worker has it or it is not wanted."""
    source = SYNC.claim(source_id, state=Source.State.RUNNING, attempt=F("attempt") + 1)
    return (source, Claim(source.pk, source.attempt)) if source else None
