"""Celery's beat, slower while nobody uses the site.

Most of what it sends are sweeps, which find nothing nearly always. A task costs some ten
milliseconds in beat, worker, Redis and a new process of PostgreSQL's, and every few seconds there
is one: that was most of what an idle site cost.
"""

import time
from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry

from aiapp.concurrency import activity
from aiapp.observability import heartbeat

# Of so many times that a task is due, it is sent once.
SLOWER = 10


class Scheduler(PersistentScheduler):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What died with the site before is found soon.
        self._quick_until = time.monotonic() + activity.USED_SECONDS

    def adjust(self, n: float, drift: float = 0.01) -> float:
        """Wake when something is due. Celery wakes ten milliseconds before, and spins till then."""
        adjusted: float = super().adjust(n, drift)
        return adjusted

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        heartbeat.touch()
        return super().tick(*args, **kwargs)

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        is_quick = time.monotonic() < self._quick_until or activity.is_recent()
        if is_quick or entry.total_run_count % SLOWER == 0:
            super().apply_entry(entry, producer)
