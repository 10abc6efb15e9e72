"""The saving of an outcome, for as long as the database lets it wait."""

import asyncio
import logging

from aiapp.db import in_db, is_outage
from aiapp.sql.deletion import is_reference_violated
from chat.models import Turn
from chat.turns.results import Result
from chat.turns.running.ending import end
from chat.turns.running.finishing import finish_with_text_alone

logger = logging.getLogger(__name__)

FINISH_TRIES = 60
REFERENCE_TRIES = 5


async def save(running: Turn, result: Result) -> bool:
    """Save the outcome; while the database is away the answer is kept and tried again.

    An outcome that the database refuses would be refused each time: its text is saved alone.
    False if the turn is no longer this attempt's.
    """
    is_whole = True
    for tries in range(FINISH_TRIES):
        try:
            if is_whole:
                return await end(running, result)
            return await in_db(finish_with_text_alone, running, result)
        except Exception as error:
            reason = {"turn": str(running.id), "reason": type(error).__name__}
            if is_outage(error):
                logger.warning("turn_unsaved", extra=reason | {"tries": tries})
                await asyncio.sleep(min(0.2 * (tries + 1), 2.0))
                continue
            if is_whole and tries < REFERENCE_TRIES and is_reference_violated(error):
                # What it cites was deleted at that moment, which the next try sees.
                continue
            logger.exception("turn_refused", extra=reason)
            if not is_whole:
                return False
            is_whole = False
    return False
