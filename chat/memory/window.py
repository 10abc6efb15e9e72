"""What a model is told of the conversation so far: the newest exchanges that fit."""

from collections.abc import Sequence

from django.conf import settings

from aiapp.llm.base import ChatMessage, ModelInfo
from aiapp.llm.tokens import estimate


def remembered(history: Sequence[ChatMessage], model: ModelInfo) -> list[ChatMessage]:
    """What of a conversation a model is told by the settings, and by its own size."""
    return recall(
        history,
        exchanges=settings.MEMORY_EXCHANGES,
        tokens=min(settings.MEMORY_TOKENS, model.context // 3),
    )


def recall(messages: Sequence[ChatMessage], *, exchanges: int, tokens: int) -> list[ChatMessage]:
    """The last `exchanges` questions with their answers, within a budget of tokens.

    Whole exchanges are kept or dropped, the newest first, so that what remains begins with a
    question and no answer stands without it. System messages are kept, outside the count.
    """
    system = [message for message in messages if message["role"] == "system"]
    kept: list[ChatMessage] = []
    left = tokens - sum(estimate(message["content"]) for message in system)
    for exchange in reversed(_exchanges(messages)[-exchanges:] if exchanges else []):
        left -= sum(estimate(message["content"]) for message in exchange)
        if left < 0:
            break
        kept[:0] = exchange
    return system + kept


def _exchanges(messages: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    """Groups that each begin with a question; an answer that failed is empty and left out."""
    groups: list[list[ChatMessage]] = []
    for message in messages:
        if message["role"] == "user":
            groups.append([message])
        elif message["role"] == "assistant" and groups and message["content"]:
            groups[-1].append(message)
    return groups
