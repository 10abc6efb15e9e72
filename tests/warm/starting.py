"""Starts programs of a site from processes that have imported what they import."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.warm.forking import receive

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Forked:
    """A program, with what is used of `subprocess.Popen`; its parent collects its exit code."""

    pid: int
    _parent: "Template"
    returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._parent.ask({"do": "poll", "pid": self.pid})["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (timeout or float("inf"))
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


@dataclass
class Template:
    """A process to fork from, behind a socket."""

    path: str

    def ask(self, request: Mapping[str, Any]) -> Any:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self.path)
            connection.sendall(json.dumps(request).encode())
            connection.shutdown(socket.SHUT_WR)
            return receive(connection)

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> "Forked | None":
        """Run a module: `command` is its name and its arguments.

        Returns None for an environment that gives other values to what has been read for good.
        """
        request = {"do": "start", "command": list(command), "environment": dict(environment)}
        pid = self.ask(request | {"output": str(output)})["pid"]
        return Forked(pid, self) if pid else None


@dataclass
class _Warm:
    """The processes to fork from of this test worker."""

    folder: str = ""
    libraries: Template | None = None
    # By the module that they run.
    kinds: dict[str, list[Template]] = field(default_factory=dict)
    _pipe: Any = field(default=None)

    def start(
        self, module: str, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> Forked:
        known = self.kinds.setdefault(module, [])
        for template in known:
            if forked := template.start(command, environment, output):
                return forked
        known.append(self._prepare(module, environment, output))
        forked = known[-1].start(command, environment, output)
        assert forked, f"{module} reads its settings otherwise a second time"
        return forked

    def _prepare(self, module: str, environment: Mapping[str, str], output: Path) -> Template:
        """Return a process that has read a site's settings and imported what a module needs."""
        if self.libraries is None:
            self.libraries = self._begin()
        path = f"{self.folder}/{module}-{len(self.kinds[module])}"
        request = {"do": "prepare", "module": module, "environment": dict(environment)}
        self.libraries.ask(request | {"path": path, "output": str(output)})
        return Template(path)

    def _begin(self) -> Template:
        # It ends with this process: the pipe is closed then.
        self.folder = tempfile.mkdtemp(prefix="warm-", dir=os.environ["AIAPP_TEST_ROOT"])
        path = f"{self.folder}/libraries"
        self._pipe = subprocess.Popen(
            [sys.executable, "-m", "tests.warm.forking", path], cwd=ROOT, stdin=subprocess.PIPE
        )
        template = Template(path)
        while self._pipe.poll() is None:
            with suppress(OSError):
                template.ask({"do": "poll", "pid": 0})
                return template
            time.sleep(0.02)
        raise RuntimeError("the process to fork from has ended")


_warm = _Warm()


def start(
    module: str, command: Sequence[str], environment: Mapping[str, str], output: Path
) -> Forked:
    """Run a command that a module is run by: itself, or another one that runs it."""
    return _warm.start(module, command, environment, output)
