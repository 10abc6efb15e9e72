"""Statements of an event loop's own: in one round trip, whole or not at all, and none is lost."""

import asyncio
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, OperationalError, ProgrammingError, connection

from aiapp.db import in_db
from aiapp.sql import pool
from aiapp.sql.pool import Query, Statement

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "statements of a test"
SIZE = settings.DATABASE_SHARES.loop
BACKEND = Query("SELECT pg_backend_pid()")
SLOW = Query("SELECT pg_backend_pid(), pg_sleep(%(seconds)s::float)")
WRITE = Query("INSERT INTO auth_group (name) VALUES (%(name)s::text) RETURNING name, %(name)s")
WAIT = Query("SELECT pg_advisory_xact_lock(%(key)s::bigint)")
KEY = 724_999
COUNT = Query("SELECT count(*) FROM auth_group WHERE name = %(name)s::text")


def say(query: Query, **values: Any) -> Statement:
    return Statement(query, values)


def count_groups() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM auth_group WHERE name = %s", [NAME])
        return int(cursor.fetchone()[0])


def count_waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE objid = %s AND NOT granted", [KEY])
        return int(cursor.fetchone()[0])


def list_backends(pids: list[int]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE pid = ANY(%s)", [pids])
        return [pid for (pid,) in cursor.fetchall()]


def end_backend(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


async def test_each_statement_sees_what_those_before_it_have_written() -> None:
    rows = await pool.run(say(WRITE, name=NAME), say(COUNT, name=NAME, unused=1))
    assert rows == [[(NAME, NAME)], [(1,)]]
    assert await in_db(count_groups) == 1


async def test_all_are_written_or_none_and_errors_are_djangos() -> None:
    with pytest.raises(IntegrityError):
        await pool.run(say(WRITE, name=NAME), say(WRITE, name=NAME))
    assert await in_db(count_groups) == 0
    with pytest.raises(ProgrammingError):
        await pool.run(say(Query("SELECT nothing")))
    # The connection is good for the next.
    assert await pool.run(say(COUNT, name=NAME)) == [[(0,)]]


async def test_who_goes_away_leaves_a_unit_to_come_to_its_end() -> None:
    asked = asyncio.create_task(pool.run(say(SLOW, seconds=0.1), say(WRITE, name=NAME)))
    await asyncio.sleep(0.02)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    # They have as many connections as they need, and wait for none that was lost.
    for _ in range(3 * SIZE):
        await pool.run(say(BACKEND))
    while not await in_db(count_groups):
        await asyncio.sleep(0.01)


async def test_no_more_connections_are_opened_than_there_may_be() -> None:
    rows = await asyncio.gather(*(pool.run(say(SLOW, seconds=0.01)) for _ in range(40)))
    assert len({pid for [[(pid, _)]] in rows}) <= SIZE


async def test_a_connection_that_is_gone_is_replaced_before_it_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "TRUST_SECONDS", -1.0)
    [[(pid,)]] = await pool.run(say(BACKEND))
    await in_db(end_backend, pid)
    [[(another,)]] = await pool.run(say(BACKEND))
    assert another != pid


async def test_who_waits_in_vain_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [KEY])
        waiting = [asyncio.create_task(pool.run(say(WAIT, key=KEY))) for _ in range(SIZE)]
        while await in_db(count_waiting) < SIZE:
            await asyncio.sleep(0.01)
        monkeypatch.setattr(pool, "WAIT_SECONDS", 0.05)
        with pytest.raises(OperationalError):
            await pool.run(say(BACKEND))
    await asyncio.gather(*waiting)
    assert len(await pool.run(say(BACKEND))) == 1


def test_connections_end_with_their_loop() -> None:
    async def use() -> int:
        [[(pid,)]] = await pool.run(say(BACKEND))
        return int(pid)

    pids = [asyncio.run(use()) for _ in range(3)]
    assert len(set(pids)) == 3
    # PostgreSQL notices a connection's end a moment later.
    while list_backends(pids):
        pass


async def test_what_is_only_seen_at_the_end_undoes_all() -> None:
    """A row's parent is looked for when the transaction ends, as Django's tables have it."""
    orphan = Query(
        "INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (0, 0) RETURNING id"
    )
    with pytest.raises(IntegrityError):
        await pool.run(say(WRITE, name=NAME), say(orphan))
    assert await in_db(count_groups) == 0
    assert await pool.run(say(COUNT, name=NAME)) == [[(0,)]]
