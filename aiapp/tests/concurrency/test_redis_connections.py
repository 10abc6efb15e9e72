"""A burst waits for connections to Redis instead of failing, and nothing loses one for good."""

import asyncio
import random

import pytest
from django.conf import settings
from django.core.cache import cache
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from aiapp import redis as redis_module
from aiapp.redis import NoFreeConnection, WaitingPool, async_redis, blocking_redis, stream_redis


def client_of(size, wait_seconds=30.0):
    pool = WaitingPool.from_url(
        settings.REDIS_URL, max_connections=size, wait_seconds=wait_seconds, socket_timeout=30
    )
    return Redis.from_pool(pool), pool


def in_use(pool):
    return len(pool._in_use_connections)


def count_connections(pool):
    return in_use(pool) + len(pool._available_connections)


async def test_a_thousand_commands_at_once_share_a_few_connections():
    client, pool = client_of(4)
    async with client:
        answers = await asyncio.gather(*(client.echo(str(number)) for number in range(1000)))
        assert answers == [str(number).encode() for number in range(1000)]
        assert (in_use(pool), count_connections(pool)) == (0, 4)


@pytest.mark.parametrize("of", [async_redis, stream_redis, blocking_redis])
async def test_every_client_of_a_process_lets_a_burst_wait(of):
    async def exchange(number):
        async with of().pipeline(transaction=False) as pipe:
            pipe.echo(str(number))
            pipe.echo("end")
            return await pipe.execute()

    found = await asyncio.gather(*(exchange(number) for number in range(300)))
    assert found == [[str(number).encode(), b"end"] for number in range(300)]


async def test_those_who_wait_are_served_in_their_order():
    client, pool = client_of(1)
    served = []

    async def one(number):
        await client.ping()
        served.append(number)

    async with client:
        connection = await pool.get_connection()
        waiting = [asyncio.create_task(one(number)) for number in range(20)]
        await asyncio.sleep(0)
        assert served == []
        await pool.release(connection)
        await asyncio.gather(*waiting)
        assert served == list(range(20))


async def test_a_wait_has_an_end_and_a_name():
    client, pool = client_of(1, wait_seconds=0.05)
    async with client:
        connection = await pool.get_connection()
        with pytest.raises(NoFreeConnection):
            await client.ping()
        # What callers know to handle.
        assert issubclass(NoFreeConnection, RedisConnectionError)
        await pool.release(connection)
        assert await client.ping()


async def test_who_leaves_takes_no_connection_along():
    """Readers hang up in the middle of everything."""
    client, pool = client_of(3)
    numbers = random.Random(7)

    async def one():
        async with client.pipeline(transaction=numbers.random() < 0.5) as pipe:
            pipe.ping()
            await pipe.execute()
        await client.xread({"nothing": "0"}, block=1)

    async with client:
        for _ in range(12):
            tasks = [asyncio.create_task(one()) for _ in range(30)]
            for _ in range(numbers.randrange(40)):
                await asyncio.sleep(0)
            for task in numbers.sample(tasks, 20):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            assert in_use(pool) == 0
        assert count_connections(pool) <= 3
        # Nobody was left with the answer to another's command.
        answers = await asyncio.gather(*(client.echo(str(number)) for number in range(50)))
        assert answers == [str(number).encode() for number in range(50)]


async def test_who_leaves_at_the_moment_of_being_served_passes_it_on():
    client, pool = client_of(1)
    async with client:
        connection = await pool.get_connection()
        leaving = asyncio.create_task(pool.get_connection())
        staying = asyncio.create_task(client.ping())
        await asyncio.sleep(0)
        # The first is given the connection and cancelled before it can run.
        await pool.release(connection)
        leaving.cancel()
        assert await staying
        assert leaving.cancelled() or isinstance(
            (await asyncio.gather(leaving, return_exceptions=True))[0], asyncio.CancelledError
        )
        assert in_use(pool) == 0


async def test_who_leaves_while_waiting_keeps_nobody_from_the_next_place():
    client, pool = client_of(1)
    async with client:
        connection = await pool.get_connection()
        waiting = [asyncio.create_task(client.echo(str(number))) for number in range(6)]
        await asyncio.sleep(0)
        for task in waiting[::2]:
            task.cancel()
        await pool.release(connection)
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert found[1::2] == [b"1", b"3", b"5"]
        assert in_use(pool) == 0


async def test_a_redis_that_is_away_costs_no_connection():
    pool = WaitingPool.from_url("unix:///nowhere/valkey.sock", max_connections=2)
    client = Redis.from_pool(pool)
    async with client:
        found = await asyncio.gather(*(client.ping() for _ in range(20)), return_exceptions=True)
        assert all(isinstance(error, RedisConnectionError) for error in found)
        assert not any(isinstance(error, NoFreeConnection) for error in found)
        assert in_use(pool) == 0


async def test_commands_that_block_hold_up_no_others():
    """As many as there can be wait at the server, and logs are written all the same."""
    blocked = [
        asyncio.create_task(blocking_redis().xread({f"nothing:{number}": "$"}, block=0))
        for number in range(redis_module.MAX_BLOCKING * 2)
    ]
    try:
        assert await stream_redis().xadd("something", {"a": "b"})
        assert await async_redis().delete("something")
    finally:
        for task in blocked:
            task.cancel()
        await asyncio.gather(*blocked, return_exceptions=True)


async def test_more_threads_than_connections_use_the_cache():
    """Each request has a thread, and counts what it does."""
    cache.delete("burst")
    cache.set("burst", 0)

    def count():
        for _ in range(20):
            cache.incr("burst")

    await asyncio.gather(*(asyncio.to_thread(count) for _ in range(8)))
    assert cache.get("burst") == 160


def test_a_cache_that_is_used_up_waits():
    pool = cache.client.get_client().connection_pool
    taken = [pool.get_connection() for _ in range(pool.max_connections - 1)]
    try:
        cache.set("one", 1)
        assert cache.get("one") == 1
        assert type(pool).__name__ == "BlockingConnectionPool"
    finally:
        for connection in taken:
            pool.release(connection)


def test_loops_of_one_process_share_no_connection():
    """A worker runs a loop for each task."""

    async def once():
        assert await async_redis().ping()
        pool = async_redis().connection_pool
        await redis_module.close_async_redis()
        return pool

    assert asyncio.run(once()) is not asyncio.run(once())
