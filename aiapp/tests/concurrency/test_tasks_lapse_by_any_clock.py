"""A task that lapses does so at no worker whose clock is ahead by what clocks may be."""

import json
from datetime import UTC, datetime, timedelta

from celery import current_app
from django.conf import settings
from redis import Redis

SECONDS = 30
QUEUE = "of_this_test"


def read_lapse(**options: int) -> datetime | None:
    """Send a task, and return when it lapses as its message says."""
    current_app.send_task("nothing", queue=QUEUE, **options)
    with Redis.from_url(settings.REDIS_URL) as redis:
        message = json.loads(redis.lpop(QUEUE))
    lapses = message["headers"]["expires"]
    return datetime.fromisoformat(lapses) if lapses else None


def test_it_lapses_later_by_what_clocks_may_be_apart() -> None:
    apart = timedelta(seconds=settings.MAX_CLOCK_SECONDS + SECONDS)
    before = datetime.now(UTC)
    lapses = read_lapse(expires=SECONDS)
    assert lapses is not None
    assert before + apart <= lapses <= datetime.now(UTC) + apart


def test_what_lapses_never_still_does_not() -> None:
    assert read_lapse() is None
