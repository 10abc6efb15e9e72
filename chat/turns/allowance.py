"""Limits on another answer for a user: how many at once, and within which budget."""

from collections.abc import Iterator

from django.conf import settings

from accounts.limits import budgets
from accounts.models import User
from aiapp.errors import TooManyRequests
from aiapp.llm import registry
from aiapp.llm.base import Picture, RawMessage
from aiapp.llm.tokens import PICTURE_TOKENS, estimate, estimate_content
from chat.conversations.tree import UNFINISHED
from chat.memory.window import remembered
from chat.models import Turn
from chat.turns.question import Asked

# Instructions, marks and what a tokenizer adds for each message.
OVERHEAD_TOKENS = 500
# Tokens are estimated, and some texts have more.
MARGIN = 1.25
BUSY_SECONDS = 5


def check_in(asked: Asked) -> None:
    """Set aside what a turn may use, in the transaction that saves it. Raises TooManyRequests.

    Where a budget applies the answer is bounded, so that it cannot use more than is set aside.
    """
    turn = asked.turn
    if settings.CONCURRENT_TURNS:
        _take_place(asked.owner)
    options = turn.request["options"] if turn.request else {}
    name = "max_completion_tokens" if "max_completion_tokens" in options else "max_tokens"
    wanted = options.get(name) or turn.max_tokens or settings.BUDGET_ANSWER_TOKENS
    models = [turn.model, *settings.CHAT_FALLBACKS.get(turn.model, ())]
    allowed = budgets.reserve(asked.owner, turn.id, models, _prompt_tokens(asked), wanted)
    if allowed is None:
        return
    turn.max_tokens = allowed
    if turn.request:
        turn.request = turn.request | {"options": options | {name: allowed}}
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


def _pictures(asked: Asked) -> Iterator[Picture]:
    yield from asked.pictures
    for message in asked.history:
        yield from message.get("pictures", ())


def _said(message: RawMessage) -> int:
    calls = message.get("tool_calls")
    return estimate_content(message["content"]) + (estimate(str(calls)) if calls else 0)


def _prompt_tokens(asked: Asked) -> int:
    """About so many at most: what a search will find is not known yet."""
    turn, model = asked.turn, registry.info(asked.turn.model)
    if turn.request is not None:
        said = sum(_said(message) for message in turn.request["messages"])
    else:
        said = estimate(asked.content)
        said += sum(estimate(message["content"]) for message in remembered(asked.history, model))
        said += sum(estimate(text) for text in (asked.instructions, *asked.facts))
        said += estimate(asked.notes.text) if asked.notes else 0
        said += PICTURE_TOKENS * sum(1 for picture in _pictures(asked) if picture.url)
    found = model.passage_tokens if asked.searches else 0
    return OVERHEAD_TOKENS + found + int(said * MARGIN)
