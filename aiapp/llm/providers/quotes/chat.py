"""The client: it reads the sources of a prompt, and asks nobody but the embedding model."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

from django.utils import translation

from aiapp.llm.base import End, Inquiry, Piece, Prompt, Source, Text
from aiapp.llm.embedding import client as embedding
from aiapp.llm.embedding.scripts import knows
from aiapp.llm.errors import ModelError
from aiapp.llm.providers.quotes import selection, summing_up, wording
from aiapp.llm.providers.quotes.reading import Quotable, read_sources
from aiapp.llm.tokens import estimate
from aiapp.text.stems import HANGUL

# Who asks waits; without an answer words decide alone.
EMBEDDING_SECONDS = 4.0
# Of each, where several things are asked at once.
PASSAGES_OF_SEVERAL = 2
# The places that are named where nothing answers.
NEAREST = 3

logger = logging.getLogger(__name__)


class Client:
    def __init__(self, base_url: str, api_key: str) -> None:
        """Nobody is asked who would want them."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        said = 0
        async with aclosing(_answer(prompt)) as texts:
            async for text in texts:
                said += estimate(text)
                yield Text(text)
        read = sum(estimate(source.text) for source in prompt.sources)
        yield End(finish_reason="stop", prompt_tokens=read, completion_tokens=said)

    async def list_models(self) -> Mapping[str, Mapping[str, Any]]:
        # Its name is the site's own, and stands last among those that are listed.
        return {}

    async def close(self) -> None:
        """There is no connection; those to the embedding model are closed with the others."""


async def _answer(prompt: Prompt) -> AsyncGenerator[str, None]:
    language = _find_language(prompt)
    if prompt.sources and not prompt.inquiries:
        quotes = await _sum_up(prompt.sources)
        yield _say(language, partial(wording.write_summary, quotes))
    elif not prompt.inquiries:
        yield _say(language, wording.write_help)
    several = len(prompt.inquiries) > 1
    for inquiry in prompt.inquiries:
        if several:
            yield wording.write_question(inquiry.text)
        found = [source for n in inquiry.found for source in prompt.sources if source.number == n]
        quotes = [] if inquiry.is_there is False else await _choose(inquiry, found, several=several)
        if not quotes:
            yield _say(language, partial(wording.write_nothing_found, _pick_nearest(found)))
        for text in wording.write_answer(quotes):
            yield text


async def _choose(inquiry: Inquiry, sources: Sequence[Source], *, several: bool) -> list[Quotable]:
    ranked = await asyncio.to_thread(_rank, inquiry, sources)
    if not ranked:
        return []
    question = selection.complete(inquiry)
    texts = [f"{each.head} {each.text}".strip() for each in ranked]
    vectors = await _embed([question, *texts], question)
    own, others = (vectors[0], vectors[1:]) if vectors else (None, [])
    await asyncio.to_thread(selection.add_meaning, own, ranked, others)
    if selection.answers_nothing(ranked):
        return []
    limit = PASSAGES_OF_SEVERAL if several else selection.MAX_PASSAGES
    return selection.select(ranked, limit)


def _pick_nearest(sources: Sequence[Source]) -> list[Source]:
    """The first of each page, by the search's rank."""
    pages = {(each.document, each.page): each for each in reversed(sources)}
    first = sorted(pages.values(), key=sources.index)
    return first[:NEAREST]


def _rank(inquiry: Inquiry, sources: Sequence[Source]) -> list[Quotable]:
    return selection.rank_by_words(inquiry, read_sources(sources))


async def _sum_up(sources: Sequence[Source]) -> list[Quotable]:
    ranked = await asyncio.to_thread(lambda: summing_up.rank_by_words(read_sources(sources)))
    texts = [each.text for each in ranked]
    vectors = await _embed(texts, " ".join(texts)[:2_000]) if texts else []
    return await asyncio.to_thread(summing_up.choose, ranked, vectors)


async def _embed(texts: Sequence[str], sample: str) -> list[list[float]]:
    """A vector for each text; none where the model does not know the script, or is away."""
    model = embedding.get_configured_model()
    if not knows(model.model, sample):
        return []
    try:
        async with asyncio.timeout(EMBEDDING_SECONDS):
            return (await embedding.embed_now(texts, model))[0]
    except (ModelError, TimeoutError) as error:
        logger.warning("quoted_by_words", extra={"reason": type(error).__name__})
        return []


def _find_language(prompt: Prompt) -> str:
    """Return the question's language where its script tells it, else that of the page."""
    asked = " ".join(inquiry.text for inquiry in prompt.inquiries)
    return "ko" if HANGUL.search(asked) else prompt.language or translation.get_language() or "en"


def _say(language: str, write: Callable[[], str]) -> str:
    with translation.override(language):
        return write()
