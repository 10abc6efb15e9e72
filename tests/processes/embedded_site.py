"""A site of `manage.py up` in a folder of its own, as an operator starts, sees and ends it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from aiapp.embedded import postgres
from tests.processes import site as sites
from tests.processes.model_servers import shared_models
from tests.warm import starting

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300
T = TypeVar("T")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what: Callable[[], object], seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@dataclass
class Site:
    process: subprocess.Popen
    data: Path
    port: int
    output: Path

    def text(self) -> str:
        return self.output.read_text()

    def ready(self) -> bool:
        return self.process.poll() is not None or "Ctrl-C ends everything" in self.text()

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/health/ready", timeout=2
            ) as answer:
                return answer.status == 200
        except OSError:
            return False

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def part(self, name: str) -> psutil.Process:
        """The process of a part, recognised by its log file."""
        log = str(self.data / "log" / f"{name}.log")
        for process in psutil.Process(self.process.pid).children():
            if os.path.realpath(f"/proc/{process.pid}/fd/1") == log:
                return process
        raise LookupError(name)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(START_SECONDS)


def environment(data: Path, port: int, **more: str) -> dict[str, str]:
    unset = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    kept = {k: v for k, v in os.environ.items() if k not in unset}
    return kept | {"DATA_DIR": str(data), "PORT": str(port)} | more


def launch(data: Path, port: int, python: str = sys.executable, **more: str) -> Site:
    data.mkdir(parents=True, exist_ok=True)
    models = data / "models"
    if not models.exists():
        models.symlink_to(shared_models(), target_is_directory=True)
    output = data.with_name(f"{data.name}-{time.monotonic_ns()}.out")
    with output.open("wb") as file:
        process = subprocess.Popen(
            [python, "manage.py", "up"],
            cwd=ROOT,
            stdout=file,
            stderr=file,
            env=environment(data, port, **more),
        )
    return Site(process, data.resolve(), port, output)


def launch_in_vain(data: Path, port: int, **more: str) -> Site:
    """Have a start refused, which needs no start from nothing to be seen."""
    python = str(starting.find_environment() / "bin/python")
    return launch(data, port, python, SECRET_KEY="of-this-test" * 4, **more)


@contextmanager
def running(data: Path, port: int | None = None, **more: str) -> Iterator[Site]:
    site = launch(data, port or free_port(), **more)
    try:
        eventually(site.ready, START_SECONDS)
        assert site.process.poll() is None, site.text()
        yield site
    finally:
        if site.process.poll() is None:
            site.stop()


def read_each(processes: list[psutil.Process], read: Callable[[psutil.Process], T]) -> list[T]:
    """Return what is read of each process that still lives: the database's come and go."""
    found = []
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            found.append(read(process))
    return found


def are_gone(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def give_database(data: Path) -> None:
    """Give a data folder the database of a site that was started and is empty.

    It is made once a run, and copied: that takes more than all that most tests do with it.
    """
    copy = ["cp", "--archive", "--reflink=auto", str(_make_cluster()), str(data / "postgres")]
    subprocess.run(copy, check=True)


def _make_cluster() -> Path:
    template = os.environ["DATABASE_URL"].replace("/aiapp?", f"/{sites.make_template()}?")
    folder = sites.get_shared_folder() / "cluster"
    with sites.make_once("cluster") as is_made:
        if not is_made:
            sockets = folder / "run"
            sockets.mkdir(parents=True, mode=0o700)
            with postgres.run_temporarily(folder / "postgres", sockets, fsync=False):
                _copy_schema(template, f"postgresql://{postgres.SUPERUSER}@/aiapp?host={sockets}")
    return folder / "postgres"


def _copy_schema(source: str, target: str) -> None:
    programs = postgres.programs()
    dump = [str(programs / "pg_dump"), "--format", "custom", "--dbname", source]
    restore = [str(programs / "pg_restore"), "--no-comments", "--clean", "--if-exists"]
    dumped = subprocess.run(dump, capture_output=True, check=True)
    subprocess.run([*restore, "--dbname", target], input=dumped.stdout, check=True)
