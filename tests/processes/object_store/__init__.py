"""A store that speaks S3 (moto's server, in a process of its own), with faults to order.

    python -m tests.processes.object_store

It prints its port. What boto3 adds since 1.36 it refuses, as Ceph, Garage and older MinIO do: the
headers of checksums and bodies in chunks with a trailer. The next requests whose method and path
fit a `Fault` go wrong; `requests` tells what was asked so far.
"""

import atexit
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

BUCKET = "files"
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Fault:
    """The fate of so many requests: an error of the store, or an answer that breaks off."""

    method: str
    status: int = 0
    code: str = ""
    path: str = ""
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ObjectStore:
    url: str

    def fail(self, fault: Fault) -> None:
        self._ask("/-/fault", json.dumps(asdict(fault)).encode())

    def heal(self) -> None:
        """Forget what was ordered and what was asked."""
        self._ask("/-/heal", b"{}")

    def requests(self) -> list[dict[str, Any]]:
        return self._ask("/-/requests")

    def _ask(self, path: str, body: bytes | None = None) -> Any:
        with urllib.request.urlopen(self.url + path, body, timeout=30) as answer:  # noqa: S310 - ours
            return json.load(answer)


@contextmanager
def running() -> Iterator[ObjectStore]:
    # It writes large objects to its temporary folder and asks nobody outside for credentials.
    environment = os.environ | {"AWS_EC2_METADATA_DISABLED": "true"}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.processes.object_store"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as process:  # fmt: skip
        try:
            port = process.stdout.readline().strip()
            assert port, "The object store did not start."
            yield ObjectStore(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


@cache
def start_shared() -> ObjectStore:
    """Start a store that ends with this process, where each user has a bucket of another name."""
    stack = ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running())


def make_bucket(server: ObjectStore, name: str = BUCKET) -> None:
    request = urllib.request.Request(f"{server.url}/{name}", method="PUT")  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - likewise
        pass
