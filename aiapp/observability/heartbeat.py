"""A sign of life of Celery's processes: a file that is touched every few seconds.

To ask a worker over the queue takes a process of Python and its imports, and a busy one answers
late. The age of a file is known for next to nothing.
"""

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import bootsteps
from django.conf import settings

SECONDS = 5.0
# The age of one that hangs: it is asked for so many times in vain, by `PART_CHECK_SECONDS`.
LATE_CHECKS = 6


def touch() -> None:
    """Touch this process's file, if it has one. A full disk is no reason to stop working."""
    if settings.HEARTBEAT_FILE:
        with suppress(OSError):
            Path(settings.HEARTBEAT_FILE).touch()


def is_fresh(file: Path) -> bool:
    """Tell whether a file was touched lately."""
    try:
        age = time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return False
    return age < max(settings.PART_CHECK_SECONDS * LATE_CHECKS, 2 * SECONDS)


class Heartbeat(bootsteps.StartStopStep):
    """A step of a worker: its event loop touches the file, so one that hangs does not.

    The loop stands still while Celery waits for a broker that is away, which is no fault of the
    worker's and is mended by no new one. Then a thread stands in.
    """

    requires = {"celery.worker.components:Timer"}  # noqa: RUF012 - Celery's own name and type

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._entry: Any = None
        self._ended = threading.Event()

    def start(self, parent: Any) -> None:
        touch()
        self._entry = parent.timer.call_repeatedly(SECONDS, touch)
        threading.Thread(target=self._stand_in, args=(parent,), daemon=True).start()

    def stop(self, parent: Any) -> None:
        self._ended.set()
        if self._entry is not None:
            self._entry.cancel()

    def _stand_in(self, worker: Any) -> None:
        while not self._ended.wait(SECONDS):
            if not _has_broker(worker):
                touch()


def _has_broker(worker: Any) -> bool:
    connection = getattr(getattr(worker, "consumer", None), "connection", None)
    return connection is not None and connection.connected
