"""A compose project that runs already, and its parts as processes of this machine.

It is signalled from outside of its containers, as a machine's own faults would: this needs root,
and an engine whose containers are processes here. Its .env names the model's server, which is the
campaign's, and lets its people in (with any embedding model):

    OPENAI_BASE_URL=http://host.docker.internal:9000/v1
    OPENAI_API_KEY=k
    CHAT_MODEL=count-20-60
    CHAT_MODELS=count-60-60,count-100-80
    REGISTRATION_OPEN=true
    ACCESS_TOKEN_MINUTES=1000
    ASK_RATE=off
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psutil
import psycopg

from bench.kills.upstream import Upstream

# The services, by the names that the parts have in embedded mode.
SERVICES = {
    "web": "web",
    "turns": "worker",
    "ingest": "ingest",
    "beat": "beat",
    "postgres": "database",
    "valkey": "valkey",
    "embedding-model": "embedding-model",
}
READY_SECONDS = 60
READ_SETTINGS = """
import json
from django.conf import settings
print(json.dumps({
    "password": settings.DATABASES["default"]["PASSWORD"],
    "models": [settings.CHAT_MODEL, *settings.CHAT_MODELS],
}))
"""


@dataclass
class ComposeSite:
    folder: Path
    url: str
    upstream: Upstream
    parts: list[str] = field(default_factory=list)
    _password: str = ""

    def check(self, models: Sequence[str]) -> None:
        """Find what runs. Raises SystemExit where the campaign would be about something else."""
        if os.geteuid() != 0:
            raise SystemExit("Only root may signal processes in containers.")
        found = json.loads(
            self._compose("exec", "-T", "web", "python", "manage.py", "shell", "-c", READ_SETTINGS)
            .strip()
            .splitlines()[-1]
        )
        if missing := set(models) - set(found["models"]):
            raise SystemExit(f"CHAT_MODELS lacks {', '.join(sorted(missing))}, see {__file__}.")
        self._password = found["password"]
        running = self._compose("ps", "--services", "--status", "running").split()
        self.parts = [name for name, service in SERVICES.items() if service in running]
        if not self.find_part("web"):
            raise SystemExit("The containers are no processes of this machine.")

    def connect(self) -> "psycopg.Connection[Any]":
        """Connect to the database at its container's own address. Raises psycopg.Error."""
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}"
        addresses = self._inspect("postgres", template)
        if not addresses:
            raise psycopg.OperationalError("The database has no address for now.")
        return psycopg.connect(
            host=addresses[0], dbname="aiapp", user="aiapp", password=self._password
        )

    def is_ready(self) -> bool:
        with suppress(httpx2.HTTPError):
            return httpx2.get(f"{self.url}/health/ready", timeout=5).status_code == httpx2.codes.OK
        return False

    def find_part(self, name: str) -> list[psutil.Process]:
        """Return a service's programs, one a container; none while there is none."""
        found = []
        for pid in self._inspect(name, "{{.State.Pid}}"):
            with suppress(psutil.NoSuchProcess, ValueError):
                # The first process of a container is the engine's, and starts ours.
                found += psutil.Process(int(pid)).children() if int(pid) else []
        return found

    def find_children(self, name: str) -> list[psutil.Process]:
        found = []
        for program in self.find_part(name):
            with suppress(psutil.NoSuchProcess):
                found += program.children()
        return found

    def _inspect(self, name: str, template: str) -> list[str]:
        try:
            containers = self._compose("ps", "--quiet", SERVICES[name]).split()
            return self._run("docker", "inspect", "--format", template, *containers).split()
        except subprocess.CalledProcessError:
            # It is just being started again.
            return []

    def _compose(self, *arguments: str) -> str:
        return self._run("docker", "compose", *arguments)

    def _run(self, *command: str) -> str:
        return subprocess.run(
            command, cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout


@contextmanager
def use_compose(
    folder: Path, url: str, models: Sequence[str], port: int, say: Callable[[str], None]
) -> Iterator[ComposeSite]:
    """Give a running project its model's server for the block; the project is left as it is."""
    upstream = Upstream(port, host="0.0.0.0")  # noqa: S104 - containers reach it by the host's name
    upstream.start()
    site = ComposeSite(folder, url.rstrip("/"), upstream)
    try:
        site.check(models)
        deadline = time.monotonic() + READY_SECONDS
        while not site.is_ready():
            if time.monotonic() > deadline:
                raise SystemExit(f"{site.url} is not ready.")
            time.sleep(0.5)
        say(f"The project serves at {site.url} with {', '.join(site.parts)}")
        yield site
    finally:
        upstream.end()
