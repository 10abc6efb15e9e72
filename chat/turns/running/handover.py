"""What happens to running turns when their process is told to end: others take them over."""

import asyncio

from chat.tasks import take_over
from chat.turns.running.runner import runner


async def hand_over() -> None:
    """Give up this process' turns and queue them for the workers, before connections close."""
    for turn_id in await runner().hand_over():
        await asyncio.to_thread(take_over.delay, str(turn_id))
