"""The parent of a server's web processes: it forks them, restarts each alone and ends them.

It has imported the application, so what they read and never change is in memory once, and a new
one serves within a fraction of a second. Each process has sockets of its own (see `sockets`), which
stay open here: connections that wait for one that died are served by the next in its place.

A process shows that its event loop runs by a byte in a pipe. One that shows nothing for a while is
set aside, so that another serves what comes to its place: if it comes to itself it is told to end,
and after WEB_HANG_SECONDS it is killed. What it was doing is taken over as that of any other that
died. One that was told to end says so, and gives its place to another at once, while it finishes
its answers.
"""

import gc
import logging
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from aiapp.concurrency.parent_death import tie_to_parent
from aiapp.serving import siblings
from aiapp.serving.place import Child, Place
from aiapp.serving.sockets import Listeners

logger = logging.getLogger(__name__)

IDLE_SECONDS = 60.0
# A process is told of so many that have died in its place.
MAX_TOLD_DEAD = 5
# A parent that wakes so much too late was stopped, and its processes perhaps with it.
LATE_SECONDS = 1.0
# A signal that comes again so soon is the same: a service manager may tell every process, and each
# that tells the next tells it once more.
REPEAT_SECONDS = 1.0
# A child that was told to end calls its parent by SIGUSR1.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD, signal.SIGUSR1)


class Parent:
    def __init__(
        self,
        count: int,
        listeners: Listeners,
        *,
        silent_seconds: float,
        hang_seconds: float,
        grace_seconds: float,
    ) -> None:
        self.exit_code = 0
        self._listeners = listeners
        self._silent_seconds = silent_seconds
        self._hang_seconds = hang_seconds
        self._grace_seconds = grace_seconds
        self._folder = Path(tempfile.mkdtemp(prefix="aiapp-web-"))
        self._places = [Place(number, self._folder / str(number)) for number in range(count)]
        # The processes that end without a place, and by when they have to.
        self._leavers: dict[int, float] = {}
        # Those that were silent for long, and may come to themselves.
        self._aside: list[Place] = []
        self._has_served = False
        self._asked_to_end = 0
        self._asked_at = 0.0
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
            self._replace_silent()
            self._replace_leavers()
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
        now = time.monotonic()
        if number in {signal.SIGTERM, signal.SIGINT} and now - self._asked_at > REPEAT_SECONDS:
            self._asked_to_end, self._asked_at = self._asked_to_end + 1, now

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal comes, the death of a process among them, or the time is over."""
        planned = time.monotonic() + max(0.0, seconds)
        if select.select([self._wake_read], [], [], max(0.0, seconds))[0]:
            os.read(self._wake_read, 4096)
        if (now := time.monotonic()) > planned + LATE_SECONDS:
            for place in (*self._places, *self._aside):
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
        for each in self._places:
            # One that dies as it starts may not have come to it, and numbers are used again.
            each.dead = [dead for dead in each.dead if dead != pid][-MAX_TOLD_DEAD:]
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
        for other in (*self._places, *self._aside):
            other.close_pulse()
            if other is not place:
                other.stop_listening()
        siblings.take_place(place.number, [each.path for each in self._places], [*place.dead])
        return Child(place.sockets, pulse, parent)

    def _note_deaths(self) -> None:
        for place, status in self._collect():
            self._listen_to_pulses()
            facts = {"place": place.number, "child": place.pid, "code": status}
            logger.warning("web_process_ended", extra=facts)
            if place.is_leaving:
                place.vacate()
            else:
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
                self._leavers.pop(pid, None)
                for place in [each for each in self._aside if each.pid == pid]:
                    place.close_pulse()
                    self._aside.remove(place)
                for place in self._places:
                    if place.pid == pid:
                        yield place, os.waitstatus_to_exitcode(status)

    def _find_pause(self) -> float:
        now = time.monotonic()
        pauses = [place.again_at - now for place in self._places if not place.pid]
        bounds = (self._hang_seconds / 4, self._silent_seconds / 4)
        look = min(bounds) if self._hang_seconds else IDLE_SECONDS
        return min([look, *pauses, *(by - now for by in self._leavers.values())])

    def _kill_hung(self) -> None:
        self._listen_to_pulses()
        for place in (each for each in (*self._places, *self._aside) if each.pid):
            silence = time.monotonic() - place.heard
            if self._hang_seconds and silence > self._hang_seconds:
                facts = {"place": place.number, "child": place.pid, "seconds": round(silence)}
                logger.error("web_process_hung", extra=facts)
                os.kill(place.pid, signal.SIGKILL)

    def _replace_silent(self) -> None:
        """Set aside those that have been silent for long, and end those that are so no longer."""
        now = time.monotonic()
        for place in [each for each in self._aside if each.has_beaten()]:
            os.kill(place.pid, signal.SIGTERM)
            self._leavers[place.pid] = now + self._grace_seconds
            place.close_pulse()
            self._aside.remove(place)
        for place in (each for each in self._places if each.pid and self._hang_seconds):
            if now - place.heard > self._silent_seconds:
                facts = {"place": place.number, "child": place.pid}
                logger.warning("web_process_silent", extra=facts)
                self._aside.append(place.set_aside())

    def _replace_leavers(self) -> None:
        """Give the places of processes that were told to end to others, and bound the end."""
        now = time.monotonic()
        for place in (each for each in self._places if each.pid and each.is_leaving):
            facts = {"place": place.number, "child": place.pid}
            logger.info("web_process_leaves", extra=facts)
            self._leavers[place.pid] = now + self._grace_seconds
            place.vacate()
        for pid in [pid for pid, by in self._leavers.items() if now >= by]:
            os.kill(pid, signal.SIGKILL)
            self._leavers[pid] = now + IDLE_SECONDS

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
        return len(self._list_all())

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._list_all():
            os.kill(pid, number)

    def _list_all(self) -> list[int]:
        placed = (place.pid for place in (*self._places, *self._aside) if place.pid)
        return [*self._leavers, *placed]


@contextmanager
def _blocked_signals() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
