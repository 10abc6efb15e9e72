"""After an answer: have what should be kept in mind worked out by a worker."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from aiapp.llm import registry
from aiapp.llm.base import ChatMessage
from chat.memory.summarising import is_wanted
from chat.memory.window import count_outgrown
from chat.models import Turn
from chat.turns.question import Asked
from chat.turns.results import Result

logger = logging.getLogger(__name__)


def after(asked: Asked, result: Result) -> None:
    """Queue what an answer gives to keep in mind; usually nothing. Blocks on the broker."""
    if asked.turn.request is not None or result.state == Turn.State.FAILED:
        return
    if not (asked.learns or _is_outgrown(asked, result)):
        return
    try:
        current_app.send_task("chat.remember", (str(asked.turn.message_id),), retry=False)
    except OperationalError:
        # Notes are made after the next answer then.
        logger.warning("remembering_not_queued", extra={"turn": str(asked.turn.id)})


def _is_outgrown(asked: Asked, result: Result) -> bool:
    model = registry.info(asked.turn.model)
    if not is_wanted(model):
        return False
    now: list[ChatMessage] = [
        {"role": "user", "content": asked.content},
        {"role": "assistant", "content": result.content},
    ]
    covered = asked.notes.covered if asked.notes else 0
    return bool(count_outgrown([*asked.history[covered:], *now], model))
