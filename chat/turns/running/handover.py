"""The handover of running turns when their process is told to end: others take them over.

A web process goes on with its answers for DRAIN_SECONDS. A worker, whose tasks Celery ends itself
after CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, has less.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from django.conf import settings
from redis.exceptions import RedisError

from aiapp.concurrency import worker_end
from aiapp.db import LOST, in_db
from aiapp.http import lifecycle
from aiapp.serving import siblings
from chat.log import lease
from chat.turns.running import losses, takeover, waiting
from chat.turns.running.runner import runner
from chat.turns.running.taker import taker

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.2
# Processes that are told to end together need a moment to be no listeners any more.
SETTLE_SECONDS = 1.0
WORKER_DRAIN_SECONDS = 2.0
# Who died may have done so together with the database.
DEATH_TRIES, DEATH_PAUSE_SECONDS = 5, 1.0


async def hand_over() -> None:
    """Give up this process's turns, and call for others to run them."""
    turn_ids = await runner().give_up()
    if not turn_ids:
        return
    logger.info("turns_handed_over", extra={"count": len(turn_ids)})
    try:
        await in_db(takeover.note_handover, turn_ids, runner().holder)
    except LOST as error:
        # They are taken over when their leases have lapsed.
        logger.warning("handover_unsaved", extra={"reason": type(error).__name__})
    await asyncio.to_thread(waiting.call_for, turn_ids)


async def replace_dead() -> None:
    """Have the turns run of those that died in this process's place, without a wait for leases."""
    for pid in siblings.list_dead():
        # Numbers are used again.
        if pid != os.getpid():
            await _replace(pid)


async def _replace(pid: int) -> None:
    for _ in range(DEATH_TRIES):
        try:
            await losses.replace_process(lease.name_process(pid))
        except (*LOST, RedisError, OSError) as error:
            # In the end they are missed by their readers.
            logger.warning("death_unsaved", extra={"reason": type(error).__name__})
            await asyncio.sleep(DEATH_PAUSE_SECONDS)
        else:
            return


async def drain() -> None:
    """Finish what can be finished in time, and hand over the rest.

    Readers stay for as long as they would find nobody else who serves.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await taker().stop()
    asked_at = begun + SETTLE_SECONDS
    # What is just being taken is run here, or nobody would know of it.
    while (runner().is_busy or taker().is_busy) and not lifecycle.is_hurried():
        now = loop.time()
        if now - begun >= settings.DRAIN_SECONDS:
            break
        if now >= asked_at and not lifecycle.is_leaving():
            asked_at = now + SETTLE_SECONDS
            if await _others_serve():
                lifecycle.leave()
        await asyncio.sleep(LOOK_SECONDS)
    await hand_over()
    # Who reads what others make need not wait for the requests that are left here.
    lifecycle.leave()


async def _others_serve() -> bool:
    try:
        return bool(await waiting.count_listeners())
    except (RedisError, OSError):
        return False


@asynccontextmanager
async def at_the_end_of_a_worker() -> AsyncIterator[None]:
    """Hand over what a task runs in the block when its worker is told to end."""
    watch = asyncio.create_task(_watch_the_end(), name="worker's end")
    try:
        yield
    finally:
        if not worker_end.is_told():
            watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch_the_end() -> None:
    while not worker_end.is_told():
        await asyncio.sleep(LOOK_SECONDS)
    await taker().stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(WORKER_DRAIN_SECONDS):
            while runner().is_busy:
                await asyncio.sleep(LOOK_SECONDS)
    await hand_over()
