"""Moderation of a question before it is answered: by our marks, and by a service's judgement.

A service that is away judges nothing; the question is answered all the same. What it finds is noted
for the administration, and refused where the strict policy holds.
"""

import asyncio
import logging

from django.conf import settings

from aiapp.errors import AppError
from aiapp.llm import moderation
from aiapp.llm.errors import ModelError
from chat.guardrails.flagging import Flag, flag

logger = logging.getLogger(__name__)

# A longer question takes a while, and is judged on a thread.
CHARS_AT_ONCE = 1_000


class QuestionRefused(AppError):
    code = "unsafe_input"
    status = 422
    message = "This site does not answer this question."


async def moderate(question: str) -> list[Flag]:
    """Return the findings in a question. Raises QuestionRefused where the strict policy holds."""
    if len(question) > CHARS_AT_ONCE:
        marks = await asyncio.to_thread(flag, question, "question")
    else:
        marks = flag(question, "question")
    judgement = await _classify(question)
    if judgement and settings.GUARD_POLICY == "strict":
        raise QuestionRefused
    return [each for each in (marks, judgement) if each is not None]


async def _classify(question: str) -> Flag | None:
    if not moderation.is_configured():
        return None
    try:
        scores = await moderation.classify(question)
    except ModelError as error:
        logger.warning("question_not_judged", extra={"reason": type(error).__name__})
        return None
    return Flag("moderation", sorted(scores), round(max(scores.values()), 3)) if scores else None
