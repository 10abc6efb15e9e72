"""The parent of a server's web processes: it forks them, restarts each alone and ends them.

It has imported the application, so what they read and never change is in memory once, and a new
one serves within a fraction of a second. Each process has sockets of its own (see `sockets`), which
stay open here: connections that wait for one that died are served by the next in its place.

A process shows that its event loop runs by a byte in a pipe. One that shows nothing for
WEB_HANG_SECONDS is killed; what it was doing is taken over as that of any other that died.
"""

import gc
import logging
import os
import select
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from aiapp.embedded.processes.launcher import tie_to_parent
from aiapp.serving import siblings
from aiapp.serving.sockets import BACKLOG, Listeners, open_unix

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
# A process that served for so long was well: it is replaced at once.
HEALTHY_SECONDS = 30.0
# Connections wait no longer for a process that keeps dying; the others get them instead.
MAX_QUEUE_SECONDS = 1.0
IDLE_SECONDS = 60.0
# A parent that wakes so much too late was stopped, and its processes perhaps with it.
LATE_SECONDS = 1.0
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Child:
    """The equipment of a forked process: sockets that listen, and a pipe to show its life in."""

    sockets: Sequence[socket.socket]
    pulse: int

    def beat(self) -> None:
        try:
            os.write(self.pulse, b".")
        except BlockingIOError:
            # A full pipe holds beats enough.
            pass
        except BrokenPipeError:
            # The parent is gone, on a system whose kernel does not end its children.
            os.kill(os.getpid(), signal.SIGTERM)


@dataclass(slots=True)
class Place:
    """The place of one process, whoever is in it, and its sockets."""

    number: int
    # On which the other processes reach whoever is here.
    path: Path
    sockets: list[socket.socket] = field(default_factory=list)
    pid: int = 0
    pulse: int = -1
    started: float = 0.0
    heard: float = 0.0
    deaths: int = 0
    again_at: float = 0.0

    def listen(self, listeners: Listeners) -> None:
        """Have connections gather for this place."""
        if not self.sockets:
            self.sockets = [*listeners.open(), open_unix(self.path, rights=0o600)]
            for each in self.sockets:
                each.listen(BACKLOG)

    def stop_listening(self) -> None:
        for each in self.sockets:
            each.close()
        self.sockets = []

    def has_beaten(self) -> bool:
        """Return whether the process has shown its life since the last look."""
        with suppress(BlockingIOError):
            if self.pulse >= 0 and os.read(self.pulse, 4096):
                self.heard = time.monotonic()
                return True
        return False

    def leave(self) -> None:
        """Note that the process has ended, and plan the next."""
        now = time.monotonic()
        self.close_pulse()
        self.deaths = 0 if now - self.started > HEALTHY_SECONDS else self.deaths
        pause = min(FIRST_PAUSE_SECONDS * 2 ** (self.deaths - 1), MAX_PAUSE_SECONDS)
        self.again_at = now + (pause if self.deaths else 0)
        self.deaths += 1
        self.pid = 0
        if self.again_at - now > MAX_QUEUE_SECONDS:
            self.stop_listening()

    def close_pulse(self) -> None:
        if self.pulse >= 0:
            os.close(self.pulse)
            self.pulse = -1


