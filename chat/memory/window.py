"""The part of the conversation so far that a model is given: the newest exchanges that fit."""

from collections.abc import Callable, Sequence

from django.conf import settings

from aiapp.llm.base import ChatMessage, ModelInfo
from aiapp.llm.tokens import MAX_TOKEN_CHARS, count, estimate

Measure = Callable[[str], int]


def select_history(history: Sequence[ChatMessage], model: ModelInfo) -> list[ChatMessage]:
    """Return the part of a conversation that the settings and a model's size leave it."""
    tokens = room(model)
    return recall(
        history,
        exchanges=settings.MEMORY_EXCHANGES,
        tokens=tokens,
        measure=_build_measure(model, tokens),
    )


def room(model: ModelInfo) -> int:
    """Return the number of tokens of a conversation that a model is given."""
    return min(settings.MEMORY_TOKENS, model.context // 3)


def count_outgrown(messages: Sequence[ChatMessage], model: ModelInfo) -> int:
    """Return the number of first messages that should be summarised by now; 0 while there is room.

    That is before they leave the window, so that there is time for it. As many are taken as leave
    the window half empty, so that it is not done after every answer.
    """
    exchanges, tokens = settings.MEMORY_EXCHANGES, room(model)
    measure = _build_measure(model, tokens)
    groups = _group_exchanges(messages)
    if len(_take_newest(groups, max(exchanges - 2, 1), tokens * 3 // 4, measure)) == len(groups):
        return 0
    remaining = len(_take_newest(groups, exchanges // 2, tokens // 2, measure))
    questions = [n for n, message in enumerate(messages) if message["role"] == "user"]
    return questions[-remaining] if remaining else len(messages)


def recall(
    messages: Sequence[ChatMessage], *, exchanges: int, tokens: int, measure: Measure = estimate
) -> list[ChatMessage]:
    """The last `exchanges` questions with their answers, within a budget of tokens.

    Whole exchanges are kept or dropped, the newest first, so that what remains begins with a
    question and no answer stands without it. System messages are kept, outside the count.
    """
    system = [message for message in messages if message["role"] == "system"]
    left = tokens - sum(measure(message["content"]) for message in system)
    newest = _take_newest(_group_exchanges(messages), exchanges, left, measure)
    return system + [message for exchange in newest for message in exchange]


def _take_newest(
    groups: list[list[ChatMessage]], max_exchanges: int, tokens: int, measure: Measure
) -> list[list[ChatMessage]]:
    newest: list[list[ChatMessage]] = []
    for exchange in reversed(groups[-max_exchanges:] if max_exchanges else []):
        tokens -= sum(measure(message["content"]) for message in exchange)
        if tokens < 0:
            break
        newest.insert(0, exchange)
    return newest


def _group_exchanges(messages: Sequence[ChatMessage]) -> list[list[ChatMessage]]:
    """Group messages by question; an answer that failed is empty and left out."""
    groups: list[list[ChatMessage]] = []
    for message in messages:
        if message["role"] == "user":
            groups.append([message])
        elif message["role"] == "assistant" and groups and message["content"]:
            groups[-1].append(message)
    return groups


def _build_measure(model: ModelInfo, tokens: int) -> Measure:
    """Return a count by the model's own vocabulary, rough for what is far too long in any case."""

    def measure(text: str) -> int:
        if len(text) > 2 * tokens * MAX_TOKEN_CHARS:
            return len(text) // MAX_TOKEN_CHARS
        about = estimate(text)
        return about if about > 2 * tokens else count(text, model.name)

    return measure
