"""All kept connections are gone at once: whoever asks next is served all the same."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

# Sets how psycopg_pool goes on after a connection that is gone.
import aiapp.db  # noqa: F401
from aiapp.sql.liveness import check_connection

# As many as after a burst.
KEPT = 30


@pytest.fixture
def pool(db: None) -> Iterator[ConnectionPool]:
    """A pool as web servers have it, see the settings."""
    parameters = {**connection.get_connection_params(), "autocommit": True}
    with ConnectionPool(
        kwargs=parameters,
        min_size=KEPT,
        max_size=KEPT,
        timeout=5,
        check=check_connection,
        open=True,
    ) as pool:
        pool.wait()
        yield pool


def end(pids: list[int]) -> None:
    with psycopg.connect(**connection.get_connection_params()) as another:
        another.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) pid", [pids])


@pytest.mark.parametrize("lent_before", [1, 2])
def test_a_pool_whose_connections_are_gone_serves_within_its_time(
    pool: ConnectionPool, lent_before: int
) -> None:
    pids = []
    for _ in range(lent_before):
        lent = [pool.getconn() for _ in range(KEPT)]
        pids = [each.info.backend_pid for each in lent]
        for each in lent:
            pool.putconn(each)
    end(pids)
    with pool.connection() as new:
        assert new.execute("SELECT 1").fetchone() == (1,)


def test_a_connection_that_answered_a_moment_ago_is_not_asked_again(pool: ConnectionPool) -> None:
    lent = [pool.getconn() for _ in range(KEPT)]
    used = lent[0]
    used.execute("SELECT 'the last statement'")
    pool.putconn(used)
    with pool.connection() as again:
        assert again is used
        with psycopg.connect(**connection.get_connection_params()) as another:
            [last] = another.execute(
                "SELECT query FROM pg_stat_activity WHERE pid = %s", [used.info.backend_pid]
            ).fetchone()
    assert last == "SELECT 'the last statement'"
    for each in lent[1:]:
        pool.putconn(each)
