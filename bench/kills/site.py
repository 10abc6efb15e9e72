"""An embedded site of the campaign's own, and its parts as processes that can be signalled."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx2
import psutil
import psycopg

from aiapp.env import run_dir
from aiapp.serving.cpus import count_cpus
from bench.kills.upstream import Upstream

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 600
END_SECONDS = 120
PARTS = ("web", "turns", "ingest", "beat", "postgres", "valkey", "embedding-model")


class Site(Protocol):
    """A site whose parts can be signalled, however it runs."""

    upstream: Upstream

    @property
    def url(self) -> str: ...

    @property
    def parts(self) -> Sequence[str]: ...

    def connect(self) -> "psycopg.Connection[Any]": ...

    def find_part(self, name: str) -> list[psutil.Process]: ...

    def find_children(self, name: str) -> list[psutil.Process]: ...


@dataclass
class EmbeddedSite:
    data: Path
    port: int
    supervisor: "subprocess.Popen[bytes]"
    upstream: Upstream

    parts: Sequence[str] = PARTS

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(f"postgresql://aiapp@/aiapp?host={run_dir(self.data)}")

    def is_ready(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/health/ready", timeout=5).status_code == httpx2.codes.OK
        return False

    def find_part(self, name: str) -> list[psutil.Process]:
        """Return a part's process as the supervisor knows it; none while there is none."""
        try:
            rows = json.loads((self.data / "processes.json").read_text(encoding="ascii"))
            return [psutil.Process(pid) for part, pid, *_ in rows if part == name]
        except (OSError, ValueError, psutil.NoSuchProcess):
            return []

    def find_children(self, name: str) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            return [child for part in self.find_part(name) for child in part.children()]
        return []


@contextmanager
def run_site(
    data: Path, models: Sequence[str], say: Callable[[str], None]
) -> Iterator[EmbeddedSite]:
    """Run `manage.py up` in an empty folder until the end of the block."""
    upstream = Upstream(_find_free_port())
    upstream.start()
    data.mkdir(parents=True, exist_ok=True)
    site_port = _find_free_port()
    with (data.parent / "up.out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "up"],
            stdout=output,
            stderr=output,
            env=_build_environment(data, site_port, upstream.port, models),
            start_new_session=True,
        )
    site = EmbeddedSite(data.resolve(), site_port, process, upstream)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not (site.is_ready() and site.find_part("embedding-model")):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((data.parent / "up.out").read_text(encoding="utf-8"))
            time.sleep(0.5)
        say(f"The site serves at {site.url}; its logs are in {data / 'log'}")
        yield site
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(END_SECONDS)
            process.kill()
        upstream.end()


def _build_environment(
    data: Path, port: int, upstream_port: int, models: Sequence[str]
) -> dict[str, str]:
    left_out = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {
        **kept,
        "DATA_DIR": str(data),
        "PORT": str(port),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{upstream_port}/v1",
        "OPENAI_API_KEY": "k",
        "CHAT_MODEL": models[0],
        "CHAT_MODELS": ",".join(models[1:]),
        "ACCESS_TOKEN_MINUTES": "1000",
        "WEB_PROCESSES": str(max(2, count_cpus())),
    }


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
