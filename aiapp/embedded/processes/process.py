"""One server process that belongs to this installation: how it starts, ends and is recognised."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LAUNCHER = Path(__file__).with_name("launcher.py")
POLL_SECONDS = 0.03
# A process's start time is known to one clock tick.
START_TOLERANCE_SECONDS = 0.05


def always() -> bool:
    return True


def do_nothing() -> None:
    return None


@dataclass(frozen=True)
class Part:
    """A part to run: its command, the check that it serves, and the way to end it."""

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] = always
    # Asked from time to time of one that serves. Whoever does not answer several times hangs.
    alive: Callable[[], bool] = always
    # Runs before every start, also before a restart: sweeps what a killed process left.
    prepare: Callable[[], None] = do_nothing
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    # What it gets when the supervisor is killed. A clean end may wait for servers that end too.
    death_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 5
    start_seconds: float = 60
    account: str = ""
    # The site starts without an optional part and goes on trying to start it.
    optional: bool = False
    # Whether it is to run at all; one that is not is started when that changes.
    wanted: Callable[[], bool] = always


def wrap_command(part: Part) -> list[str]:
    """The part's command behind the launcher that ties it to this process."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(int(part.death_signal))]
    return [*launcher, str(os.getpid()), part.account, *part.command]


class Process:
    """A started part. It leads a session of its own, so that its children end with it.

    Start it from the main thread: the kernel reports the death of the *thread* that started a
    child, so a child of a short-lived thread would be ended early.
    """

    def __init__(self, part: Part, log_file: Path) -> None:
        self.part = part
        self.log_file = log_file
        part.prepare()
        with log_file.open("ab") as log:
            self._popen = subprocess.Popen(
                wrap_command(part),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **part.environment},
                start_new_session=True,
            )
        self.pid = self._popen.pid

    def running(self) -> bool:
        return self._popen.poll() is None

    def describe_end(self) -> str:
        code = self._popen.returncode
        if code is None:
            return "is running"
        if code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        return f"ended with exit code {code}"

    def ask_to_end(self) -> None:
        self.send_signal(self.part.stop_signal)

    def send_signal(self, number: signal.Signals) -> None:
        if self.running():
            self._popen.send_signal(number)

    def wait(self, seconds: float) -> bool:
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End the process and whatever is left of its session's first process group."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        except PermissionError:
            self._popen.kill()
        self._popen.wait()

    def stop(self) -> None:
        self.ask_to_end()
        self.wait(self.part.stop_seconds)
        self.kill()

    def wait_until_ready(self) -> None:
        """For callers without a supervisor: block until the part serves, or raise."""
        deadline = time.monotonic() + self.part.start_seconds
        while not self.part.ready():
            if not self.running() or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"{self.part.name} {self.describe_end()}\n{last_lines(self.log_file)}"
                )
            time.sleep(POLL_SECONDS)


def last_lines(log_file: Path, count: int = 12) -> str:
    try:
        text = log_file.read_bytes()[-8000:].decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    return "\n".join(text.splitlines()[-count:])


class Roster:
    """A file with the processes that run now, so that the next start finds what a crash left.

    A process is known by its number and its start time, since numbers are used again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, processes: Sequence[Process]) -> None:
        rows = []
        for process in processes:
            try:
                started = psutil.Process(process.pid).create_time()
            except psutil.NoSuchProcess:
                continue
            rows.append([process.part.name, process.pid, started, int(process.part.death_signal)])
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(rows), encoding="ascii")
        temporary.replace(self.path)

    def end_leftovers(self, seconds: float = 8) -> list[str]:
        """End the processes of an earlier run that still live, and return their names."""
        try:
            rows = json.loads(self.path.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return []
        leftovers: list[psutil.Process] = []
        names = []
        for name, pid, started, death_signal in rows:
            try:
                process = psutil.Process(pid)
                same = abs(process.create_time() - started) < START_TOLERANCE_SECONDS
                # In a container nobody may collect ended processes.
                if not same or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                process.send_signal(death_signal)
            except psutil.NoSuchProcess:
                continue
            leftovers.append(process)
            names.append(name)
        _, alive = psutil.wait_procs(leftovers, timeout=seconds)
        for process in alive:
            process.kill()
        psutil.wait_procs(alive, timeout=seconds)
        self.path.unlink(missing_ok=True)
        return names
