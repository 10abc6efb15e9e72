"""The last moment of a task, by whichever clock: that of its sender writes it, a worker's reads it.

What a sweep sends every few seconds lapses before the next one. A worker whose clock is minutes
ahead would throw all of it away, and with it what nobody else picks up.
"""

from datetime import datetime, timedelta
from typing import Any

from celery import signals
from django.conf import settings


def connect() -> None:
    signals.before_task_publish.connect(_put_off)


def _put_off(headers: dict[str, Any], **_: object) -> None:
    """Have a task lapse later by as much as clocks may be apart."""
    if lapses := headers.get("expires"):
        apart = timedelta(seconds=settings.MAX_CLOCK_SECONDS)
        headers["expires"] = (datetime.fromisoformat(lapses) + apart).isoformat()
