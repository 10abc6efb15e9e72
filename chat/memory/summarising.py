"""Noting down what is about to leave a conversation's window, in the background.

New notes are made from the earlier ones and from the messages since, so that each costs the same
however long the conversation is. Notes belong to the branch that goes through their last message:
an edit begins a branch that knows the notes before it only. Without notes, because a model failed
or a budget is spent, an answer is made from the window alone.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from redis.exceptions import LockNotOwnedError

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import TooManyRequests
from aiapp.llm import registry
from aiapp.llm.base import ModelInfo
from aiapp.llm.errors import ModelError
from aiapp.llm.tokens import estimate
from aiapp.redis import async_redis
from chat.conversations import conversations
from chat.memory import aside, summary
from chat.memory.window import count_outgrown
from chat.models import Message
from chat.prompts import memory as wording
from chat.prompts.answer import new_nonce

# What is older than so many messages without having been noted, as in an import, is left out.
MAX_MESSAGES = 400
# Of a call, so that a small model follows it.
MAX_TOKENS = 8_000
ALONE_SECONDS = 600

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """The messages to be noted down, and the notes on those before them."""

    owner: User
    model: ModelInfo
    notes: str
    messages: Sequence[Message]


def is_wanted(model: ModelInfo) -> bool:
    """Check whether a model's conversations are summarised.

    What the demo model notes would be wrong, and one that only quotes reads no conversation.
    """
    return bool(settings.MEMORY_SUMMARIES and settings.MEMORY_EXCHANGES and model.follows_prompts)


async def summarise(answer_id: UUID) -> None:
    """Note down what the branch that ends in an answer has outgrown. Harmless if nothing has."""
    conversation = await in_db(_find_conversation, answer_id)
    if conversation is None:
        return
    lock = async_redis().lock(f"summary:{conversation}", timeout=ALONE_SECONDS, blocking=False)
    if not await lock.acquire():
        return
    try:
        work = await in_db(_find_outgrown, answer_id)
        if work is not None:
            await _note_down(work)
    except (ModelError, TooManyRequests) as error:
        # The next answer brings another try.
        logger.warning("not_noted_down", extra={"reason": type(error).__name__})
    finally:
        # It may have taken so long that somebody else is at it now.
        with suppress(LockNotOwnedError):
            await lock.release()


def _find_conversation(answer_id: UUID) -> UUID | None:
    rows = Message.objects.filter(
        id=answer_id, conversation__deleted=None, conversation__owner__is_active=True
    )
    return rows.values_list("conversation_id", flat=True).first()


async def _note_down(work: Work) -> None:
    notes = work.notes
    max_tokens = wording.max_notes_tokens(work.model)
    for batch in _split_batches(work.messages, min(MAX_TOKENS, work.model.context // 2)):
        messages = wording.note_down(notes, map(summary.as_chat, batch), work.model, new_nonce())
        reply = await aside.ask(work.owner, work.model.name, messages, max_tokens)
        if not reply:
            logger.warning("not_noted_down", extra={"reason": "nothing was said"})
            return
        notes = reply
        await in_db(summary.keep, batch[-1], notes)


def _find_outgrown(answer_id: UUID) -> Work | None:
    answer = (
        Message.objects.filter(id=answer_id, conversation__deleted=None)
        .select_related("conversation__owner", "turn")
        .first()
    )
    if answer is None:
        return None
    model = registry.info(answer.turn.model)
    if not is_wanted(model):
        return None
    branch = conversations.texts(answer.id, limit=MAX_MESSAGES)
    notes = summary.newest(branch)
    new = branch[notes.covered if notes else 0 :]
    leaving = count_outgrown([summary.as_chat(message) for message in new], model)
    if not leaving:
        return None
    by = registry.info(settings.MEMORY_MODEL) if settings.MEMORY_MODEL else model
    text = notes.text if notes else ""
    return Work(answer.conversation.owner, by, text, new[:leaving])


def _split_batches(messages: Sequence[Message], tokens: int) -> Iterator[list[Message]]:
    """Yield the messages in groups of about so many tokens, at least one each."""
    batch: list[Message] = []
    left = tokens
    for message in messages:
        left -= estimate(message.content)
        if batch and left < 0:
            yield batch
            batch, left = [], tokens - estimate(message.content)
        batch.append(message)
    if batch:
        yield batch
