"""Suggesting after an answer: asked of a model when the answer is out, waited for by nobody.

It runs in the process that made the answer, beside what comes next, since it is a short request and
a worker would be held by it. What is lost with the process is not made up for: the chat keeps the
title that its question gave it.
"""

import asyncio
import logging
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from accounts.models import User
from aiapp.db import LOST, in_db
from aiapp.errors import TooManyRequests
from aiapp.llm import registry
from aiapp.llm.errors import ModelError
from chat.conversations.conversations import clean_title
from chat.guardrails import output, policy
from chat.log import news
from chat.memory import aside
from chat.models import Conversation, Turn
from chat.prompts import suggestions as wording
from chat.prompts.answer import new_nonce
from chat.suggestions.parsing import parse

# A model that thinks does so first, and cannot always be told not to.
REPLY_TOKENS = 600
# More at once in a process are let go: the answers that people wait for come first.
MAX_AT_ONCE = 16

logger = logging.getLogger(__name__)
_running: set[asyncio.Task[None]] = set()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, and what is to be suggested of them."""

    owner: User
    conversation: UUID
    turn: UUID
    message: UUID
    model: str
    question: str
    answer: str
    title: bool
    questions: bool


def start(exchange: Exchange) -> None:
    """Suggest in the background what is wanted, if the model does what it is asked for."""
    model = settings.SUGGESTIONS_MODEL or exchange.model
    is_wanted = settings.SUGGESTIONS and (exchange.title or exchange.questions)
    if not is_wanted or not registry.info(model).follows_prompts or len(_running) >= MAX_AT_ONCE:
        return
    task = asyncio.create_task(_suggest(exchange, model), name=f"suggest {exchange.turn}")
    _running.add(task)
    task.add_done_callback(_running.discard)


async def _suggest(exchange: Exchange, model: str) -> None:
    try:
        reply = await _ask(exchange, model)
        title, questions = parse(reply, exchange.question)
        title, questions = title * exchange.title, questions * exchange.questions
        if await in_db(_keep, exchange, title, questions):
            told = {"suggested": str(exchange.message)} if questions else {}
            news.tell_soon(exchange.owner.pk, told)
    except (ModelError, TooManyRequests, *LOST) as error:
        # The answer is there, and nobody waits for this.
        reason = {"turn": str(exchange.turn), "reason": type(error).__name__}
        logger.info("nothing_suggested", extra=reason)
    except Exception:
        # The boundary of the task.
        logger.exception("suggesting_broke", extra={"turn": str(exchange.turn)})


async def _ask(exchange: Exchange, model: str) -> str:
    nonce = new_nonce()
    messages = wording.suggest(
        exchange.question,
        exchange.answer,
        nonce,
        title=exchange.title,
        questions=exchange.questions,
    )
    options = {"reasoning_effort": "low"} if registry.info(model).thinking else {}
    reply = await aside.ask(exchange.owner, model, messages, REPLY_TOKENS, options=options)
    clean = output.Filter(policy.list_secrets(), nonce)
    return clean.feed(reply) + clean.finish()


def _keep(exchange: Exchange, title: str, questions: list[str]) -> bool:
    """Store what was suggested, as far as it is still wanted; whether there is any news."""
    shown = Conversation.objects.filter(
        id=exchange.conversation, deleted=None, temporary=False, owner=exchange.owner
    )
    is_titled = bool(title) and bool(
        # The question's own title, or somebody has named the chat meanwhile.
        shown.filter(title=clean_title(exchange.question)).update(title=title)
    )
    turns = Turn.objects.filter(id=exchange.turn, message__conversation__in=shown)
    has_questions = bool(questions) and bool(turns.update(follow_ups=questions))
    return is_titled or has_questions
