"""A database that is away for a moment is waited for; one that stays away is told of at once."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from psycopg_pool import ConnectionPool, PoolTimeout

from aiapp.sql import outage

WAIT_SECONDS = 2.0


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConnectionPool]:
    """A pool of a server that is not there, as web servers have theirs; see the settings."""
    monkeypatch.setattr(outage, "WAIT_SECONDS", WAIT_SECONDS)
    pool = ConnectionPool(
        kwargs={"host": str(tmp_path), "dbname": "nothing"},
        min_size=1,
        max_size=2,
        timeout=WAIT_SECONDS,
        reconnect_timeout=outage.TRY_SECONDS,
        reconnect_failed=outage.outage.note,
        open=True,
    )
    with pool:
        yield pool
    outage.outage.end()


def measure_wait(pool: ConnectionPool) -> float:
    begin = time.monotonic()
    with pytest.raises(PoolTimeout):
        pool.getconn()
    return time.monotonic() - begin


def test_only_the_first_waits_for_its_return(pool: ConnectionPool) -> None:
    first = measure_wait(pool)
    assert first >= WAIT_SECONDS
    assert sum(measure_wait(pool) for _ in range(5)) < 5 * first / 2


@pytest.mark.django_db(transaction=True)
def test_when_it_is_there_again_it_is_waited_for_as_before(pool: ConnectionPool) -> None:
    measure_wait(pool)
    assert pool.timeout < WAIT_SECONDS
    connection.close()
    connection.ensure_connection()
    assert pool.timeout == WAIT_SECONDS


@pytest.mark.django_db(transaction=True)
def test_who_waits_already_gets_a_connection_when_the_database_is_there(tmp_path: Path) -> None:
    """It comes back after the pool has given up, and nobody else asks meanwhile."""
    address: dict[str, Any] = {"host": str(tmp_path), "dbname": "nothing"}

    def give_up(pool: ConnectionPool[Any]) -> None:
        address.update(_address())
        outage.outage.note(pool)

    pool = ConnectionPool(
        kwargs=lambda: dict(address),
        min_size=0,
        max_size=2,
        timeout=30,
        reconnect_timeout=outage.TRY_SECONDS,
        reconnect_failed=give_up,
        open=True,
    )
    try:
        with pool, pool.connection() as found:
            assert found.execute("SELECT 1").fetchone() == (1,)
    finally:
        outage.outage.end()


def _address() -> dict[str, Any]:
    """Return where the database of the tests is."""
    database = settings.DATABASES["default"]
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    found = {name: database[key] for name, key in names.items() if database[key]}
    return found | {"dbname": database["NAME"]}
