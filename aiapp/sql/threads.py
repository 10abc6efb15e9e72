"""Threads for the synchronous work of requests, as many as may have a connection at once.

Django starts a thread for each request, and whoever finds no free connection waits for one with
it, among all others: of 200 pages opened at once half were refused after five seconds, while the
threads of all kept each other from the processor. Here a request has a thread from its first work
on one until it has no connection open any more, and waits for it in its client's turn.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from threading import Condition
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.conf import settings
from django.db import connections

from aiapp.concurrency.crew import Client, Crew

P = ParamSpec("P")
R = TypeVar("R")

_crew = Crew(settings.DATABASE_SHARES.requests, "request")


class _Job(NamedTuple):
    future: "Future[Any]"
    function: Callable[[], Any]

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.function()
        except BaseException as error:  # noqa: BLE001 - it is whoever waits that it concerns
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class RequestThread(Executor):
    """Runs a request's functions one after the other, on one thread while a connection is open.

    `client` is whose turn it takes; a request of nobody known takes its own.
    """

    def __init__(self) -> None:
        self.client = Client("", str(id(self)))
        self._jobs: deque[_Job] = deque()
        self._changed = Condition()
        self._has_thread = self._is_over = False

    @property
    def is_in_use(self) -> bool:
        """Tell that something runs, waits to be run, or has left a connection open."""
        return self._has_thread

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> "Future[R]":
        job = _Job(Future(), partial(fn, *args, **kwargs))
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
            if not self._has_thread:
                self._has_thread = True
                _crew.submit(self.client, self._work)
        return job.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the thread go as soon as it has done what it was given, which is not waited for."""
        with self._changed:
            self._is_over = True
            self._changed.notify()

    def _work(self) -> None:
        while job := self._take():
            job.run()
            # Its result would be kept until the next one.
            del job
        connections.close_all()

    def _take(self) -> _Job | None:
        """Return what to do next, or None when the thread is free for somebody else."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._is_over or not _is_connected())
            if self._jobs:
                return self._jobs.popleft()
            self._has_thread = False
            return None


def _is_connected() -> bool:
    return any(each.connection is not None for each in connections.all(initialized_only=True))
