"""Shares of the database connections that a web server may have, among those who want some.

PostgreSQL refuses whoever comes after its `max_connections`. So a server has a bound as a whole,
however many processes it runs, and each part of a process keeps to its share of it.
"""

from typing import NamedTuple

# So many at least for each of the three, or nothing would go on beside a slow statement.
MIN_EACH = 2


class Shares(NamedTuple):
    """Connections of one process: of its event loop, of units on threads, and of requests."""

    loop: int
    units: int
    requests: int
    # Of the loop's, and of both kinds of threads': what stays open when there is nothing to do.
    loop_kept: int
    threads_kept: int

    @property
    def threads(self) -> int:
        return self.units + self.requests


def divide(kept: int, burst: int, processes: int) -> Shares:
    """Divide what a server keeps, and what it may open beside that, by its processes.

    Requests have what the others leave. A third of everything is the event loop's, whose
    statements take a millisecond.
    """
    third = max(MIN_EACH, (kept + burst) // processes // 3)
    requests = max(MIN_EACH, (kept + burst) // processes - 2 * third)
    return Shares(
        loop=third,
        units=third,
        requests=requests,
        loop_kept=max(1, kept // processes // 3),
        threads_kept=max(1, 2 * kept // processes // 3),
    )


# Of a worker's process, which runs one task at a time and keeps nothing.
WITHOUT_POOL = Shares(loop=4, units=4, requests=4, loop_kept=0, threads_kept=0)
