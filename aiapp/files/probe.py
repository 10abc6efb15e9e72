"""The state of the bucket as health checks are told it.

A store that goes away does not make a process unfit: chats go on, and uploads say what is wrong.
But one that never could write has the wrong key or bucket, and must not replace one that serves.
"""

import threading
import time
from dataclasses import dataclass, field

from django.conf import settings

from aiapp.files.errors import FilesUnavailable
from aiapp.files.store import store

GOOD_SECONDS, BAD_SECONDS = 60.0, 5.0


@dataclass
class Probe:
    """The outcome of the last look, kept for several checks: each look writes an object."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _looks_again: float = 0.0
    is_good: bool = False
    was_good: bool = False

    def look(self) -> None:
        with self._lock:
            if time.monotonic() < self._looks_again:
                return
            try:
                store().check()
                self.is_good = self.was_good = True
            except FilesUnavailable:
                self.is_good = False
            self._looks_again = time.monotonic() + (GOOD_SECONDS if self.is_good else BAD_SECONDS)


_probe = Probe()


def look() -> Probe | None:
    """Return what is known of the bucket, freshly enough; None where files lie in a folder."""
    if not settings.FILES_BUCKET:
        return None
    _probe.look()
    return _probe
