"""Rows that ask for work: one worker at a time has each, and what is abandoned is found."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.db.models import Q
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from accounts.models import DataExport, User
from aiapp.celery import app
from aiapp.concurrency import jobs
from aiapp.concurrency.jobs import Job
from aiapp.db import in_db
from aiapp.redis import sync_redis

pytestmark = pytest.mark.django_db(transaction=True)

Outbox = list[tuple[tuple[Any, ...], dict[str, Any]]]

TASK = "tests.archive"
UNFINISHED = Q(state=DataExport.State.QUEUED)
ARCHIVE = Job(
    rows=DataExport.objects.select_related("user"),
    task=TASK,
    free=UNFINISHED & Q(claimed_until__lte=Now()),
    abandoned=UNFINISHED & Q(claimed_until__lt=Now() - timedelta(seconds=30)),
    lease={"claimed_until": Now() + timedelta(seconds=60)},
    sweep_seconds=7,
    unqueued="archive_not_queued",
)


@pytest.fixture
def export() -> DataExport:
    user = User.objects.create_user("alice", "alice@example.org", "a long password 1")
    return DataExport.objects.create(user=user)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Outbox]:
    """The messages to the workers: the task's arguments, and how each was sent."""
    calls: Outbox = []

    @app.task(name=TASK)
    def archive(export_id: str) -> None:
        """Never called; it is only sent."""

    monkeypatch.setattr(
        app.tasks[TASK],
        "apply_async",
        lambda args, kwargs, **options: calls.append((tuple(args), options)),
    )
    yield calls
    app.tasks.unregister(TASK)


@pytest.fixture
def broker_is_away(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(app.tasks[TASK], "apply_async", fail)


def pass_time(seconds: int) -> None:
    lease = DataExport.objects.values_list("claimed_until", flat=True).get()
    DataExport.objects.update(claimed_until=lease - timedelta(seconds=seconds))


def is_held() -> bool:
    return DataExport.objects.filter(claimed_until__gt=Now()).exists()


def test_one_worker_has_a_row_until_its_lease_has_run_out(export):
    assert ARCHIVE.claim(export.pk) == export
    assert ARCHIVE.claim(export.pk) is None
    pass_time(61)
    assert ARCHIVE.claim(export.pk) == export


def test_of_workers_that_come_at_once_one_has_the_row(export):
    def claim(_: int) -> bool:
        try:
            return ARCHIVE.claim(export.pk) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=8) as workers:
        assert sum(workers.map(claim, range(8))) == 1


def test_a_claim_changes_the_row_and_reads_what_belongs_to_it(export, django_assert_num_queries):
    with django_assert_num_queries(2):
        claimed = ARCHIVE.claim(export.pk, size=5)
        assert claimed is not None
        assert (claimed.size, claimed.user.username) == (5, "alice")


def test_what_has_ended_or_is_gone_is_not_taken(export):
    DataExport.objects.update(state=DataExport.State.READY)
    assert ARCHIVE.claim(export.pk) is None
    assert ARCHIVE.claim(uuid4()) is None


def test_a_renewal_keeps_what_was_done_and_tells_when_the_row_is_gone(export):
    pass_time(1)
    assert ARCHIVE.renew(export.pk, size=5)
    assert is_held()
    assert DataExport.objects.get().size == 5
    DataExport.objects.all().delete()
    assert not ARCHIVE.renew(export.pk)


async def test_a_row_is_held_for_as_long_as_the_work_takes(export):
    async with ARCHIVE.hold(export.pk, every_seconds=0.01):
        await in_db(pass_time, 60)
        await until(is_held)
    # One renewal may be under way as the work ends; nobody renews it after that.
    await until_steady()
    await in_db(pass_time, 120)
    await asyncio.sleep(0.05)
    assert not await in_db(is_held)


async def until_steady() -> None:
    async with asyncio.timeout(10):
        before, now = None, await in_db(read_lease)
        while now != before:
            await asyncio.sleep(0.05)
            before, now = now, await in_db(read_lease)


def read_lease() -> datetime | None:
    return DataExport.objects.get().claimed_until


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await in_db(condition):
            await asyncio.sleep(0.01)


def test_what_is_abandoned_is_found_and_queued_until_somebody_takes_it(export, outbox):
    ARCHIVE.sweep()
    assert outbox == []
    pass_time(31)
    assert ARCHIVE.find_abandoned() == [export.pk]
    ARCHIVE.sweep()
    assert outbox == [((str(export.pk),), {"expires": 7})]
    ARCHIVE.claim(export.pk)
    assert ARCHIVE.find_abandoned() == []


def test_a_queue_that_nobody_empties_is_not_lengthened(export, outbox):
    """Its worker may be away for days, and a sweep comes every few seconds."""
    DataExport.objects.update(claimed_until=Now() - timedelta(minutes=1))
    queue = app.amqp.router.route({}, TASK)["queue"].name
    with sync_redis() as client:
        client.rpush(queue, *["{}"] * (jobs.MAX_SWEPT + 1))
        ARCHIVE.sweep()
        assert outbox == []
        client.ltrim(queue, 0, jobs.MAX_SWEPT - 1)
        ARCHIVE.sweep()
        client.delete(queue)
    assert len(outbox) == 1


def test_a_sweep_finds_a_bounded_number_and_the_rest_the_next_time(export, monkeypatch):
    monkeypatch.setattr(jobs, "MAX_SWEPT", 2)
    for _ in range(2):
        DataExport.objects.create(user=export.user)
    DataExport.objects.update(claimed_until=Now() - timedelta(minutes=1))
    found = ARCHIVE.find_abandoned()
    assert len(found) == 2
    for pk in found:
        ARCHIVE.claim(pk)
    assert len(ARCHIVE.find_abandoned()) == 1


def test_a_row_is_handed_on_by_its_key(export, outbox):
    ARCHIVE.enqueue(export.pk, countdown=3)
    ARCHIVE.send(5)
    assert outbox == [((str(export.pk),), {"retry": False, "countdown": 3}), ((5,), {})]


def test_a_row_that_the_broker_does_not_take_is_told_and_left_to_the_sweep(
    export, broker_is_away, caplog
):
    ARCHIVE.enqueue(export.pk)
    (record,) = caplog.records
    assert (record.message, record.dataexport) == ("archive_not_queued", str(export.pk))
    with pytest.raises(OperationalError):
        ARCHIVE.send(export.pk)
