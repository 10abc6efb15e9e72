"""A database that is away for a moment is waited for; one that stays away is told of at once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
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
