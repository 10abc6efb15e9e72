"""Rows that ask for work in the background: one worker at a time has each, and none is forgotten.

The row is the request. What Celery carries is its key alone, and a message that is lost is made
up for by the sweep. A worker has a row for as long as its lease runs, on the database's clock; one
that was killed stops renewing it, and another worker may take the row.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from celery import current_app
from django.db.models import Model, Q, QuerySet
from kombu.exceptions import OperationalError

from aiapp.concurrency import activity
from aiapp.db import in_db
from aiapp.redis import sync_redis

M = TypeVar("M", bound=Model)

MAX_SWEPT = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job(Generic[M]):
    """A kind of work that the rows of a table ask for. The tables' conditions are their own."""

    # As the work wants to read them, with what belongs to them.
    rows: QuerySet[M]
    # The name of the task. It is given a row's key, and is harmless when another worker has it.
    task: str
    # Rows that a worker may take. It joins no table (`owner__in=…`, not `owner__is_active`): across
    # a join, the second of two workers is shown the row as it was before the first took it.
    free: Q
    # Rows that a sweep is to find; where what is new is left to its message for a while, others.
    abandoned: Q
    # What a worker writes into its row, when it takes it and from then on, to be known at it.
    lease: Mapping[str, Any]
    # A sweep comes again; its messages need not outlive it.
    sweep_seconds: int
    # The event of the log when the broker did not take a message.
    unqueued: str = "job_not_queued"

    def claim(self, pk: UUID | int, **changes: Any) -> M | None:
        """Take a row and change it; None if another worker has it or there is nothing to do."""
        if not self.rows.filter(self.free, pk=pk).update(**self.lease, **changes):
            return None
        activity.note()
        return self.rows.get(pk=pk)

    def renew(self, pk: UUID | int, **changes: Any) -> bool:
        """Go on holding a row, with what was done meanwhile; False if the row is gone."""
        activity.note()
        return bool(self.rows.filter(pk=pk).update(**self.lease, **changes))

    @asynccontextmanager
    async def hold(self, pk: UUID | int, every_seconds: float) -> AsyncIterator[None]:
        """Renew a row's lease beside the work, of which a step may take longer than the lease."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(every_seconds)
                await in_db(self.renew, pk)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing

    def find_abandoned(self) -> list[Any]:
        """Return the keys of rows whose worker is gone, or that no worker has begun."""
        return list(self.rows.filter(self.abandoned).values_list("pk", flat=True)[:MAX_SWEPT])

    def sweep(self) -> None:
        """Queue what is abandoned. Raises OperationalError while the broker is away."""
        if has_backlog(self.task):
            return
        for pk in self.find_abandoned():
            self.send(pk, expires=self.sweep_seconds)

    def enqueue(self, pk: UUID | int, **options: Any) -> None:
        """Hand a row to the workers. One that is not handed on is found by the sweep."""
        noun = str(self.rows.model._meta.model_name)
        enqueue(self.task, pk, unqueued=self.unqueued, noun=noun, **options)

    def send(self, pk: UUID | int, **options: Any) -> None:
        """Hand a row to the workers. Raises OperationalError while the broker is away."""
        send(self.task, pk, **options)


def has_backlog(task: str) -> bool:
    """Tell that the task's queue is longer than a sweep makes it: nobody empties it for now.

    Another sweep would lengthen it by what it holds already.
    """
    queue: str = current_app.amqp.router.route({}, task)["queue"].name
    with sync_redis() as client:
        return int(client.llen(queue)) > MAX_SWEPT


def enqueue(task: str, pk: UUID | int, *, unqueued: str, noun: str, **options: Any) -> None:
    """Hand a row to the workers at once or not at all; the log tells which row was not."""
    try:
        send(task, pk, retry=False, **options)
    except OperationalError:
        # The row is safe in the database, and a sweep queues it once the broker is back.
        logger.warning(unqueued, extra={noun: _as_argument(pk)})


def send(task: str, pk: UUID | int, **options: Any) -> None:
    """Send a task by its name, since tasks import what sends them."""
    current_app.signature(task, (_as_argument(pk),)).apply_async(**options)


def _as_argument(pk: UUID | int) -> str | int:
    return pk if isinstance(pk, int) else str(pk)
