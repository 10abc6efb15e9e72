"""Chat models behind OpenAI's chat completions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import openai

# The client would import it with the first question, on the event loop.
import openai.resources.chat

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.base import AllWasThought, End, Piece, Prompt
from aiapp.llm.catalogue import lessons
from aiapp.llm.errors import ModelError
from aiapp.llm.listing import read_models
from aiapp.llm.providers.openai import history, ollama
from aiapp.llm.providers.openai.adaptation import RequestAdapter
from aiapp.llm.providers.openai.endpoint import Endpoint, translate_error
from aiapp.llm.providers.openai.events import hear
from aiapp.llm.streams.pieces import PartialAnswer
from aiapp.llm.streams.reader import pieces
from aiapp.llm.streams.thinking import Splitter
from aiapp.llm.streams.written_calls import CallReader

# Another answer's thoughts are not opened by anybody either.
OPENING_TAG = "opening_tag"


class Client:
    """A client of one endpoint."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url, self._api_key = base_url, api_key
        self._endpoints = PerLoop(lambda: Endpoint(base_url, api_key), Endpoint.close)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Yield an answer; asked again, with less, where the server refuses some of the request."""
        await lessons.refresh()
        adapter = RequestAdapter(self._base_url, prompt)
        while True:
            has_begun = False
            try:
                async with aclosing(self._ask(adapter, prompt)) as answer:
                    async for piece in answer:
                        if not has_begun:
                            has_begun = True
                            await adapter.keep()
                        yield piece
            except ModelError as error:
                if self._api_key:
                    error.upstream_text = error.upstream_text.replace(self._api_key, "…")
                if has_begun or not adapter.adapt(error):
                    raise
            else:
                return

    async def _ask(self, adapter: RequestAdapter, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        opening = self._endpoints.get().open(adapter.body)
        splitter = Splitter(starts_thinking=adapter.starts_thinking)
        tools = prompt.options.get("tools")
        calls = CallReader(tools) if isinstance(tools, list) and tools else None
        answer = PartialAnswer(splitter=splitter, call_reader=calls, may_end_silently=True)
        try:
            async with aclosing(pieces(opening, hear, prompt, answer)) as said:
                async for piece in said:
                    if isinstance(piece, AllWasThought):
                        await lessons.learn(self._base_url, prompt.model, {OPENING_TAG: ""})
                    elif isinstance(piece, End) and answer.fields:
                        told = history.join_thoughts(answer.fields)
                        piece.thoughts.append({"type": history.FIELD, "fields": told})
                    yield piece
        except openai.OpenAIError as error:
            raise translate_error(error) from error
        if adapter.starts_thinking and not splitter.closed and answer.answered:
            await lessons.unlearn(self._base_url, prompt.model, OPENING_TAG)

    async def list_models(self) -> dict[str, dict[str, Any]]:
        models = self._endpoints.get().library.models.with_streaming_response
        try:
            listed = await read_models(models.list())
        except openai.OpenAIError as error:
            raise translate_error(error) from error
        if ollama.is_there(self._base_url):
            told = await ollama.describe(self._base_url, self._api_key, listed)
            return {name: facts | told.get(name, {}) for name, facts in listed.items()}
        return listed

    async def close(self) -> None:
        await self._endpoints.close()
