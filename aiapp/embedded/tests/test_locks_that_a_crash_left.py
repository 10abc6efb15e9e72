"""PostgreSQL starts whatever its lock files say, unless a server does run on the same folder."""

import os
import threading
from pathlib import Path

import psutil
import pytest
from django.db import connection

from aiapp.embedded.postgres import Postgres, read_major_version


@pytest.fixture
def server(tmp_path: Path) -> Postgres:
    """A cluster that has been made already."""
    data, run = tmp_path / "postgres", tmp_path / "run"
    data.mkdir()
    run.mkdir()
    (data / "PG_VERSION").write_text(read_major_version())
    return Postgres(data, run)


def write_locks(server: Postgres, text: str) -> list[Path]:
    locks = [server.data_dir / "postmaster.pid", server.run_dir / ".s.PGSQL.5432.lock"]
    for lock in locks:
        lock.write_text(text)
    return locks


@pytest.fixture
def other_server() -> psutil.Process:
    """PostgreSQL at work in another folder: the one of these tests."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        parent = psutil.Process(cursor.fetchone()[0]).parent()
    assert parent is not None
    return parent


@pytest.mark.parametrize(
    "text", ["", "\n\n", "gibberish\n/somewhere\n", "-5\n/somewhere\n", "12\n"]
)
def test_locks_that_name_nobody_are_removed(server: Postgres, text: str) -> None:
    locks = write_locks(server, text)
    server.prepare()
    assert not any(lock.exists() for lock in locks)


def test_locks_that_name_another_program_or_a_thread_are_removed(server: Postgres) -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    for number in (os.getpid(), thread.native_id):
        locks = write_locks(server, f"{number}\n{server.data_dir}\n")
        server.prepare()
        assert not any(lock.exists() for lock in locks)
    end.set()
    thread.join()


@pytest.mark.django_db
def test_locks_that_name_a_server_elsewhere_are_removed(
    server: Postgres, other_server: psutil.Process
) -> None:
    locks = write_locks(server, f"{other_server.pid}\n{server.data_dir}\n")
    server.prepare()
    assert not any(lock.exists() for lock in locks)


@pytest.mark.django_db
def test_locks_of_a_server_that_runs_are_kept(
    server: Postgres, other_server: psutil.Process
) -> None:
    locks = write_locks(server, f"{other_server.pid}\n{other_server.cwd()}\n1764400000\n5432\n")
    server.prepare()
    assert all(lock.exists() for lock in locks)
