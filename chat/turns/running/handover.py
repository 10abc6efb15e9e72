"""The handover of running turns when their process is told to end: others take them over."""

import asyncio

from celery import current_app

from chat.turns.running.runner import runner


async def hand_over() -> None:
    """Give up this process' turns and queue them for the workers, before connections close."""
    for turn_id in await runner().hand_over():
        task = current_app.signature("chat.take_over", (str(turn_id),))
        await asyncio.to_thread(task.apply_async)
