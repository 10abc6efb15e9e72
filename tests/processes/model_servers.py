"""Start the real local model servers for tests."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiapp.embedded import parts
from aiapp.embedded.processes.process import Part, Process

KEY = "a key for tests"
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Server:
    base_url: str  # unix:///…, as `aiapp.llm.transport` understands it
    key: str
    process: Process


@contextmanager
def _running(part: Part, path: Path) -> Iterator[Server]:
    process = Process(part, path.with_suffix(".log"))
    try:
        process.wait_until_ready()
        yield Server(f"unix://{path}", KEY, process)
    finally:
        process.stop()


@contextmanager
def place() -> Iterator[parts.Place]:
    # pytest's own folders may be too long for a socket.
    with tempfile.TemporaryDirectory(prefix="aiapp-") as folder:
        where = parts.Place(data=Path(folder), run=Path(folder), models=shared_models())
        where.model_key.write_text(KEY, encoding="ascii")
        yield where


def shared_models() -> Path:
    """Built once per test run, and by one worker only when the first one asks."""
    folder = Path(os.environ["AIAPP_TEST_ROOT"]) / "models"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def embedding() -> Iterator[Server]:
    with place() as where, _running(parts.embedding(where), where.embedding_socket) as server:
        yield server


@contextmanager
def chat() -> Iterator[Server]:
    with place() as where, _running(parts.chat(where), where.chat_socket) as server:
        yield server


@contextmanager
def fake_chat() -> Iterator[str]:
    """A vendor's chat endpoint over HTTP; its base URL."""
    with _fake("tests.processes.fake_model") as address:
        yield f"{address}/v1"


@contextmanager
def fake_claude() -> Iterator[str]:
    """Anthropic's API over HTTP; its base URL."""
    with _fake("tests.processes.fake_claude") as address:
        yield address


@contextmanager
def _fake(module: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", module, "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        _wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _wait_for_port(port: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
