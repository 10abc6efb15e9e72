"""Whatever the vendor: the same pieces in the same order, and the same errors for its faults."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm import registry, vendors
from aiapp.llm.base import End, Piece, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import (
    BadRequest,
    BrokenAnswer,
    ContextTooLong,
    ModelBusy,
    ModelError,
    ModelRefused,
    ModelUnavailable,
)
from tests.processes import model_requests

FIVE_WORDS = "w0 w1 w2 w3 w4 "
PICTURE = "data:image/png;base64,iVBORw0KGgo="
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a place",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}},
            "required": ["place"],
        },
    },
}


@dataclass(frozen=True)
class Vendor:
    name: str
    prefix: str
    address: str

    async def stream(self, model: str, messages: Any = "one two", **more: Any) -> list[Piece]:
        said: list[Piece] = []
        await self.stream_into(said, model, messages, **more)
        return said

    async def stream_into(
        self, answer: list[Piece], model: str, messages: Any = "one two", **more: Any
    ) -> None:
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        prompt = Prompt(self.prefix + model, messages, **more)
        client = await vendors.client(vendors.vendor_of(prompt.model))
        async with aclosing(client.stream(prompt)) as pieces:
            async for piece in pieces:
                answer.append(piece)

    def fetch_state(self) -> dict[str, Any]:
        return model_requests.fetch(self.address, last=1)

    def count_unfinished(self, text: str) -> int:
        return int(model_requests.fetch(self.address, text, last=1)["active"])

    def last_request(self) -> dict[str, Any]:
        request: dict[str, Any] = self.fetch_state()["requests"][-1]
        return request


@pytest.fixture(params=["openai", "anthropic", "local"])
def vendor(
    request: pytest.FixtureRequest, settings: Settings, fake_model: str, fake_claude: str
) -> Vendor:
    settings.MODEL_FIRST_TOKEN_SECONDS, settings.MODEL_IDLE_SECONDS = 2, 0.5
    settings.LOCAL_CHAT = request.param == "local"
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.ANTHROPIC_BASE_URL = settings.ANTHROPIC_API_KEY = ""
    if request.param == "anthropic":
        settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
        settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = fake_claude, "sk-123"
        return Vendor("anthropic", "claude-", fake_claude)
    return Vendor(request.param, "", fake_model)


def text(said: list[Piece]) -> str:
    return "".join(piece.text for piece in said if isinstance(piece, Text))


def test_there_is_no_vendor_that_this_test_leaves_out() -> None:
    # Quotes have no server that could fail: `test_quoting_sources`.
    assert set(vendors.VENDORS) - {"quotes"} == {"openai", "anthropic", "local"}


async def test_text_comes_in_order_as_it_is_written_and_the_end_last(vendor: Vendor) -> None:
    said = await vendor.stream("count-20-5")
    *texts, end = said
    assert text(said) == "".join(f"w{n} " for n in range(20))
    assert len(texts) > 2
    assert isinstance(end, End)
    assert (end.finish_reason, end.prompt_tokens, end.completion_tokens) == ("stop", 7, 20)


async def test_a_stream_is_asked_for_unpacked(vendor: Vendor) -> None:
    await vendor.stream("echo")
    headers = {name.lower(): value for name, value in vendor.fetch_state()["headers"][-1].items()}
    assert headers["accept-encoding"] == "identity"


async def test_thoughts_come_before_the_answer_and_apart_from_it(vendor: Vendor) -> None:
    said = await vendor.stream("thinks")
    kinds = [type(piece) for piece in said]
    assert kinds.index(Reasoning) < kinds.index(Text)
    thoughts = "".join(piece.text for piece in said if isinstance(piece, Reasoning))
    assert (thoughts, text(said)) == ("first this, then that!", "one two ")


async def test_a_tool_is_called_with_whole_arguments_and_answered(vendor: Vendor) -> None:
    messages = [{"role": "user", "content": "How is the weather?"}]
    call, end = await vendor.stream("echo", messages, options={"tools": [WEATHER]})
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments)) == ("weather", {"place": "Seoul"})
    assert isinstance(end, End)
    assert end.finish_reason == "tool_calls"
    function = {"name": call.name, "arguments": call.arguments}
    calls = [{"id": call.id, "type": "function", "function": function}]
    thoughts = {"thoughts": end.thoughts}
    messages += [{"role": "assistant", "content": None, "tool_calls": calls} | thoughts]
    messages += [{"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    answer = await vendor.stream("says-It_is_sunny", messages, options={"tools": [WEATHER]})
    assert isinstance(answer[-1], End)
    assert answer[-1].finish_reason == "stop"
    sent = json.dumps(vendor.last_request()["messages"])
    assert "thoughts" not in sent
    assert call.id in sent
    assert "sunny" in sent


async def test_a_picture_is_sent_as_a_part_of_the_message(vendor: Vendor) -> None:
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": PICTURE}},
    ]
    await vendor.stream("echo", [{"role": "user", "content": parts}])
    sent = json.dumps(vendor.last_request()["messages"])
    assert "What is this?" in sent
    assert "iVBORw0KGgo=" in sent


async def test_what_the_system_says_and_the_bounds_are_sent(vendor: Vendor) -> None:
    said = [
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "one two"},
    ]
    await vendor.stream("echo", said, temperature=0.5, max_tokens=77, options={"stop": "###"})
    sent = vendor.last_request()
    assert (sent["temperature"], sent["max_tokens"]) == (0.5, 77)
    assert "Be brief." in json.dumps(sent)
    assert "Be kind." in json.dumps(sent)
    assert "###" in json.dumps(sent)


@pytest.mark.parametrize(
    ("fault", "kind", "code", "retryable", "said"),
    [
        ("401", ModelRefused, "model_refused", False, ""),
        ("403", ModelRefused, "model_refused", False, ""),
        ("404", ModelRefused, "model_refused", False, ""),
        ("unpaid", ModelRefused, "model_refused", False, ""),
        ("429", ModelBusy, "model_busy", True, ""),
        ("529", ModelBusy, "model_busy", True, ""),
        ("500", ModelUnavailable, "model_unavailable", True, ""),
        ("503", ModelUnavailable, "model_unavailable", True, ""),
        ("context", ContextTooLong, "context_too_long", False, ""),
        ("cut", BrokenAnswer, "broken_answer", True, FIVE_WORDS),
        ("malformed", BrokenAnswer, "malformed_answer", True, FIVE_WORDS),
        ("form", BrokenAnswer, "malformed_answer", True, FIVE_WORDS),
        ("event", BrokenAnswer, "upstream_error", True, FIVE_WORDS),
        ("empty", BrokenAnswer, "empty_answer", True, ""),
        ("filter", BadRequest, "content_filtered", False, FIVE_WORDS),
        ("hang", ModelUnavailable, "model_timeout", True, ""),
        ("hangmid", ModelUnavailable, "model_timeout", True, FIVE_WORDS),
        ("drip", ModelUnavailable, "model_timeout", True, ""),
    ],
)
async def test_a_fault_is_the_same_error_from_every_vendor(
    vendor: Vendor,
    settings: Settings,
    fault: str,
    kind: type[ModelError],
    code: str,
    retryable: bool,
    said: str,
) -> None:
    if fault in {"hang", "drip"}:
        # Whatever the machine is busy with, these never say a word.
        settings.MODEL_FIRST_TOKEN_SECONDS = 0.2
    heard: list[Piece] = []
    with pytest.raises(ModelError) as caught:
        await vendor.stream_into(heard, f"fault-{fault}")
    error = caught.value
    assert (type(error), error.reason, error.retryable) == (kind, code, retryable)
    assert error.retry_after == (1 if fault == "429" else None)
    # What had arrived at the moment of a cut and was not read yet goes with the connection.
    assert text(heard) == said or (fault == "cut" and said.startswith(text(heard)))
    assert not any(secret in str(error) for secret in ("sk-123", "127.0.0.1", "10.0.0.1"))


async def test_an_orderly_end_without_a_finish_reason_is_told(vendor: Vendor) -> None:
    """Anthropic always sends one, so the answer broke off; of others nobody knows."""
    heard: list[Piece] = []
    if vendor.name == "anthropic":
        with pytest.raises(BrokenAnswer):
            await vendor.stream_into(heard, "fault-nodone")
    else:
        await vendor.stream_into(heard, "fault-nodone")
        assert isinstance(heard[-1], End)
        assert heard[-1].finish_reason == "unknown"
    assert text(heard) == FIVE_WORDS


async def test_an_answer_that_is_too_long_says_so(vendor: Vendor) -> None:
    end = (await vendor.stream("fault-length"))[-1]
    assert isinstance(end, End)
    assert end.finish_reason == "length"


async def test_an_endpoint_that_is_not_there_is_unavailable(
    vendor: Vendor, settings: Settings
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{probe.getsockname()[1]}"
    settings.OPENAI_BASE_URL = f"{nobody}/v1" if settings.OPENAI_BASE_URL else ""
    settings.ANTHROPIC_BASE_URL = nobody if settings.ANTHROPIC_BASE_URL else ""
    with pytest.raises(ModelUnavailable) as caught:
        await vendor.stream("echo")
    assert caught.value.reason == "model_unavailable"


@pytest.mark.parametrize("leave", ["cancel", "close"])
async def test_whoever_leaves_ends_the_request_at_the_vendor(vendor: Vendor, leave: str) -> None:
    answer: list[Piece] = []
    # Unlike whatever else is asked of this server, and longer than anybody waits for its end.
    question = f"Go, {leave} {vendor.name}"
    prompt = Prompt(f"{vendor.prefix}count-50000-10", [{"role": "user", "content": question}])
    pieces = registry.chat_model(prompt.model).stream(prompt)

    async def listen() -> None:
        async with aclosing(pieces):
            async for piece in pieces:
                answer.append(piece)
                if leave == "close":
                    return

    listening = asyncio.create_task(listen())
    await _until(lambda: bool(answer))
    listening.cancel()
    await asyncio.wait({listening})
    await _until(lambda: vendor.count_unfinished(question) == 0)


async def test_a_vendor_names_its_models(vendor: Vendor) -> None:
    listed = set(await (await vendors.client(vendor.name)).list_models())
    assert f"{vendor.prefix}echo" in listed or vendor.name == "local"


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.02)
