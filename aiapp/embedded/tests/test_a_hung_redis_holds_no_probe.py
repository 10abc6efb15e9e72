"""A Redis that hangs is told from a worker that does, and keeps nobody who asks."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from aiapp.embedded.processes.process import Process
from aiapp.embedded.valkey import Valkey
from aiapp.embedded.worker_probe import worker_answers, worker_is_alive


@pytest.fixture
def server(tmp_path: Path) -> Valkey:
    (tmp_path / "run").mkdir()
    return Valkey(tmp_path / "valkey", tmp_path / "run", persistent=False)


@pytest.fixture
def process(server: Valkey, settings: Settings) -> Iterator[Process]:
    process = Process(server.part(), server.run_dir / "valkey.log")
    process.wait_until_ready()
    settings.CELERY_BROKER_URL = f"redis+socket://{server.socket}"
    yield process
    process.kill()


def test_a_worker_that_says_nothing_hangs(server: Valkey, process: Process) -> None:
    assert server.answers()
    assert not worker_answers("nobody")
    assert not worker_is_alive("nobody")


def test_of_a_worker_nothing_is_known_while_redis_hangs(server: Valkey, process: Process) -> None:
    process.send_signal(signal.SIGSTOP)
    assert not server.answers()
    assert not worker_answers("nobody")
    assert worker_is_alive("nobody")
