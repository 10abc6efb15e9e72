"""Celery's beat, slower while nobody uses the site.

Most of what it sends are sweeps, which find nothing nearly always. A task costs some ten
milliseconds in beat, worker, Redis and a new process of PostgreSQL's, and every few seconds there
is one: that was most of what an idle site cost.
"""

import time
from datetime import timedelta
from typing import Any

from celery.beat import PersistentScheduler, ScheduleEntry

from aiapp.concurrency import activity
from aiapp.observability import heartbeat

# Of so many times that a task is due, it is sent once.
SLOWER = 10
# Clocks are adjusted by less all the time.
MARGIN = timedelta(seconds=1)


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
        self._forget_the_future()
        return super().tick(*args, **kwargs)

    def _forget_the_future(self) -> None:
        """Take what ran later than it is now for run now.

        A clock that was set back would have Celery wait until that time comes again, hours
        perhaps, and also if it is started again (celery/celery#6742).
        """
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at > now + MARGIN:
                entry.last_run_at = now
                # The times that it is sorted by are those of the old clock.
                self._heap = None

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        is_quick = time.monotonic() < self._quick_until or activity.is_recent()
        if is_quick or entry.total_run_count % SLOWER == 0:
            super().apply_entry(entry, producer)
