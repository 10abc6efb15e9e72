"""A Redis that hangs is found, and keeps nobody who asks for a worker."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from aiapp.embedded.processes.process import Process
from aiapp.embedded.valkey import Valkey
from aiapp.embedded.worker_probe import worker_answers


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


def test_who_asks_is_told_of_a_worker_that_is_not_there(server: Valkey, process: Process) -> None:
    assert server.answers()
    assert not worker_answers("nobody")


def test_who_asks_is_not_kept(server: Valkey, process: Process) -> None:
    process.send_signal(signal.SIGSTOP)
    assert not server.answers()
    assert not worker_answers("nobody")
