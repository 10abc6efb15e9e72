"""Wording a follow-up question so that it can be searched alone, by the model that answers it.

Off by default (`QUERY_REWRITING`): it costs a call before each follow-up, and the search knows
the earlier questions anyway. Whatever goes wrong, the question is searched as it is.
"""

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass

from django.conf import settings

from aiapp.llm import registry
from aiapp.llm.base import AllWasThought, End, Prompt, Text
from aiapp.llm.errors import ModelError
from chat.prompts import rewrite
from chat.prompts.answer import new_nonce
from chat.turns.question import TurnQuestion
from chat.turns.response_cache import Place
from chat.turns.results import Result

MAX_TOKENS = 120
MAX_CHARS = 400

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Query:
    """The words to search for, and the tokens that wording them has cost."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


async def build_query(question: TurnQuestion) -> Query:
    """The question, worded anew if it follows others and that is wanted.

    The wording is kept as an answer is, so that the same question finds the same passages.
    """
    query = Query(question.content)
    if (
        not settings.QUERY_REWRITING
        or not question.earlier
        or not registry.info(question.turn.model).follows_prompts
    ):
        return query
    nonce = new_nonce()
    prompt = Prompt(
        model=question.turn.model,
        messages=rewrite.compose(question.content, question.history, nonce),
        temperature=0,
        max_tokens=MAX_TOKENS,
        owner=str(question.owner.pk),
    )
    try:
        async with (
            asyncio.timeout(settings.QUERY_REWRITING_SECONDS),
            Place(question, prompt, [], nonce) as place,
        ):
            await place.wait()
            if place.answer:
                query.text = place.answer.content
            else:
                await _reword(query, prompt)
                await place.keep(Result(content=query.text, finish_reason="stop"))
    except (ModelError, TimeoutError) as error:
        logger.warning("question_not_reworded", extra={"reason": type(error).__name__})
    return query


async def _reword(query: Query, prompt: Prompt) -> None:
    text = ""
    async with aclosing(registry.chat_model(prompt.model).stream(prompt)) as pieces:
        async for piece in pieces:
            if isinstance(piece, Text):
                text += piece.text
            elif isinstance(piece, AllWasThought):
                text = ""
            elif isinstance(piece, End):
                query.prompt_tokens = piece.prompt_tokens
                query.completion_tokens = piece.completion_tokens
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) <= MAX_CHARS:
        # Anything else is no question but a talkative model's answer.
        query.text = lines[0].strip()
