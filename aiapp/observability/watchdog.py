"""Notices when something holds up the event loop, and says what it was.

The loop beats every `BEAT_SECONDS`, at rest less often. A beat that is late by LOOP_STALL_SECONDS
or more is logged and counted. It is too late then to see who was at work, so each beat sets an
alarm, whose signal has `faulthandler` write down where the process stands while it stands there:
in C, for which a regular expression that holds Python's lock is no obstacle. Names of functions and
numbers of lines are logged, no values.

A stall is `busy` if the loop's own thread was computing for that long, otherwise `waiting`: for a
call that blocks, another thread that holds the lock, or a machine with too much to do.

There is one alarm for a process, and one that rings when nobody expects it any more ends the
process. So a server's loop is watched in the main thread only, and until it ends; that of an
application which a program runs in a thread of its own is not.
"""

import asyncio
import faulthandler
import logging
import re
import signal
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from prometheus_client import Counter

from aiapp.observability.requests import REGISTRY

logger = logging.getLogger(__name__)

BEAT_SECONDS = 0.1
# After so many beats between which next to nothing was computed, it beats less often until there
# is something to do: to look at a process at rest costs as much as all else in it. What a stall
# that ends the rest hides is half a second at most.
QUIET_BEATS, QUIET_CPU_SECONDS, QUIET_BEAT_SECONDS = 50, 0.001, 0.5
# The outermost say what was asked for, the innermost what it came to.
MAX_OUTER, MAX_INNER = 12, 12
STALLS = Counter(
    "aiapp_event_loop_stalls",
    "Times that something held up this process's event loop for LOOP_STALL_SECONDS or more.",
    ("kind",),
    registry=REGISTRY,
)
STALL_SECONDS = Counter(
    "aiapp_event_loop_stall_seconds",
    "How long this process's event loop was held up, all in all.",
    ("kind",),
    registry=REGISTRY,
)
KINDS = ("busy", "waiting")

_STACK = "Stack (most recent call first):"
_FRAME = re.compile(r'  File "([^"\n]*)", line (\d+) in ([^\n]*)')
# What runs the loop, and what the loop runs a callback or a task with.
_RUNNERS = {"run", "run_until_complete", "run_forever", "_run", "_run_once"}
_ROOT = str(Path(__file__).resolve().parents[2]) + "/"


def _open_places() -> IO[str]:
    return tempfile.TemporaryFile("w+")


@dataclass(slots=True)
class Watchdog:
    """Watches the running loop from `start` to `stop`, both called on it, in the main thread."""

    bound: float
    _due: float = 0.0
    _cpu: float = 0.0
    _quiet_beats: int = 0
    _handle: asyncio.TimerHandle | None = None
    # Where the alarm writes to.
    _places: IO[str] = field(default_factory=_open_places)

    def start(self) -> None:
        for kind in KINDS:
            STALLS.labels(kind)
        # The stack of this thread alone, which stands still while it is written down: to read
        # those of threads that run meanwhile can end the process (python/cpython#116008).
        faulthandler.register(signal.SIGALRM, file=self._places, all_threads=False)
        self._set()

    def stop(self) -> None:
        if self._handle:
            self._handle.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.unregister(signal.SIGALRM)
        self._places.close()

    def _set(self) -> None:
        loop = asyncio.get_running_loop()
        pause = QUIET_BEAT_SECONDS if self._quiet_beats > QUIET_BEATS else BEAT_SECONDS
        signal.setitimer(signal.ITIMER_REAL, pause + self.bound)
        self._due, self._cpu = loop.time() + pause, time.thread_time()
        self._handle = loop.call_later(pause, self._beat)

    def _beat(self) -> None:
        # uvloop's own clock stands still while a callback runs.
        late, cpu = time.monotonic() - self._due, time.thread_time() - self._cpu
        self._quiet_beats = self._quiet_beats + 1 if cpu < QUIET_CPU_SECONDS else 0
        if late >= self.bound:
            self._report(late, cpu)
        self._set()

    def _report(self, late: float, cpu: float) -> None:
        kind = "busy" if cpu >= self.bound else "waiting"
        STALLS.labels(kind).inc()
        STALL_SECONDS.labels(kind).inc(late)
        frames = self._frames()
        facts = {"kind": kind, "milliseconds": round(late * 1000), "cpu": round(cpu * 1000)}
        handle = frames[0] if frames else ""
        if len(frames) > MAX_OUTER + MAX_INNER:
            frames = [*frames[:MAX_OUTER], "...", *frames[-MAX_INNER:]]
        logger.warning("event_loop_stalled", extra=facts | {"handle": handle, "stack": frames})

    def _frames(self) -> list[str]:
        """Return where the loop was when the alarm went off, the outermost call first."""
        self._places.seek(0)
        # Of several stacks the first.
        stack = self._places.read().split(_STACK)[1:2]
        self._places.seek(0)
        self._places.truncate()
        frames = [frame for text in stack for frame in _FRAME.findall(text)][::-1]
        inner = max((at for at, (_, _, name) in enumerate(frames) if name in _RUNNERS), default=-1)
        return [f"{path.removeprefix(_ROOT)}:{n} {name}" for path, n, name in frames[inner + 1 :]]


def start() -> Watchdog | None:
    """Watch the running loop, unless the settings say not to or it is not the main thread's."""
    if not settings.LOOP_STALL_SECONDS or threading.current_thread() is not threading.main_thread():
        return None
    watchdog = Watchdog(settings.LOOP_STALL_SECONDS)
    watchdog.start()
    return watchdog


@dataclass(slots=True)
class ServerWatch:
    """The watchdog of a web process, from its first request to its last."""

    _watchdog: Watchdog | None = None

    def start(self) -> None:
        self._watchdog = start()

    async def stop(self) -> None:
        if self._watchdog:
            self._watchdog.stop()
            self._watchdog = None
