"""Starts programs of a site from processes that have imported what they import."""

import fcntl
import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.warm.forking import receive

ROOT = Path(__file__).resolve().parents[2]
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")


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
            return receive(connection)[0]

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
    """The processes to fork from of this test worker; that of the libraries is everybody's."""

    folder: str = ""
    libraries: Template | None = None
    # By the module that they run.
    kinds: dict[str, list[Template]] = field(default_factory=dict)
    _libraries: "subprocess.Popen[bytes] | None" = None

    def start(
        self, module: str, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> Forked:
        known = self.kinds.setdefault(module, [])
        for template in reversed(known):
            if forked := template.start(command, environment, output):
                return forked
        known.append(self._prepare(module, environment, output))
        forked = known[-1].start(command, environment, output)
        assert forked, f"{module} reads its settings otherwise a second time"
        return forked

    def find_environment(self) -> Path:
        """Return the folder of what stands for a virtual environment, see `asking`."""
        if self.libraries is None:
            self.libraries = self._begin()
        python = Path(self.folder) / f"{WORKER or 'main'}-environment/bin/python"
        if not python.exists():
            command = [sys.executable, "-IS", str(ROOT / "tests/warm/asking.py"), self.folder]
            python.parent.mkdir(parents=True)
            python.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
            python.chmod(0o700)
        return python.parents[1]

    def _prepare(self, module: str, environment: Mapping[str, str], output: Path) -> Template:
        """Return a process that has read a site's settings and imported what a module needs."""
        if self.libraries is None:
            self.libraries = self._begin()
        path = f"{self.folder}/{WORKER or 'main'}-{module}-{len(self.kinds[module])}"
        request = {"do": "prepare", "module": module, "environment": dict(environment)}
        self.libraries.ask(request | {"path": path, "output": str(output)})
        return Template(path)

    def _begin(self) -> Template:
        """Return the process of this run, which the first worker starts that wants it."""
        root = Path(os.environ["AIAPP_TEST_ROOT"])
        self.folder = str(root / "warm")
        template = Template(f"{self.folder}/libraries")
        with (root / "warm.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not Path(template.path).exists():
                self._start_libraries(template.path)
        return template

    def _start_libraries(self, path: str) -> None:
        Path(self.folder).mkdir(mode=0o700)
        # It ends with the process that the user started, which is pytest-xdist's controller or us.
        starter = os.getppid() if WORKER else os.getpid()
        command = [sys.executable, "-m", "tests.warm.forking", path, str(starter)]
        self._libraries = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
        while not Path(path).exists():
            if self._libraries.poll() is not None:
                raise RuntimeError("the process to fork from has ended")
            time.sleep(0.02)


_warm = _Warm()


def start(
    module: str, command: Sequence[str], environment: Mapping[str, str], output: Path
) -> Forked:
    """Run a command that a module is run by: itself, or another one that runs it."""
    return _warm.start(module, command, environment, output)


def find_environment() -> Path:
    """Return a virtual environment whose `bin/python` runs commands of a site without a start."""
    return _warm.find_environment()
