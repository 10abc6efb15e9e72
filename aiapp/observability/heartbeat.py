"""A file whose age tells whether the scheduler still sends tasks.

A scheduler that hangs ends nothing and says nothing; what it should have picked up waits. It lies
beside the file of its schedule, for whoever looks after the process.
"""

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import signals

# Something is due every few seconds, and every half minute while nobody uses the site
# (`aiapp.concurrency.beat`).
LATE_SECONDS = 60


def locate(schedule: Path) -> Path:
    """Return the path of the file that belongs to a schedule."""
    return schedule.with_name(f"{schedule.name}.sent")


def is_fresh(schedule: Path) -> bool:
    """Tell whether a task was sent lately."""
    try:
        return time.time() - locate(schedule).stat().st_mtime < LATE_SECONDS
    except FileNotFoundError:
        return False


def connect() -> None:
    """Have a scheduler, if this process becomes one, touch its file with each task."""
    signals.beat_init.connect(_begin, weak=False)


def _begin(sender: Any, **_: object) -> None:
    file = locate(Path(sender.schedule_filename))

    def touch(**_: object) -> None:
        # A full disk is no reason to send nothing.
        with suppress(OSError):
            file.touch()

    signals.after_task_publish.connect(touch, weak=False)
