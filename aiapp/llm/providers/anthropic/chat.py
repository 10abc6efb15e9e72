"""Claude behind Anthropic's Messages API.

LangChain turns what we ask into the API's form, as `request.py` tells it; the client opens the
request, and the stream is read by `aiapp.llm.streams.reader`, see docs/adr/0011.
"""

import re
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from typing import Any

import anthropic

# The client would import it with the first question, on the event loop.
import anthropic.resources.messages
import httpx2
import orjson
from django.conf import settings

from aiapp.concurrency.per_loop import PerLoop
from aiapp.llm.base import Piece, Prompt
from aiapp.llm.catalogue import lessons
from aiapp.llm.errors import BadRequest, ModelError, ModelUnavailable
from aiapp.llm.listing import read_models
from aiapp.llm.providers.anthropic.request import THOUGHTS, body
from aiapp.llm.refusals.meaning import interpret
from aiapp.llm.streams.pieces import UNKNOWN, PartialAnswer, figure
from aiapp.llm.streams.reader import PLAIN, lend_body, pieces
from aiapp.llm.streams.sse import Event
from aiapp.llm.transport import async_http_client
from aiapp.observability import tracing

ADDRESS = "https://api.anthropic.com"
FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    # There is more, which only a tool of the vendor's own would bring.
    "pause_turn": UNKNOWN,
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
# Of a prompt; those that were read from the vendor's cache count as well.
PROMPT_TOKENS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
# What a request may do without, where the server of a model refuses it by its name.
SPARED = ("temperature", "top_p", "thinking", "output_config", "metadata", "tool_choice")
MAX_ADAPTATIONS = len(SPARED)
EXTRA = "extra_body"
_WORD = re.compile(r"\w+")
_OF_THE_MODEL = re.compile(
    r"deprecated|not (?:support|permitted|allowed)|unsupported|unknown|extra"
)


class Client:
    """A client of one endpoint."""

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url, self._api_key = base_url, api_key
        address = base_url or ADDRESS

        def make() -> anthropic.AsyncAnthropic:
            return anthropic.AsyncAnthropic(
                base_url=address,
                api_key=api_key or "none",
                http_client=async_http_client(address),
                max_retries=0,
                timeout=httpx2.Timeout(
                    settings.MODEL_FIRST_TOKEN_SECONDS, connect=settings.MODEL_CONNECT_SECONDS
                ),
            )

        self._clients = PerLoop(make, anthropic.AsyncAnthropic.close)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """Yield an answer; asked again, with less, where the server refuses some of the request."""
        await lessons.refresh()
        left_out = set(lessons.find_refused(self._base_url, prompt.model))
        refused: dict[str, str] = {}
        for _ in range(MAX_ADAPTATIONS + 1):
            sent = _leave_out(body(prompt), left_out)
            has_begun = False
            try:
                async with aclosing(self._ask(sent, prompt)) as answer:
                    async for piece in answer:
                        if refused and not has_begun:
                            await lessons.learn(self._base_url, prompt.model, refused)
                        has_begun = True
                        yield piece
            except ModelError as error:
                named = () if has_begun else _find_refused(error, sent)
                if not named:
                    raise
                left_out |= {*named}
                words = error.upstream_text.replace(self._api_key or "\0", "…")
                if _OF_THE_MODEL.search(words.lower()):
                    refused |= dict.fromkeys(named, words)
            else:
                return

    async def _ask(self, sent: dict[str, Any], prompt: Prompt) -> AsyncGenerator[Piece, None]:
        opening = self._clients.get().messages.with_streaming_response.create(
            stream=True, extra_headers=PLAIN | tracing.headers(), **sent
        )
        try:
            async with aclosing(pieces(lend_body(opening), _hear, prompt)) as answer:
                async for piece in answer:
                    yield piece
        except anthropic.AnthropicError as error:
            raise _translate_error(error) from error

    async def list_models(self) -> dict[str, dict[str, Any]]:
        models = self._clients.get().models.with_streaming_response
        try:
            return await read_models(models.list(limit=100))
        except anthropic.AnthropicError as error:
            raise _translate_error(error) from error

    async def close(self) -> None:
        await self._clients.close()


def _hear(event: Event, answer: PartialAnswer) -> None:
    if event.get("type") == "content_block_delta":
        part = event["delta"]
        if arguments := part.get("partial_json"):
            call = answer.call(_find_index(event, answer))
            is_text = isinstance(arguments, str)
            call["arguments"] += arguments if is_text else orjson.dumps(arguments).decode()
        if signature := part.get("signature"):
            _add(answer, "signature", signature)
        if thought := part.get("thinking"):
            _add(answer, "thinking", thought)
    else:
        part = _note(event, answer)
    answer.texts.append(part.get("text") or "")
    answer.thoughts.append(part.get("thinking") or "")


