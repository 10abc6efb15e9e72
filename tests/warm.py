"""Programs of a site, forked from a process that has imported what they import.

A web server takes two seconds of CPU to import what it runs, and tests start a hundred of them.
Here one process a test worker imports the libraries; from it one is forked for each site and kind
of program, which reads the site's settings and imports our own code; from that the programs are
forked, each a session of its own with its own environment, output and command line's arguments.
How they start from nothing is what `tests/outages/test_up.py` is about.
"""

import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# What reads no settings when it is imported.
LIBRARIES = (
    *("celery", "celery.bin.celery", "celery.app.base", "celery.worker", "celery.beat"),
    *("kombu.transport.redis", "redis.asyncio", "openai", "openai.resources.chat", "aiohttp"),
    *("uvicorn", "uvloop", "websockets", "httpx2", "psycopg", "psycopg_pool", "pydantic"),
    *("orjson", "nh3", "tiktoken", "tokenizers", "markdown_it", "yaml", "django.db.models"),
    # What these import takes a sixth of what our own code would take to import otherwise.
    *("django.test", "django.db.backends.postgresql.base", "channels.generic.websocket"),
    *("celery.concurrency.prefork", "cryptography.fernet", "defusedxml.ElementTree", "jinja2"),
    *("lxml.html", "pgvector.django", "PIL.Image", "precis_i18n.factory", "urllib3"),
    "unittest.mock",
)
# The modules that read the settings, by the module that a program runs.
KINDS = {
    "aiapp.server": ("aiapp.asgi", "aiapp.urls"),
    "celery": ("aiapp.celery", "celery.concurrency.prefork", "openai"),
}
Job = Callable[[], None]


# -- The side of the tests --------------------------------------------------------------------


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
            return _receive(connection)

    def end(self) -> None:
        self.ask({"do": "end"})

    def start(
        self, command: Sequence[str], environment: Mapping[str, str], output: Path
    ) -> "Forked":
        """Run a module: `command` is its name and its arguments."""
        request = {"do": "start", "command": list(command), "environment": dict(environment)}
        return Forked(self.ask(request | {"output": str(output)})["pid"], self)


def _receive(connection: socket.socket) -> Any:
    return json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))


@dataclass
class _Warm:
    """The processes to fork from of this test worker."""

    folder: str = ""
    libraries: Template | None = None
    count: int = 0
    _pipe: Any = field(default=None)

    def prepare(self, module: str, environment: Mapping[str, str], output: Path) -> Template:
        """Return a process that has read a site's settings and imported what a module needs."""
        if self.libraries is None:
            self.libraries = self._begin()
        self.count += 1
        path = f"{self.folder}/{self.count}"
        request = {"do": "prepare", "module": module, "environment": dict(environment)}
        self.libraries.ask(request | {"path": path, "output": str(output)})
        return Template(path)

    def _begin(self) -> Template:
        # It ends with this process: the pipe is closed then.
        self.folder = tempfile.mkdtemp(prefix="warm-", dir=os.environ["AIAPP_TEST_ROOT"])
        path = f"{self.folder}/libraries"
        self._pipe = subprocess.Popen(
            [sys.executable, "-m", "tests.warm", path], cwd=ROOT, stdin=subprocess.PIPE
        )
        template = Template(path)
        while self._pipe.poll() is None:
            with suppress(OSError):
                template.ask({"do": "poll", "pid": 0})
                return template
            time.sleep(0.02)
        raise RuntimeError("the process to fork from has ended")


_warm = _Warm()


def prepare(module: str, environment: Mapping[str, str], output: Path) -> Template:
    return _warm.prepare(module, environment, output)


# -- The side of the programs -----------------------------------------------------------------


class _Server:
    """Answers requests one by one; what `serve` returns is to be run by the child that it is in."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.codes: dict[int, int] = {}
        self.children: set[int] = set()
        self.programs: set[int] = set()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{path}.new")
        self.listener.listen(64)
        # Who finds the socket can be answered.
        Path(f"{path}.new").rename(path)

    def serve(self) -> Job | None:
        while True:
            ready, _, _ = select.select([self.listener, 0], [], [])
            if 0 in ready:
                # Whoever started us has ended, and has not ended what was started for it.
                self._end_programs()
                return None
            connection, _ = self.listener.accept()
            with connection:
                request = _receive(connection)
                if request["do"] == "end":
                    connection.sendall(b"{}")
                    return None
                answer = getattr(self, f"_{request.pop('do')}")(**request)
                if callable(answer):
                    self.listener.close()
                    return answer
                connection.sendall(json.dumps(answer).encode())

    def _end_programs(self) -> None:
        for pid in self.programs:
            if self._poll(pid)["code"] is None:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _poll(self, pid: int) -> dict[str, int | None]:
        if pid in self.children and pid not in self.codes:
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                self.codes[pid] = os.waitstatus_to_exitcode(status)
        return {"code": self.codes.get(pid)}

    def _fork(self) -> int:
        assert threading.active_count() == 1, threading.enumerate()
        pid = os.fork()
        self.children.add(pid)
        return pid

    def _start(
        self, command: list[str], environment: dict[str, str], output: str
    ) -> dict[str, int] | Job:
        if pid := self._fork():
            self.programs.add(pid)
            return {"pid": pid}
        _become(environment, output, stdin=os.open(os.devnull, os.O_RDONLY))
        return lambda: _run(command)

    def _prepare(
        self, module: str, environment: dict[str, str], path: str, output: str
    ) -> dict[str, int] | Job:
        if pid := self._fork():
            while not Path(path).exists() and self._poll(pid)["code"] is None:
                time.sleep(0.005)
            return {"pid": pid}
        _become(environment, output)
        return lambda: _serve_kind(module, path)


def _become(environment: dict[str, str], output: str, stdin: int | None = None) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    out = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    if stdin is not None:
        os.dup2(stdin, 0)
        os.close(stdin)


def _serve_kind(module: str, path: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aiapp.settings")
    if module != "aiapp.server":
        # The web server has something to say to the settings first.
        importlib.import_module("django").setup()
    for name in KINDS[module]:
        importlib.import_module(name)
    if module == "aiapp.server":
        importlib.import_module("aiapp.asgi").preload()
    _serve(path)


def _run(command: list[str]) -> None:
    module, *arguments = command
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _serve(path: str) -> None:
    if job := _Server(path).serve():
        job()


def main() -> None:
    # A terminal's Ctrl-C is for the tests, which end us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in LIBRARIES:
        importlib.import_module(name)
    settings = importlib.import_module("django.conf").settings
    assert not settings.configured, "a library has read the settings"
    _serve(sys.argv[1])


if __name__ == "__main__":
    main()
