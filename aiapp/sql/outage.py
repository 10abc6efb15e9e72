"""The time that whoever wants a connection waits for one while the database is away.

A pool has whoever comes wait for its whole timeout, which bridges a restart. Requests that wait in
turn, a few at a time, would each wait for it after the other; so it is counted from the moment
that the database went away, and who comes later is told at once.

A pool that gave up to connect begins again only when somebody comes (psycopg/psycopg#438). Whoever
waits already would do so in vain, though the database were there again; so it is told to go on.
"""

import time
from threading import Lock
from typing import Any

from django.db.backends.signals import connection_created

# Longer than a database takes to come back from a restart.
WAIT_SECONDS = 5.0
# When it has been away for longer: enough to see that it is there again.
MIN_WAIT_SECONDS = 0.2
# After so long a pool gives up to connect, until it is told to go on for those who wait.
TRY_SECONDS = 1.0


class _Outage:
    def __init__(self) -> None:
        self._lock = Lock()
        self._since: float | None = None
        self._pool: Any = None

    def note(self, pool: Any) -> None:
        """Shorten a pool's timeout, and have it go on. It calls this each time that it gives up."""
        now = time.monotonic()
        with self._lock:
            if self._since is None:
                self._since, self._pool = now - TRY_SECONDS, pool
                connection_created.connect(self.end)
            pool.timeout = max(MIN_WAIT_SECONDS, self._since + WAIT_SECONDS - now)
        if pool.get_stats().get("requests_waiting"):
            # It looks at its connections, and opens one if it may.
            pool.check()

    def end(self, **_: Any) -> None:
        """Have all wait as before. Django calls this when somebody has got a connection."""
        with self._lock:
            connection_created.disconnect(self.end)
            if self._pool is not None:
                self._pool.timeout = WAIT_SECONDS
            self._since = self._pool = None


outage = _Outage()
