"""Figures that Redis did not take are written when it does, each of them once."""

import asyncio

import pytest

from aiapp.concurrency import commands
from aiapp.observability import figures
from aiapp.redis import async_redis, sync_redis

AWAY = "unix:///nowhere/valkey.sock"
NAME = ("aiapp_turns", "done")


@pytest.fixture(autouse=True)
def _none_yet(monkeypatch):
    monkeypatch.setattr(figures, "RETRY_SECONDS", 0.02)
    with sync_redis() as client:
        client.delete(figures.KEY)
    yield
    # What a test has left unwritten would be another's.
    while batch := figures._unwritten.batch():
        figures._unwritten.remove(batch)


def turns(amount):
    return figures.TURNS.add(amount, "done")


async def test_of_many_at_once_none_is_lost():
    await asyncio.gather(*(figures.record(*turns(1)) for _ in range(500)))
    await figures.flush()
    assert figures.read()[NAME] == 500


async def test_what_is_counted_without_redis_is_written_when_it_is_back(settings):
    at_home = settings.REDIS_URL
    settings.REDIS_URL = AWAY
    for _ in range(3):
        await figures.record(*turns(1))
    settings.REDIS_URL = at_home
    await commands.close()
    await figures.record(*turns(4))
    await figures.flush()
    assert figures.read()[NAME] == 7


def test_a_workers_figures_are_written_with_its_next_ones(settings):
    at_home = settings.REDIS_URL
    settings.REDIS_URL = AWAY
    figures.record_now(*turns(1))
    figures.record_now(*turns(2))
    settings.REDIS_URL = at_home
    figures.record_now(*turns(4))
    assert figures.read()[NAME] == 7


async def test_a_batch_whose_answer_was_lost_counts_once():
    figures._unwritten.add(turns(5))
    batch = figures._unwritten.batch()
    # Redis took it, and the connection broke before it could say so.
    await async_redis().eval(*batch.command)
    await figures.record(*turns(1))
    await figures.flush()
    assert figures.read()[NAME] == 6


async def test_what_is_counted_while_a_batch_is_written_goes_with_the_next():
    figures._unwritten.add(turns(1))
    first = figures._unwritten.batch()
    figures._unwritten.add(turns(2))
    assert figures._unwritten.batch() is first
    figures._unwritten.remove(first)
    assert figures._unwritten.batch().changes == tuple(turns(2))


async def test_a_cancelled_writer_leaves_what_it_was_writing_to_the_next():
    task = asyncio.create_task(figures.record(*turns(3)))
    await asyncio.sleep(0)
    for each in asyncio.all_tasks() - {asyncio.current_task()}:
        each.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await figures.record(*turns(1))
    await figures.flush()
    assert figures.read()[NAME] == 4