class Parent:
    def __init__(
        self, count: int, listeners: Listeners, *, hang_seconds: float, grace_seconds: float
    ) -> None:
        self.exit_code = 0
        self._listeners = listeners
        self._hang_seconds = hang_seconds
        self._grace_seconds = grace_seconds
        self._folder = Path(tempfile.mkdtemp(prefix="aiapp-web-"))
        self._places = [Place(number, self._folder / str(number)) for number in range(count)]
        self._has_served = False
        self._asked_to_end = 0
        self._wake_read, self._wake_write = os.pipe()

    def run(self) -> Child | None:
        """Return in each process that is forked; None in this one, when all have ended."""
        self._listen_to_signals()
        # Or else each process would copy what a collection of garbage only looks at.
        gc.freeze()
        while not self._asked_to_end:
            for place in self._places:
                if not place.pid and time.monotonic() >= place.again_at:
                    child = self._fork(place)
                    if child is not None:
                        return child
            self._sleep(self._find_pause())
            self._note_deaths()
            self._kill_hung()
        self._end()
        return None

    # -- Signals --------------------------------------------------------------------------------

    def _listen_to_signals(self) -> None:
        for end in (self._wake_read, self._wake_write):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, self._note_signal)

    def _note_signal(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTERM:
            self._asked_to_end = max(self._asked_to_end, 1)
        elif number == signal.SIGINT:
            self._asked_to_end += 1

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal comes, the death of a process among them, or the time is over."""
        planned = time.monotonic() + max(0.0, seconds)
        if select.select([self._wake_read], [], [], max(0.0, seconds))[0]:
            os.read(self._wake_read, 4096)
        if (now := time.monotonic()) > planned + LATE_SECONDS:
            for place in self._places:
                place.heard = now

    # -- The life of processes ------------------------------------------------------------------

    def _fork(self, place: Place) -> Child | None:
        place.listen(self._listeners)
        read, write = os.pipe()
        for end in (read, write):
            os.set_blocking(end, False)
        parent = os.getpid()
        # A signal that arrives meanwhile reaches the new process when it has its own handlers.
        with _blocked_signals():
            pid = os.fork()
            if not pid:
                os.close(read)
                return self._become_child(place, write, parent)
        os.close(write)
        place.pid, place.pulse = pid, read
        place.started = place.heard = time.monotonic()
        logger.info("web_process_started", extra={"place": place.number, "child": pid})
        return None

    def _become_child(self, place: Place, pulse: int, parent: int) -> Child:
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        tie_to_parent(signal.SIGKILL, parent)
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._listeners.close()
        for other in self._places:
            other.close_pulse()
            if other is not place:
                other.stop_listening()
        siblings.take_place(place.number, [each.path for each in self._places])
        return Child(place.sockets, pulse)

    def _note_deaths(self) -> None:
        for place, status in self._collect():
            self._listen_to_pulses()
            facts = {"place": place.number, "child": place.pid, "code": status}
            logger.warning("web_process_ended", extra=facts)
            place.leave()
            if not self._has_served:
                # Another would not come further.
                self._asked_to_end, self.exit_code = 1, 1

    def _collect(self) -> Iterator[tuple[Place, int]]:
        """Yield the places whose processes have ended, and their exit codes or signals (below 0).

        In a container this may be the first process, to which whatever they left belongs.
        """
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                pid, status = found
                for place in self._places:
                    if place.pid == pid:
                        yield place, os.waitstatus_to_exitcode(status)

    def _find_pause(self) -> float:
        now = time.monotonic()
        pauses = [place.again_at - now for place in self._places if not place.pid]
        look = min(self._hang_seconds / 4, IDLE_SECONDS) if self._hang_seconds else IDLE_SECONDS
        return min([look, *pauses])

    def _kill_hung(self) -> None:
        self._listen_to_pulses()
        for place in (each for each in self._places if each.pid):
            silence = time.monotonic() - place.heard
            if self._hang_seconds and silence > self._hang_seconds:
                facts = {"place": place.number, "child": place.pid, "seconds": round(silence)}
                logger.error("web_process_hung", extra=facts)
                os.kill(place.pid, signal.SIGKILL)

    def _listen_to_pulses(self) -> None:
        for place in self._places:
            self._has_served = place.has_beaten() or self._has_served

    def _end(self) -> None:
        for place in self._places:
            place.stop_listening()
        self._listeners.close()
        self._signal_all(signal.SIGTERM)
        deadline = time.monotonic() + self._grace_seconds
        while self._count():
            self._sleep(deadline - time.monotonic())
            if time.monotonic() >= deadline or self._asked_to_end > 1:
                self._signal_all(signal.SIGKILL)
                deadline += IDLE_SECONDS
            for place, _ in self._collect():
                place.pid = 0
        shutil.rmtree(self._folder, ignore_errors=True)

    def _count(self) -> int:
        return sum(1 for place in self._places if place.pid)

    def _signal_all(self, number: signal.Signals) -> None:
        for place in self._places:
            if place.pid:
                os.kill(place.pid, number)


@contextmanager
def _blocked_signals() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
