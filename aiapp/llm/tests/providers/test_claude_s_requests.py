"""A prompt in OpenAI's form is sent to Claude in the form of its own API."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm import registry
from aiapp.llm.base import End, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import BadRequest, ModelError
from aiapp.llm.tests.scripted_server import Answer, event, refusal, running
from tests.processes import model_requests

TOOL = {
    "type": "function",
    "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}},
}
QUESTION = [{"role": "user", "content": "What time is it?"}]
CALL = {"id": "toolu_9", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
ANSWERED = [
    *QUESTION,
    {"role": "assistant", "content": "I look.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "toolu_9", "content": "noon"},
]


@pytest.fixture(autouse=True)
def _endpoint(settings: Settings, fake_claude: str) -> None:
    settings.LOCAL_CHAT = False
    settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
    settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = fake_claude, "sk-ant-123"


@pytest.fixture
def ask(fake_claude: str) -> Any:
    """Ask, and give what arrived."""

    async def ask(messages: Any = QUESTION, model: str = "claude-echo", **more: Any) -> Any:
        prompt = Prompt(model, messages, **more)
        async with aclosing(registry.chat_model(model).stream(prompt)) as pieces:
            async for _ in pieces:
                pass
        seen = await asyncio.to_thread(model_requests.fetch, fake_claude, last=1)
        return seen["requests"][-1] | {
            "headers": {name.lower(): value for name, value in seen["headers"][-1].items()}
        }

    return ask


async def test_the_key_goes_where_it_belongs_and_an_answer_is_always_bounded(ask: Any) -> None:
    body = await ask()
    assert body["headers"]["authorization"] == "Bearer sk-ant-123"
    assert body["max_tokens"] == 8_192
    assert (await ask(max_tokens=50))["max_tokens"] == 50
    assert (await ask(options={"max_completion_tokens": 60}))["max_tokens"] == 60


async def test_a_temperature_is_kept_to_claude_s_scale_and_from_models_that_take_none(
    ask: Any, settings: Settings
) -> None:
    assert (await ask(temperature=1.7))["temperature"] == 1.0
    settings.MODELS = {"claude-echo": {"temperature": False}}
    assert "temperature" not in await ask(temperature=0.7)


async def test_a_tool_s_result_belongs_to_its_call(ask: Any) -> None:
    body = await ask(ANSWERED, options={"tools": [TOOL], "reasoning_effort": "high"})
    _, called, result = body["messages"]
    assert [part["type"] for part in called["content"]] == ["text", "tool_use"]
    assert called["content"][1] == {
        "type": "tool_use",
        "id": "toolu_9",
        "name": "clock",
        "input": {},
    }
    assert result["role"] == "user"
    assert result["content"][0]["tool_use_id"] == "toolu_9"
    # What Claude thought before the call is not kept, and without it must not think on.
    assert "output_config" not in body
    assert "thinking" not in body


async def test_what_it_thought_before_a_call_is_seen_again_with_the_result(ask: Any) -> None:
    said: list[Any] = []
    thinking = {"type": "enabled", "budget_tokens": 1_024}
    options = {"tools": [TOOL], "thinking": thinking}
    prompt = Prompt("claude-thinks", QUESTION, options=options)
    async with aclosing(registry.chat_model("claude-thinks").stream(prompt)) as pieces:
        said.extend([piece async for piece in pieces])
    *_, call, end = said
    assert [block["type"] for block in end.thoughts] == ["thinking"]
    function = {"name": call.name, "arguments": call.arguments}
    calls = [{"id": call.id, "type": "function", "function": function}]
    messages = [
        *QUESTION,
        {"role": "assistant", "content": "", "tool_calls": calls, "thoughts": end.thoughts},
        {"role": "tool", "tool_call_id": call.id, "content": "noon"},
    ]
    body = await ask(messages, options=options)
    assert body["thinking"] == thinking
    thought, called = body["messages"][1]["content"]
    assert thought == {
        "type": "thinking",
        "thinking": "first this, then that!",
        "signature": "EqQBCgIYAhIM",
    }
    assert called["type"] == "tool_use"


@pytest.mark.parametrize(
    ("asked", "form"),
    [
        ({}, {"type": "auto"}),
        ({"tool_choice": "required"}, {"type": "any"}),
        ({"tool_choice": "none"}, {"type": "none"}),
        (
            {"tool_choice": {"type": "function", "function": {"name": "clock"}}},
            {"type": "tool", "name": "clock"},
        ),
        ({"parallel_tool_calls": False}, {"type": "auto", "disable_parallel_tool_use": True}),
    ],
)
async def test_who_chooses_a_tool_is_said_in_its_words(
    ask: Any, asked: dict[str, Any], form: dict[str, Any]
) -> None:
    body = await ask(options={"tools": [TOOL], **asked})
    assert body["tool_choice"] == form
    assert body["tools"][0]["input_schema"] == {"type": "object", "properties": {}}


async def test_how_hard_to_think_is_passed_on(ask: Any) -> None:
    body = await ask(options={"reasoning_effort": "low"})
    assert body["output_config"]["effort"] == "low"


async def test_what_claude_has_no_word_for_is_left_out(ask: Any) -> None:
    body = await ask(options={"seed": 7, "logprobs": True, "presence_penalty": 1})
    assert not {"seed", "logprobs", "presence_penalty"} & set(body)


@pytest.mark.parametrize(
    "options",
    [
        {"tools": [TOOL], "tool_choice": "sometimes"},
        {"tools": ["clock"]},
        {"tools": [{"type": "function"}]},
    ],
)
async def test_what_has_no_form_there_is_refused_in_words(
    ask: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest):
        await ask(options=options)


async def test_messages_of_an_unknown_kind_are_refused_in_words(ask: Any) -> None:
    with pytest.raises(BadRequest):
        await ask([{"role": "nobody", "content": "hello"}])


BEGUN = {"type": "message_start", "message": {"usage": {"input_tokens": -35}}}
TOOL_USE = {"type": "message_delta", "delta": {"stop_reason": "tool_use"},
        "usage": {"output_tokens": 3_000_000_000}}  # fmt: skip
PLACE = {"place": "Seoul"}


@pytest.mark.parametrize(
    ("given", "deltas"),
    [({}, ['{"place":', ' "Seoul"}']), (PLACE, []), (PLACE, [json.dumps(PLACE)])],
    ids=["in parts", "at the beginning", "twice"],
)
async def test_others_that_speak_its_protocol_are_understood(
    settings: Settings, given: Any, deltas: list[str]
) -> None:
    """Gateways leave out what nobody needs, and tell figures that are none."""
    tool = {"type": "tool_use", "id": "a", "name": "weather", "input": given}
    begin = lambda n, block: {"type": "content_block_start", "index": n, "content_block": block}
    more = lambda n, part: {"type": "content_block_delta", "index": n, "delta": part}
    said = [
        BEGUN, begin(0, {"type": "thinking"}), more(0, {"thinking": "Hm."}),
        more(0, {"signature": "Eq"}), more(0, {"signature": "QB"}), begin(1, tool),
        *(more(1, {"partial_json": each}) for each in deltas), TOOL_USE, {"type": "message_stop"},
    ]  # fmt: skip
    async with running(settings, Answer(tuple(map(event, said)))) as server:
        settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
        settings.ANTHROPIC_BASE_URL = server.address
        prompt = Prompt("claude-other", QUESTION)
        async with aclosing(registry.chat_model("claude-other").stream(prompt)) as stream:
            pieces = [piece async for piece in stream]
    thought, call, end = pieces
    assert isinstance(thought, Reasoning)
    assert isinstance(call, ToolCall)
    assert isinstance(end, End)
    assert (thought.text, json.loads(call.arguments)) == ("Hm.", PLACE)
    assert end.thoughts == [{"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}]
    assert (end.prompt_tokens, end.completion_tokens) == (0, 0)


CLOCK = {"type": "tool_use", "id": "toolu_1", "name": "clock"}
WHOLE = {
    "type": "message",
    "role": "assistant",
    "content": [
        {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
        {"type": "text", "text": "I look."},
        {**CLOCK, "input": {"zone": "KST"}},
    ],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 3, "output_tokens": 2},
}


@pytest.mark.parametrize(
    "answer",
    [
        Answer((json.dumps(WHOLE).encode(),), headers={"Content-Type": "application/json"}),
        Answer((
            event({"type": "message_start", "message": {"usage": {"input_tokens": 3}}}),
            event({"type": "content_block_start", "content_block": {"type": "text", "text": ""}}),
            event({"type": "content_block_delta",
                   "delta": {"type": "text_delta", "text": "I look."}}),
            event({"type": "content_block_start", "content_block": CLOCK}),
            event({"type": "content_block_delta",
                   "delta": {"type": "input_json_delta", "partial_json": '{"zone": '}}),
            event({"type": "content_block_delta",
                   "delta": {"type": "input_json_delta", "partial_json": '"KST"}'}}),
            event({"type": "message_delta", "delta": {"stop_reason": "tool_use"},
                   "usage": {"output_tokens": 2}}),
            event({"type": "message_stop"}),
        )),
    ],
    ids=["all at once", "without numbers of blocks"],
)  # fmt: skip
async def test_servers_that_speak_claude_s_api_their_own_way_are_heard(
    settings: Settings, answer: Answer
) -> None:
    async with running(settings, answer) as server:
        settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
        settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = server.address, "sk-ant-123"
        prompt = Prompt("claude-echo", QUESTION, options={"tools": [TOOL]})
        pieces = [piece async for piece in registry.chat_model("claude-echo").stream(prompt)]
    (call,) = [piece for piece in pieces if isinstance(piece, ToolCall)]
    assert (call.name, json.loads(call.arguments)) == ("clock", {"zone": "KST"})
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == "I look."
    end = pieces[-1]
    assert isinstance(end, End)
    assert (end.finish_reason, end.prompt_tokens, end.completion_tokens) == ("tool_calls", 3, 2)


async def test_what_another_vendor_thought_is_not_shown_to_claude(ask: Any) -> None:
    foreign = [{"type": "field", "fields": {"reasoning_content": "Hm."}}]
    call = {**CALL, "id": "functions.clock:0"}
    body = await ask([
        *QUESTION,
        {"role": "assistant", "content": "", "tool_calls": [call], "thoughts": foreign},
        {"role": "tool", "tool_call_id": "functions.clock:0", "content": "noon"},
    ], options={"tools": [TOOL]})  # fmt: skip
    _, called, result = body["messages"]
    assert [part["type"] for part in called["content"]] == ["tool_use"]
    assert called["content"][0]["id"] == result["content"][0]["tool_use_id"] == "functions_clock_0"


def say(text: str) -> dict[str, Any]:
    return {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": text},
    }


def stop(reason: Any, **more: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **more}}


def begin(n: int, block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": n, "content_block": block}


def add(n: int, part: Any) -> dict[str, Any]:
    delta = {"type": "input_json_delta", "partial_json": part}
    return {"type": "content_block_delta", "index": n, "delta": delta}


HELLO, STOP = say("Hello"), {"type": "message_stop"}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
NOON = {"type": "tool_use", "id": "a", "name": "clock", "input": {}}
# What comes, and what is made of it: the text, the arguments of calls, and the end.
ENDS: dict[str, tuple[list[Any], str, list[Any], str]] = {
    "overloaded before a word": ([OVERLOADED], "", [], "model_busy"),
    "overloaded in the middle": ([HELLO, OVERLOADED], "Hello", [], "upstream_error"),
    "a refusal after some words": (
        [HELLO, stop("refusal", stop_details={"type": "refusal", "category": "cyber"}), STOP],
        "Hello", [], "content_filtered"),
    "a refusal at once": ([stop("refusal"), STOP], "", [], "content_filtered"),
    "a pause": ([HELLO, stop("pause_turn"), STOP], "Hello", [], "unknown"),
    "an end without a reason": ([HELLO, STOP], "Hello", [], "stop"),
    "a delta that is null": ([HELLO, {"type": "message_delta", "delta": None}, STOP], "Hello", [],
        "stop"),
    "a ping and what nobody knows": ([{"type": "ping"}, HELLO, {"type": "citations"},
        stop("end_turn"), STOP], "Hello", [], "stop"),
    "words in place of an answer": ([{"message": "Too many requests"}], "", [], "model_busy"),
    "a text that is all of it": ([{"role": "assistant", "content": "Hello"}], "Hello", [], "stop"),
    "arguments as an object": ([begin(0, NOON), add(0, {"zone": "KST"}), stop("tool_use"), STOP],
        "", [{"zone": "KST"}], "tool_calls"),
    "all blocks of the same number": ([begin(0, NOON), add(0, '{"zone": "KST"}'),
        begin(0, NOON | {"id": "b"}), add(0, '{"zone": "UTC"}'), stop("tool_use"), STOP],
        "", [{"zone": "KST"}, {"zone": "UTC"}], "tool_calls"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDS.values(), ids=ENDS)
async def test_an_answer_of_claude_s_has_one_right_end_and_keeps_its_words(
    settings: Settings, case: tuple[list[Any], str, list[Any], str]
) -> None:
    sent, text, arguments, wanted = case
    settings.MODEL_TRIES = 1
    pieces: list[Any] = []
    async with running(settings, Answer(tuple(map(event, sent)))) as server:
        settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
        settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = server.address, "sk-ant-123"
        prompt = Prompt("claude-echo", QUESTION, options={"tools": [TOOL]})
        try:
            async for piece in registry.chat_model("claude-echo").stream(prompt):
                pieces.append(piece)
            end = pieces[-1].finish_reason
        except ModelError as error:
            end = error.reason
    calls = [json.loads(piece.arguments) for piece in pieces if isinstance(piece, ToolCall)]
    assert "".join(piece.text for piece in pieces if isinstance(piece, Text)) == text
    assert (calls, end) == (arguments, wanted)


async def test_claude_is_asked_again_without_what_its_server_refuses(settings: Settings) -> None:
    settings.MODELS = {"claude-other": {"temperature": True}}
    words = {"type": "error", "error": {"type": "invalid_request_error", "message":
             "`temperature` is deprecated for this model."}}  # fmt: skip
    plan = lambda body: (
        refusal(400, words)
        if "temperature" in body
        else Answer(tuple(map(event, [HELLO, stop("end_turn"), STOP])))
    )
    async with running(settings, plan) as server:
        settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
        settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = server.address, "sk-ant-123"
        prompt = Prompt("claude-other", QUESTION, temperature=0.5)
        for _ in range(2):
            stream = registry.chat_model("claude-other").stream(prompt)
            said = [piece async for piece in stream]
            assert isinstance(said[0], Text)
    assert ["temperature" in body for body in server.requests] == [True, False, False]


async def test_a_key_of_claude_s_goes_to_no_other_server(settings: Settings) -> None:
    answer = Answer(tuple(map(event, [HELLO, stop("end_turn"), STOP])))
    async with running(settings, answer) as other:
        moved = refusal(307, "moved", Location=f"{other.address}/messages")
        async with running(settings, moved) as server:
            settings.OPENAI_BASE_URL = settings.OPENAI_API_KEY = ""
            settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = server.address, "sk-ant-123"
            prompt = Prompt("claude-echo", QUESTION)
            said = [piece async for piece in registry.chat_model("claude-echo").stream(prompt)]
    assert isinstance(said[0], Text)
    assert "sk-ant-123" in json.dumps(server.headers)
    assert "sk-ant-123" not in json.dumps(other.headers)
