"""The claim on a version: at most one worker has it, known by the number of its attempt.

A claim is a row's change from one state to the next, on the database's clock. A worker that was
held up (a paused machine, a lost connection) may find that another has taken over; so each of
its writes first renews the claim in the same transaction, and stops if there is none left.

That, the count of what each person has under way, and the thread that renews beside blocking work
are more than an `aiapp.concurrency.jobs.Job` knows, so this is none.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event, Thread
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, connections, models, transaction
from django.db.models.functions import Now

from aiapp.concurrency import activity
from documents.models import Document, Version

logger = logging.getLogger(__name__)

# Claims for the same person's documents follow one another, so that they can be counted.
_LOCK = """
    SELECT pg_advisory_xact_lock(%s, hashtext(coalesce(document.added_by_id::text, '')))
      FROM documents_version version JOIN documents_document document
        ON document.id = version.document_id
     WHERE version.id = %s
"""
_CLAIMS = 724_052
_CLAIM = """
    UPDATE documents_version mine
       SET state = 'processing', attempt = attempt + 1,
           claimed_until = statement_timestamp() + make_interval(secs => %s)
     WHERE id = %s AND state IN ('queued', 'processing')
       AND (claimed_until IS NULL OR claimed_until <= statement_timestamp())
       AND (state = 'queued' OR claimed_until IS NOT NULL)
       AND %s > (
           SELECT count(*)
             FROM documents_version version
             JOIN documents_document document ON document.id = version.document_id
            WHERE version.state = 'processing'
              AND version.claimed_until > statement_timestamp()
              AND document.added_by_id IS NOT DISTINCT FROM (
                  SELECT added_by_id FROM documents_document WHERE id = mine.document_id
              )
       )
    RETURNING attempt
"""


class ClaimLost(Exception):
    """Somebody else works on the version now, or it has been deleted."""


@dataclass(frozen=True, slots=True)
class Claim:
    version_id: UUID
    attempt: int

    @contextmanager
    def write(self, **changes: Any) -> Iterator[None]:
        """A transaction that happens only while the claim holds. Raises ClaimLost."""
        with transaction.atomic():
            if not self._update(claimed_until=Now() + _lease(), **changes):
                raise ClaimLost
            yield

    def end(self, **changes: Any) -> None:
        """Give the version back, finished or not. Raises ClaimLost."""
        if not self._update(**{"claimed_until": None, **changes}):
            raise ClaimLost

    def renew(self) -> bool:
        return self._update(claimed_until=Now() + _lease())

    @contextmanager
    def renewal(self) -> Iterator[None]:
        """Renew the claim beside the work, of which a step may take longer than the lease."""
        over = Event()
        thread = Thread(target=self._keep, args=(over,), name="claim", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep(self, over: Event) -> None:
        try:
            while not over.wait(settings.INGEST_LEASE_SECONDS / 3):
                self.renew()
        except DatabaseError:
            # The work itself meets the same database, and tells what is wrong with it.
            logger.warning("claim_not_renewed", extra={"version": str(self.version_id)})
        finally:
            connections.close_all()

    def _update(self, **changes: Any) -> bool:
        activity.note()
        held = Version.objects.filter(
            pk=self.version_id, attempt=self.attempt, state=Version.State.PROCESSING
        )
        return bool(held.update(**changes))


def claim(version_id: UUID) -> Claim | None:
    """Take a version that waits or whose worker is gone; None if there is nothing to take.

    None too while as many of the same person's documents are being read as one may have at once:
    the other workers are for the others.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [_CLAIMS, version_id])
        limit = settings.INGEST_PER_USER
        cursor.execute(_CLAIM, [settings.INGEST_LEASE_SECONDS, version_id, limit])
        row = cursor.fetchone()
    return Claim(version_id, row[0]) if row else None


def next_of_same_user(version_id: UUID) -> UUID | None:
    """Return the oldest version that waits for a place of the person who added this one.

    None if none waits or the person has no place left.
    """
    document = Document.objects.filter(versions=version_id)
    theirs = Version.objects.filter(document__added_by__in=document.values("added_by"))
    held = theirs.filter(state=Version.State.PROCESSING, claimed_until__gt=Now())
    if held.count() >= settings.INGEST_PER_USER:
        return None
    waiting = theirs.filter(state=Version.State.QUEUED).exclude(claimed_until__gt=Now())
    oldest: UUID | None = waiting.order_by("created").values_list("pk", flat=True).first()
    return oldest


def find_unattended() -> models.QuerySet[Version]:
    """Versions whose worker is gone, that wait for their next try, or that were never queued."""
    unfinished = Version.objects.filter(state__in=(Version.State.QUEUED, Version.State.PROCESSING))
    never_queued = models.Q(claimed_until=None, created__lt=Now() - _lease())
    return unfinished.filter(models.Q(claimed_until__lt=Now()) | never_queued)


def _lease() -> timedelta:
    return timedelta(seconds=settings.INGEST_LEASE_SECONDS)
