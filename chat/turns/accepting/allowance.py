"""Limits on another answer for a user: how many at once, and within which budget."""

from collections.abc import Iterator

from django.conf import settings

from accounts.limits import budgets
from accounts.models import User
from aiapp.errors import TooManyRequests
from aiapp.llm import endpoints, registry
from aiapp.llm.base import Picture, RawMessage
from aiapp.llm.tokens import PICTURE_TOKENS, estimate, estimate_content
from chat.conversations.tree import UNFINISHED
from chat.memory.window import select_history
from chat.models import Turn
from chat.turns.question import TurnQuestion

# Instructions, marks and what a tokenizer adds for each message.
OVERHEAD_TOKENS = 500
# Tokens are estimated, and some texts have more.
MARGIN = 1.25
BUSY_SECONDS = 5


def check_in(question: TurnQuestion) -> None:
    """Set aside what a turn may use, in the transaction that saves it. Raises TooManyRequests.

    Where a budget applies the answer is bounded, so that it cannot use more than is set aside.
    """
    turn = question.turn
    if settings.CONCURRENT_TURNS:
        _take_place(question.owner)
    options = turn.request["options"] if turn.request else {}
    name = "max_completion_tokens" if "max_completion_tokens" in options else "max_tokens"
    max_tokens = options.get(name) or turn.max_tokens or settings.BUDGET_ANSWER_TOKENS
    configured = settings.CHAT_FALLBACKS.get(turn.model, ())
    models = [turn.model, *endpoints.list_fallbacks(turn.model, configured)]
    limit = budgets.reserve(question.owner, turn.id, models, _estimate_prompt(question), max_tokens)
    if limit is None:
        return
    turn.max_tokens = limit
    if turn.request:
        turn.request = turn.request | {"options": options | {name: limit}}
    turn.save(update_fields=["max_tokens", "request"])


def _take_place(user: User) -> None:
    # The lock orders questions that come at once; each then sees the turns of those before, and
    # its own.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if Turn.objects.filter(owner=user, state__in=UNFINISHED).count() > settings.CONCURRENT_TURNS:
        raise TooManyRequests(
            f"{settings.CONCURRENT_TURNS} of your questions are being answered. Wait for one.",
            code="too_many_turns",
            retry_after=BUSY_SECONDS,
        )


def _list_pictures(question: TurnQuestion) -> Iterator[Picture]:
    yield from question.pictures
    for message in question.history:
        yield from message.get("pictures", ())


def _count_message_tokens(message: RawMessage) -> int:
    calls = message.get("tool_calls")
    return estimate_content(message["content"]) + (estimate(str(calls)) if calls else 0)


def _estimate_prompt(question: TurnQuestion) -> int:
    """Return about how many tokens at most; what a search will find is not known yet."""
    turn, model = question.turn, registry.info(question.turn.model)
    if turn.request is not None:
        text_tokens = sum(_count_message_tokens(message) for message in turn.request["messages"])
    else:
        text_tokens = estimate(question.content)
        text_tokens += sum(
            estimate(message["content"]) for message in select_history(question.history, model)
        )
        text_tokens += sum(estimate(text) for text in (question.instructions, *question.facts))
        text_tokens += estimate(question.notes.text) if question.notes else 0
        text_tokens += PICTURE_TOKENS * sum(
            1 for picture in _list_pictures(question) if picture.url
        )
    passage_tokens = model.passage_tokens if question.searches else 0
    return OVERHEAD_TOKENS + passage_tokens + int(text_tokens * MARGIN)
