"""Tells a Celery worker's children that the worker has been told to end.

Celery tells only its main process, which waits for tasks a while and then ends them. A byte of
memory that all of them share costs a child nothing to look at. Celery has a signal of its own for
this moment, but sends it after the wait.
"""

import mmap
import os
import signal
from typing import Any

from celery import signals

_shared: list[mmap.mmap] = []


def is_told() -> bool:
    """Check whether the worker of this process has been told to end; False outside of workers."""
    return any(memory[0] for memory in _shared)


def share(**_: Any) -> None:
    """Make the byte, in a worker that has no children yet."""
    _shared[:] = [mmap.mmap(-1, 1)]


def listen(**_: Any) -> None:
    """Set the byte before Celery's own handlers run."""
    for number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT):
        _set_before(number)


def _set_before(number: signal.Signals) -> None:
    handle = signal.getsignal(number)
    worker = os.getpid()

    def tell(*arguments: Any) -> None:
        if os.getpid() == worker:
            for memory in _shared:
                memory[0] = 1
        if callable(handle):
            handle(*arguments)

    if callable(handle):
        signal.signal(number, tell)


signals.worker_init.connect(share)
signals.worker_ready.connect(listen)
