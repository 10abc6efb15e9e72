"""The two ways in which a site runs, as backup and restore see them."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from operations.compose import ROOT, Project, run
from operations.terminal import Failure

DATABASE = "aiapp"
APP = ("web", "worker", "ingest", "beat", "chat-model", "embedding-model")


class Site(Protocol):
    """Commands are lists for `subprocess`; a program of PostgreSQL is named without its folder."""

    def manage(self, *arguments: str) -> list[str]: ...

    def manage_apart(self, *arguments: str) -> list[str]:
        """Return a command of `manage.py` that needs no web server to run."""

    def postgres(self, program: str, *arguments: str) -> list[str]: ...

    def files(self, *arguments: str) -> list[str]:
        """Return a command that works in the folder of the data."""

    def read_settings(self) -> dict[str, str]: ...

    def is_running(self) -> bool: ...

    def open_stores(self) -> None:
        """Have the database answer. Raises Failure where nothing can be brought back."""

    def prepare(self) -> None:
        """End whatever would write while data is brought back, and empty the queues."""

    def finish(self) -> None:
        """Migrate what was brought back, and start the site if that is ours to do."""


class ComposeSite:
    def __init__(self, project: Project) -> None:
        self.project = project

    def manage(self, *arguments: str) -> list[str]:
        return [*self.project.command, "exec", "-T", "web", "python", "manage.py", *arguments]

    def manage_apart(self, *arguments: str) -> list[str]:
        once = ["run", "--rm", "-T", "--no-deps", "migrate", "python", "manage.py"]
        return [*self.project.command, *once, *arguments]

    def postgres(self, program: str, *arguments: str) -> list[str]:
        at = ["exec", "-T", "database", program, "--username", "postgres"]
        return [*self.project.command, *at, *arguments]

    def files(self, *arguments: str) -> list[str]:
        if self.project.list_containers("web"):
            return [*self.project.command, "exec", "-T", "--workdir", "/data", "web", *arguments]
        # `migrate` is the one service that is never running.
        once = ["run", "--rm", "-T", "--no-deps", "--workdir", "/data", "migrate"]
        return [*self.project.command, *once, *arguments]

    def read_settings(self) -> dict[str, str]:
        return self.project.read_settings()

    def is_running(self) -> bool:
        return bool(self.project.list_containers("web"))

    def open_stores(self) -> None:
        self.project.run("up", "--detach", "--wait", "--no-deps", "database", "valkey")

    def prepare(self) -> None:
        self.project.run("stop", *self._list_services(), stderr=subprocess.DEVNULL)
        flush = 'REDISCLI_AUTH="$(cat /tmp/password)" valkey-cli FLUSHALL'
        self.project.run("exec", "-T", "valkey", "sh", "-c", flush, stdout=subprocess.DEVNULL)

    def finish(self) -> None:
        # `migrate` runs before those that depend on it; to wait for it by name fails when it ends.
        self.project.run("up", "--detach", "--wait", "proxy", *self._list_services())

    def _list_services(self) -> list[str]:
        known = self.project.read("config", "--services").split()
        return [name for name in APP if name in known]


class EmbeddedSite:
    """A site of `manage.py up`, or its data while it is ended."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.bin, self.socket, self.data = facts["bin"], facts["socket"], Path(facts["data"])
        self.up: bool = facts["up"]

    def manage(self, *arguments: str) -> list[str]:
        return [str(python()), "manage.py", *arguments]

    manage_apart = manage

    def postgres(self, program: str, *arguments: str) -> list[str]:
        at = [f"{self.bin}/{program}", "--host", self.socket, "--username", "postgres"]
        return [*at, *arguments]

    def files(self, *arguments: str) -> list[str]:
        return ["env", "--chdir", str(self.data), *arguments]

    def read_settings(self) -> dict[str, str]:
        return dict(os.environ)

    def is_running(self) -> bool:
        return True

    def open_stores(self) -> None:
        if self.up:
            raise Failure("The site is running. End it first.")

    def prepare(self) -> None:
        shutil.rmtree(self.data / "valkey", ignore_errors=True)

    def finish(self) -> None:
        run(self.manage("migrate", "--no-input", "--verbosity", "0"))


def find_command(*, embedded: bool, project: str) -> Callable[..., list[str]]:
    """Return what makes commands of `manage.py` for a site of which nothing needs to run."""
    if embedded:
        return lambda *arguments: [str(python()), "manage.py", *arguments]
    return ComposeSite(Project(project)).manage_apart


def has_bucket(site: Site) -> bool:
    """Tell whether the site's files lie in a bucket instead of its folder."""
    settings = site.read_settings()
    return bool(settings.get("FILES_BUCKET") or settings.get("FILES_BUCKET_FILE"))


def python() -> Path:
    return ROOT / os.environ.get("VENV", ".venv") / "bin/python"


@contextmanager
def open_site(*, embedded: bool, project: str) -> Iterator[Site]:
    """Give a site whose database can be reached as long as the block lasts."""
    if not embedded:
        yield ComposeSite(Project(project))
        return
    holder = subprocess.Popen(
        [str(python()), "manage.py", "with_database"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield EmbeddedSite(read_facts(holder))
    finally:
        holder.communicate()


def read_facts(process: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the line of JSON by which a command says that it is ready."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise Failure(f"{process.args!r} ended with {process.wait()}.")
    facts: dict[str, Any] = json.loads(line)
    return facts