def _note(event: Event, answer: PartialAnswer) -> dict[str, Any]:
    """Note what an event tells besides text; returns the block that it begins, if it does."""
    match event.get("type"):
        case "content_block_start":
            return _begin_block(event["content_block"], event.get("index"), answer)
        case "message_start":
            _count(event["message"].get("usage") or {}, answer)
        case "message":
            _note_whole(event, answer)
        case "message_delta":
            _count(event.get("usage") or {}, answer)
            _end((event.get("delta") or {}).get("stop_reason"), answer)
        case "message_stop":
            answer.is_done = True
        case None if "content" in event:
            _note_whole(event, answer)
        case None | "error":
            # An error that is not called one, as gateways tell it.
            answer.complaint = answer.complaint or event
    return {}


def _note_whole(event: Event, answer: PartialAnswer) -> None:
    """Note an answer that a gateway sends all of at once, since it does not stream."""
    content = event["content"]
    for block in [{"text": content}] if isinstance(content, str) else content:
        part = _begin_block(block, None, answer)
        answer.texts.append(part.get("text") or "")
        answer.thoughts.append(part.get("thinking") or "")
    _count(event.get("usage") or {}, answer)
    _end(event.get("stop_reason") or "end_turn", answer)


def _begin_block(block: dict[str, Any], index: Any, answer: PartialAnswer) -> dict[str, Any]:
    """Note a block of an answer as it begins, with as much of it as is there."""
    if block.get("type") == "tool_use":
        # Others than Anthropic send all of the arguments here.
        given = orjson.dumps(block["input"]).decode() if block.get("input") else ""
        call_id, free = str(block.get("id") or ""), max(answer.calls, default=-1) + 1
        # Some gateways give all blocks the same.
        is_new = (
            isinstance(index, int) and answer.calls.get(index, {"id": call_id})["id"] == call_id
        )
        number = index if is_new else free
        answer.numbers[index] = number
        answer.call(number).update(id=call_id, name=block["name"], arguments=given, last=given)
    elif block.get("type") in THOUGHTS:
        answer.end.thoughts.append(dict(block))
    return block


def _find_index(event: Event, answer: PartialAnswer) -> int:
    """Return the number of the block that an event is about: the last, where it does not say."""
    index = event.get("index")
    known = answer.numbers.get(index, index) if isinstance(index, int) else None
    return max(answer.calls, default=0) if known is None else known


def _add(answer: PartialAnswer, name: str, text: str) -> None:
    """Add a part to the thoughts, which may have begun without a block of their own."""
    thoughts = answer.end.thoughts
    if not thoughts:
        thoughts.append({"type": "thinking"})
    thoughts[-1][name] = thoughts[-1].get(name, "") + text


def _count(usage: dict[str, Any], answer: PartialAnswer) -> None:
    end = answer.end
    end.prompt_tokens = sum(figure(usage.get(name)) for name in PROMPT_TOKENS) or end.prompt_tokens
    end.completion_tokens = figure(usage.get("output_tokens")) or end.completion_tokens


def _end(reason: str | None, answer: PartialAnswer) -> None:
    if reason:
        answer.end.finish_reason = FINISH_REASONS.get(reason, "stop")
    for call in answer.calls.values():
        # A tool without parameters is called without a word.
        call["arguments"] = call["arguments"] or "{}"


def _leave_out(request: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """Return a request without some parameters, of which LangChain puts some into a body's own."""
    sent = {name: value for name, value in request.items() if name not in names}
    if extra := {name: each for name, each in sent.pop(EXTRA, {}).items() if name not in names}:
        sent[EXTRA] = extra
    return sent


def _find_refused(error: ModelError, sent: Mapping[str, Any]) -> list[str]:
    """Return what a refusal names of what can be spared."""
    if type(error) is not BadRequest or error.reason != BadRequest.code:
        return []
    words, given = {*_WORD.findall(error.upstream_text)}, {*sent, *sent.get(EXTRA, ())}
    return [name for name in SPARED if name in given & words][:1]


def _translate_error(error: anthropic.AnthropicError) -> ModelError:
    if isinstance(error, anthropic.APIStatusError):
        return interpret(error.status_code, error.response.headers, str(error.body or error))
    # aiohttp's transport calls a refused connection a time-out as well.
    connected = not isinstance(error.__cause__, httpx2.ConnectTimeout)
    if isinstance(error, anthropic.APITimeoutError) and connected:
        return ModelUnavailable("The model did not respond in time.", code="model_timeout")
    return ModelUnavailable()
