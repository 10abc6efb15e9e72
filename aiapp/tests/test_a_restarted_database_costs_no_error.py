"""All kept connections are gone at once: whoever asks next is served all the same."""

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

# Sets how psycopg_pool goes on after a connection that is gone.
import aiapp.db  # noqa: F401

KEPT = 8


@pytest.mark.django_db
def test_a_pool_whose_connections_are_gone_serves_within_its_time() -> None:
    parameters = {**connection.get_connection_params(), "autocommit": True}
    pool = ConnectionPool(
        kwargs=parameters,
        min_size=KEPT,
        max_size=KEPT,
        # As web servers have it, see the settings.
        timeout=5,
        check=ConnectionPool.check_connection,
        open=True,
    )
    with pool:
        pool.wait()
        lent = [pool.getconn() for _ in range(KEPT)]
        pids = [each.info.backend_pid for each in lent]
        for each in lent:
            pool.putconn(each)
        with psycopg.connect(**parameters) as another:
            another.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest(%s) pid", [pids])
        with pool.connection() as new:
            assert new.execute("SELECT 1").fetchone() == (1,)
