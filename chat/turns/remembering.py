"""After an answer: have what should be kept in mind worked out by a worker."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

from aiapp.llm import registry
from aiapp.llm.base import ChatMessage
from chat.memory.summarising import is_wanted
from chat.memory.window import count_outgrown
from chat.models import Turn
from chat.turns.question import TurnQuestion
from chat.turns.results import Result

logger = logging.getLogger(__name__)


# What no window of a model is too small for.
SHORT_CHARS = 500


def is_nothing(question: TurnQuestion, result: Result) -> bool:
    """Tell at a glance that an answer gives nothing to keep in mind, as most do not."""
    if question.turn.request is not None or result.state == Turn.State.FAILED:
        return True
    length = sum(len(message["content"]) for message in question.history)
    length += len(question.content) + len(result.content)
    return not question.learns and length < SHORT_CHARS


def queue(question: TurnQuestion, result: Result) -> None:
    """Queue what an answer gives to keep in mind. Blocks on the broker."""
    if is_nothing(question, result):
        return
    if not (question.learns or _is_outgrown(question, result)):
        return
    try:
        current_app.send_task("chat.remember", (str(question.turn.message_id),), retry=False)
    except OperationalError:
        # Notes are made after the next answer then.
        logger.warning("remembering_not_queued", extra={"turn": str(question.turn.id)})


def _is_outgrown(question: TurnQuestion, result: Result) -> bool:
    model = registry.info(question.turn.model)
    if not is_wanted(model):
        return False
    now: list[ChatMessage] = [
        {"role": "user", "content": question.content},
        {"role": "assistant", "content": result.content},
    ]
    covered = question.notes.covered if question.notes else 0
    return bool(count_outgrown([*question.history[covered:], *now], model))
