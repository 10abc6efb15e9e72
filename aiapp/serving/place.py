"""The place of a web process: its sockets, its sign of life, and who is in it."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiapp.serving.sockets import BACKLOG, Listeners, open_unix

FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
# A process that served for so long was well: it is replaced at once.
HEALTHY_SECONDS = 30.0
# Connections wait no longer for a process that keeps dying; the others get them instead.
MAX_QUEUE_SECONDS = 1.0
# What a process writes to its parent.
BEAT, END = b".", b"e"


@dataclass(frozen=True, slots=True)
class Child:
    """The equipment of a forked process: sockets that listen, and a pipe to show its life in."""

    sockets: Sequence[socket.socket]
    pulse: int
    parent: int

    def beat(self) -> None:
        self._write(BEAT)

    def tell_end(self) -> None:
        """Have the parent give the place to another."""
        self._write(END)
        if os.getppid() == self.parent:
            os.kill(self.parent, signal.SIGUSR1)

    def _write(self, sign: bytes) -> None:
        try:
            os.write(self.pulse, sign)
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
    is_leaving: bool = False
    # Whoever died here since the last one that could be told.
    dead: list[int] = field(default_factory=list)
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
            if self.pulse >= 0 and (signs := os.read(self.pulse, 4096)):
                self.heard = time.monotonic()
                self.is_leaving = self.is_leaving or END in signs
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
        self.dead.append(self.pid)
        self.pid, self.is_leaving = 0, False
        if self.again_at - now > MAX_QUEUE_SECONDS:
            self.stop_listening()

    def vacate(self) -> None:
        """Have room for another process, while the one that was here ends."""
        self.close_pulse()
        self.pid, self.again_at, self.is_leaving = 0, 0.0, False

    def set_aside(self) -> "Place":
        """Have room for another process, and return a place without sockets for this one."""
        aside = Place(self.number, self.path, pid=self.pid, pulse=self.pulse, heard=self.heard)
        self.pulse = -1
        self.vacate()
        return aside

    def close_pulse(self) -> None:
        if self.pulse >= 0:
            os.close(self.pulse)
            self.pulse = -1
