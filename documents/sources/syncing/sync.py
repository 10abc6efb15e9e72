"""A sync, a slice at a time, so that what people wait for need not wait for all of it.

    listing      what is there, into rows; what is new or changed is to be fetched
    fetching     that, into documents and versions
    removing     what the listing did not name leaves search

Each phase saves how far it is. A worker that is killed leaves a claim that runs out, and the next
goes on. Nothing is removed before a listing has come to its end.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from aiapp.concurrency import worker_end
from aiapp.errors import AppError
from documents.models import Source, SourceItem, SourceSync
from documents.sources.base import Checkpoint, Connection, End, Item
from documents.sources.connecting import open_source
from documents.sources.errors import STOPPING, PositionLost, RateLimited, SourceError
from documents.sources.registry import get_kind
from documents.sources.syncing.claim import Claim, ClaimLost, claim
from documents.sources.syncing.fetching import Fetcher
from documents.sources.syncing.history import record_sync
from documents.sources.syncing.listing import Plan, note
from documents.sources.syncing.storing import check_owner
from documents.sources.syncing.withdrawing import refuse_emptiness, withdraw_some

logger = logging.getLogger(__name__)

# Items of a listing that are written at once, where it has no checkpoint before.
BATCH = 1000
FIRST_PAUSE, MAX_PAUSE = timedelta(seconds=30), timedelta(hours=6)
# A source may ask to be left alone for so long at most.
MAX_WAIT = timedelta(days=1)
# So old, a place in a listing is given up.
MAX_POSITION_AGE = timedelta(days=1)
# After so many failures in a row the listing begins again, in case its place is what fails.
MAX_TRIES_FROM_POSITION = 3
QUOTA = "quota_exceeded"
FULL = "There is no room for more files. The sync goes on once documents were deleted."
Phase = Source.Phase


def run(source_id: UUID) -> bool:
    """Sync for a slice, unless somebody else does; return whether there is more to do."""
    claimed = claim(source_id)
    if claimed is None:
        return False
    source, held = claimed
    try:
        return _Sync(source, held).run()
    except ClaimLost:
        logger.info("sync_claim_lost", extra={"source": str(source_id)})
    except AppError as error:
        _fail(source, held, error)
    except Exception as error:
        # A library that raises what nobody foresaw leaves a source that is tried again, not one
        # that seems to be at work for ever.
        logger.exception("sync_broke", extra={"source": str(source_id)})
        _fail(source, held, SourceError(f"Unexpected: {type(error).__name__}."))
    return False


class _Sync:
    def __init__(self, source: Source, held: Claim) -> None:
        self._source, self._claim = source, held
        self._ends = time.monotonic() + settings.INGEST_SLICE_SECONDS
        self._counts: Counter[str] = Counter(source.counts)

    def run(self) -> bool:
        source = self._source
        check_owner(source)
        if source.phase == Phase.NONE or self._is_outdated():
            self._begin()
        self._counts = Counter(source.counts)
        with open_source(source, self._claim.note_life) as connection:
            if source.phase == Phase.LISTING and not self._list(connection):
                return self._interrupt()
            if source.phase == Phase.FETCHING and not self._fetch(connection):
                return self._interrupt()
        if not self._remove():
            return self._interrupt()
        self._finish()
        return False

    def _is_outdated(self) -> bool:
        """Tell that a listing was interrupted so long ago that what it has seen says little."""
        source = self._source
        begun = source.started or timezone.now()
        return source.phase == Phase.LISTING and timezone.now() - begun > MAX_POSITION_AGE

    def _begin(self) -> None:
        source = self._source
        is_full = source.is_full or _is_check_due(source)
        self._save(
            phase=Phase.LISTING,
            generation=source.generation + 1,
            is_full=is_full,
            is_partial=False,
            position=None,
            cursor=None if is_full else source.cursor,
            counts={},
            started=timezone.now(),
        )

    def _list(self, connection: Connection) -> bool:
        """List to the end or to the end of the slice; return whether it is the end."""
        source = self._source
        # A listing that names changes alone says so at its end, and forgets nobody until then.
        plan, batch = Plan(source), list[Item]()
        for listed in connection.list_items(source.position, source.cursor):
            if isinstance(listed, Item):
                batch.append(listed)
                if len(batch) >= BATCH:
                    self._note(plan, batch)
            elif isinstance(listed, Checkpoint):
                self._note(plan, batch, position=listed.position)
                if self._is_over():
                    return False
            else:
                self._end_listing(plan, batch, listed)
                return True
        raise SourceError("The listing broke off.")

    def _note(self, plan: Plan, batch: list[Item], **changes: Any) -> None:
        with self._claim.write():
            counts = note(plan, batch)
            self._count(asdict(counts))
            self._save(counts=dict(self._counts), **changes)
        batch.clear()

    def _end_listing(self, plan: Plan, batch: list[Item], end: End) -> None:
        changes = {"position": None, "cursor": end.cursor, "is_partial": end.is_partial}
        self._note(plan, batch, phase=Phase.FETCHING, **changes)
        if end.is_partial:
            # What failed is not named again for that.
            failed = self._source.items.filter(state=SourceItem.State.FAILED)
            failed.update(state=SourceItem.State.PENDING)
        refuse_emptiness(self._source)

    def _fetch(self, connection: Connection) -> bool:
        """Fetch what is pending; return whether nothing is left, or no room."""
        fetcher = Fetcher(self._source, get_kind(self._source.kind), self._claim, connection)
        for stored in fetcher.run(self._is_over):
            numbers = asdict(stored)
            is_full = numbers.pop("is_full")
            self._count(numbers)
            self._save(counts=dict(self._counts))
            if is_full:
                self._save(phase=Phase.REMOVING, error_code=QUOTA, error=FULL)
                return True
            if self._is_over():
                return False
        self._save(phase=Phase.REMOVING, error_code="", error="")
        return True

    def _remove(self) -> bool:
        source = self._source
        if source.is_partial:
            return True
        while count := withdraw_some(source, self._claim):
            self._count({"removed": count})
            self._save(counts=dict(self._counts))
            if self._is_over():
                return False
        return True

    def _finish(self) -> None:
        source = self._source
        was_whole = source.is_full or source.generation == 1
        # Any other error is of a try before, which this one has mended.
        is_full = source.error_code == QUOTA
        code, reason = (QUOTA, FULL) if is_full else ("", "")
        outcome = SourceSync.Outcome.FAILED if is_full else SourceSync.Outcome.DONE
        with transaction.atomic():
            self._claim.end(
                state=Source.State.IDLE,
                phase=Phase.NONE,
                due=_find_next(source),
                failures=0,
                is_full=False,
                may_be_empty=False,
                finished=Now(),
                checked=Now() if was_whole else F("checked"),
                error_code=code,
                error=reason,
            )
            record_sync(source, outcome, code, reason)
        logger.info("sync_done", extra={"source": str(source.pk), **self._counts})

    def _interrupt(self) -> bool:
        self._claim.end(due=Now())
        return True

    def _is_over(self) -> bool:
        return time.monotonic() >= self._ends or worker_end.is_told()

    def _count(self, numbers: Mapping[str, int]) -> None:
        self._counts.update(numbers)

    def _save(self, **changes: Any) -> None:
        with self._claim.write(**changes):
            for name, value in changes.items():
                setattr(self._source, name, value)


def _is_check_due(source: Source) -> bool:
    if not source.check_days:
        return False
    checked = source.checked
    return checked is None or timezone.now() - checked > timedelta(days=source.check_days)


def _find_next(source: Source) -> Any:
    return Now() + timedelta(minutes=source.every_minutes) if source.every_minutes else None


def _fail(source: Source, held: Claim, error: AppError) -> None:
    """Note why a sync failed, and when it is tried again."""
    failures = source.failures + 1
    changes: dict[str, Any] = {
        "failures": failures,
        "error_code": error.reason[:40],
        "error": error.message[:500],
    }
    if isinstance(error, STOPPING):
        changes |= {"state": Source.State.STOPPED, "due": None}
    else:
        changes |= {"state": Source.State.IDLE, "due": Now() + _find_pause(failures, error)}
    if isinstance(error, PositionLost):
        changes |= {"position": None, "cursor": None}
    elif failures >= MAX_TRIES_FROM_POSITION:
        changes |= {"position": None}
    logger.warning("sync_failed", extra={"source": str(source.pk), "code": error.reason})
    try:
        with transaction.atomic():
            held.end(**changes)
            record_sync(source, SourceSync.Outcome.FAILED, error.reason, error.message)
    except ClaimLost:
        logger.info("sync_claim_lost", extra={"source": str(source.pk)})


def _find_pause(failures: int, error: AppError) -> timedelta:
    doublings: int = min(failures - 1, 16)
    pause = min(FIRST_PAUSE * (1 << doublings), MAX_PAUSE)
    if isinstance(error, RateLimited) and error.retry_after:
        return min(max(timedelta(seconds=error.retry_after), FIRST_PAUSE), MAX_WAIT)
    return pause
