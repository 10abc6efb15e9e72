"""A site of a benchmark's own: PostgreSQL, Valkey and a fake upstream that nobody else uses."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

from aiapp.embedded import postgres, valkey
from tests.processes import model_servers
from tests.processes.site import Site, running


class BenchSite(NamedTuple):
    site: Site
    # The address of the fake upstream.
    upstream: str
    postgres: psutil.Process
    valkey: psutil.Process


@contextmanager
def run_site(model: str, **variables: str) -> Iterator[BenchSite]:
    """Run a migrated site without programs, whose questions go to a model of the fake upstream."""
    with tempfile.TemporaryDirectory(prefix="aiapp-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        sockets = folder / "run"
        sockets.mkdir(mode=0o700)
        with (
            postgres.run_temporarily(folder / "postgres", sockets),
            valkey.run_temporarily(folder / "valkey", sockets),
            model_servers.fake_chat() as upstream,
        ):
            os.environ["AIAPP_TEST_ROOT"] = name
            os.environ["DATABASE_URL"] = f"postgresql://aiapp@/aiapp?host={sockets}"
            os.environ["REDIS_URL"] = f"unix://{sockets}/valkey.sock"
            os.environ["SECRET_KEY"] = secrets.token_urlsafe(48)
            data = folder / "data"
            data.mkdir()
            endpoint = {"OPENAI_BASE_URL": upstream, "OPENAI_API_KEY": "k", "CHAT_MODEL": model}
            # What is measured are answers, and not the requests in the background after them.
            usual = endpoint | {"LOG_LEVEL": "WARNING", "SUGGESTIONS": "0"}
            with running(data, **(usual | variables)) as site:
                yield BenchSite(site, upstream, _find("postgres"), _find("valkey-server"))


def _find(program: str) -> psutil.Process:
    """Return the first of a server's processes, of which the others are children."""
    for process in psutil.Process().children(recursive=True):
        parent = process.parent()
        if process.name() == program and (parent is None or parent.name() != program):
            return process
    raise LookupError(program)
