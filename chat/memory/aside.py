"""A model's word that no reader waits for: within its user's budget, and on the books."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.limits import budgets, ledger
from accounts.models import User
from aiapp.db import in_db
from aiapp.ids import uuid7
from aiapp.llm import registry
from aiapp.llm.base import AllWasThought, ChatMessage, End, Fallback, Prompt, Source, Text
from aiapp.llm.errors import ModelUnavailable
from aiapp.llm.tokens import estimate

SECONDS = 120.0


async def ask(  # noqa: PLR0913 - a request, and what is the usual of it
    owner: User,
    model: str,
    messages: Sequence[ChatMessage],
    max_tokens: int,
    sources: Sequence[Source] = (),
    *,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> str:
    """Return the model's answer, in at most so many tokens.

    `sources` are the texts that the messages hold, for a model that quotes.

    Raises a ModelError, and TooManyRequests where the owner's budget is spent.
    """
    entry, prompt_tokens = uuid7(), sum(estimate(each["content"]) for each in messages)
    limit = await in_db(_reserve, owner, entry, model, prompt_tokens, max_tokens)
    prompt = Prompt(
        model,
        messages,
        temperature=0,
        max_tokens=limit,
        options=options,
        owner=str(owner.pk),
        sources=sources,
    )
    reply, stand_in, end = "", "", End()
    try:
        async with (
            asyncio.timeout(SECONDS),
            aclosing(registry.chat_model(model).stream(prompt)) as pieces,
        ):
            async for piece in pieces:
                match piece:
                    case Text(text):
                        reply += text
                    case AllWasThought():
                        reply = ""
                    case Fallback(name):
                        stand_in = name
                    case End():
                        end = piece
    except TimeoutError as error:
        raise ModelUnavailable("The model took too long.") from error
    finally:
        input_tokens = end.prompt_tokens or (prompt_tokens if reply else 0)
        output_tokens = end.completion_tokens or (estimate(reply) if reply else 0)
        await in_db(ledger.settle, entry, input_tokens, output_tokens, model=stand_in)
    return reply.strip()


def _reserve(owner: User, entry: UUID, model: str, prompt_tokens: int, max_tokens: int) -> int:
    with transaction.atomic():
        limit = budgets.reserve(owner, entry, [model], prompt_tokens, max_tokens)
    return max_tokens if limit is None else limit
