"""Beat sends sweeps the less often while nobody uses the site."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery.beat import ScheduleEntry
from django.test import AsyncClient

from aiapp.celery import app
from aiapp.concurrency import activity
from aiapp.concurrency.beat import SLOWER, Scheduler
from aiapp.concurrency.commands import ask
from aiapp.redis import sync_redis

DUE = 2 * SLOWER


class Recorder(Scheduler):
    """The scheduler without a broker."""

    sent = 0

    def apply_async(self, *args: Any, **kwargs: Any) -> None:
        self.sent += 1


@pytest.fixture(autouse=True)
def _unused_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "USED_SECONDS", 0)
    monkeypatch.setattr(activity._noted, "due", 0.0)
    with sync_redis() as client:
        client.delete(activity.KEY)


def count_sent(folder: Path) -> int:
    scheduler = Recorder(app, schedule_filename=str(folder / "schedule"), lazy=True)
    for number in range(DUE):
        entry = ScheduleEntry("a sweep", "chat.sweep", schedule=3.0, app=app)
        entry.total_run_count = number
        scheduler.apply_entry(entry)
    return scheduler.sent


def test_an_unused_site_is_looked_after_now_and_then(tmp_path: Path) -> None:
    assert count_sent(tmp_path) == DUE // SLOWER


def test_one_that_is_used_is_looked_after_each_time(tmp_path: Path) -> None:
    with sync_redis() as client:
        client.set(activity.KEY, 1, ex=60)
    assert count_sent(tmp_path) == DUE


def test_so_is_one_that_has_just_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "USED_SECONDS", 60)
    assert count_sent(tmp_path) == DUE


def test_beat_sleeps_until_something_is_due(tmp_path: Path) -> None:
    scheduler = Recorder(app, schedule_filename=str(tmp_path / "schedule"))
    entry = ScheduleEntry("a sweep", "chat.sweep", schedule=0.1, app=app)
    scheduler.schedule.clear()
    scheduler.schedule[entry.name] = entry
    looks = 0
    while scheduler.schedule[entry.name].total_run_count < 5:
        looks += 1
        time.sleep(max(scheduler.tick(), 0))
    scheduler.close()
    assert looks <= 15


def test_a_clock_that_was_set_back_holds_no_sweep_up(tmp_path: Path) -> None:
    """Not where beat goes on, and not where it is started again."""
    for _ in range(2):
        scheduler = Recorder(app, schedule_filename=str(tmp_path / "schedule"))
        entry = ScheduleEntry("a sweep", "chat.sweep", schedule=0.1, app=app)
        scheduler.schedule.clear()
        scheduler.schedule[entry.name] = entry
        scheduler.tick()
        scheduler.schedule[entry.name].last_run_at += timedelta(hours=3)
        scheduler._heap = None
        time.sleep(max(scheduler.tick(), 0))
        scheduler.tick()
        assert scheduler.sent >= 1
        scheduler.close()


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "uses"), [("/accounts/login/", True), ("/health/live", False)])
async def test_a_request_uses_the_site_and_a_probe_does_not(
    path: str, uses: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "_MARK", ("SET", activity.KEY, 1, "EX", 60))
    await AsyncClient().get(path)
    await asyncio.gather(*activity._noted.tasks)
    [found] = await ask(("EXISTS", activity.KEY))
    assert bool(found) is uses
