"""More ways of servers that speak OpenAI's protocol, each from a public report of a client's."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.base import End, Prompt, Reasoning, Text, ToolCall
from aiapp.llm.errors import ModelError
from aiapp.llm.tests.providers.test_servers_speak_in_their_own_ways import (
    KST,
    QUESTION,
    SEOUL,
    TEXT,
    TIME,
    WEATHER,
    Way,
    ask,
    call,
    calls,
    join_text,
    stream,
)
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, delta, event, finish, running

OFFERED = [{"type": "function", "function": {"name": name}} for name in ("weather", "time")]
NOTHING = {"name": None, "arguments": None}


def make_way(name: str, answer: Answer, *expected: tuple[str, Any]) -> Way:
    return Way(name, answer, "", calls=list(expected) or [WEATHER], reason="tool_calls")


def send_arguments(arguments: Any) -> Answer:
    return calls(call(0, "weather", arguments, "a"))


ENDS = [
    Way("vLLM: tool_calls as the reason, and none", stream(HELLO, finish("tool_calls"), DONE)),
    Way("... in an empty list", stream(HELLO, finish("tool_calls", tool_calls=[]), DONE)),
    Way("AgentRouter: data: null", stream(b"data: null\n\n", HELLO, DONE)),
    Way("a reason that is empty until the last", stream(event({"choices": [{"index": 0,
        "delta": {"content": TEXT}, "finish_reason": ""}]}), finish("length"), DONE),
        reason="length"),
    *(Way(f"a reason {reason!r}", stream(delta(content=TEXT), finish(reason), DONE),
          error="upstream_error") for reason in ["server_error", "internal_error", "failed"]),
    Way("Moonshot: engine_overloaded", stream(delta(content=TEXT), finish("engine_overloaded"),
        DONE), error="model_busy"),
    *(Way(f"Gemini: {reason}", stream(finish(reason), DONE), text="", error="content_filtered")
      for reason in ["LANGUAGE", "IMAGE_SAFETY"]),
    Way("Gemini: a malformed call", stream(finish("function_call_filter: MALFORMED_FUNCTION_CALL"),
        DONE), text="", error="upstream_error"),
    *(Way(f"a reason {reason!r}", stream(delta(content=TEXT), finish(reason), DONE),
          reason="length") for reason in ["context_window_exceeded", "incomplete", "truncated"]),
    *(Way(f"a reason {reason!r}", stream(finish(reason), DONE), text="", error="content_filtered")
      for reason in ["BLOCKED", "violation"]),
    Way("Cohere: USER_CANCEL", stream(delta(content=TEXT), finish("USER_CANCEL"), DONE),
        error="upstream_error"),
    Way("all of it again with the reason", stream(delta(content="Hello world, all"),
        delta(content=" of you"), finish(content="Hello world, all of you"), DONE),
        text="Hello world, all of you"),
    Way("an error that says success", stream(event({"error": {"code": 0, "message": "success"},
        "choices": [{"delta": {"content": TEXT}}]}), finish(), DONE)),
    *(Way(f"a token that ends a text: {token}", stream(delta(content=f"Hello world{token[:4]}"),
        delta(content=token[4:] + blank), finish(), DONE)) for token, blank in [
        ("<|im_end|>", ""), ("<|eot_id|>", "\n"), ("<end_of_turn>", ""),
        ("<|im_end|><|endoftext|>", " \n")]),
    Way("such a token that is talked about", stream(delta(content="It is <|im_end|>"),
        delta(content=" or `<|eot_id|>`."), finish(), DONE),
        text="It is <|im_end|> or `<|eot_id|>`."),
]  # fmt: skip
TOOLS = [
    make_way("qwen-plus: a part of nulls", calls(call(0, "weather", SEOUL, "a"),
        {"index": 0, "id": "", "function": NOTHING})),
    make_way("a part that is but an id", calls(call(0, "weather", SEOUL, "a"),
        {"index": 1, "id": "z", "function": NOTHING})),
    make_way("an index that counts the parts", calls(call(0, "weather", "", "a"),
        call(1, None, SEOUL[:9]), call(2, None, SEOUL[9:]))),
    make_way("... of two calls", calls(call(0, "weather", SEOUL[:9], "a"), call(1, None, SEOUL[9:]),
        call(2, "time", KST[:9], "b"), call(3, None, KST[9:])), WEATHER, TIME),
    make_way("Cloudflare: nulls in further parts", calls(call(0, "weather", "", "a"), *(
        {"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": letter}}
        for letter in SEOUL))),
    make_way("indexes that are null", calls({"index": None, "id": "a", "function":
        {"name": "weather", "arguments": SEOUL[:9]}}, {"index": None, "id": None, "function":
        {"name": None, "arguments": SEOUL[9:]}})),
    make_way("both forms of a call", stream(delta(tool_calls=[call(0, "weather", SEOUL, "a")],
        function_call={"name": "weather", "arguments": SEOUL}), finish("tool_calls"), DONE)),
    make_way("calls beside the delta", stream(event({"choices": [{"index": 0, "delta": {},
        "tool_calls": [call(0, "weather", SEOUL, "a")], "finish_reason": "tool_calls"}]}), DONE)),
    *(make_way(f"a tool called {name}", calls(call(0, name, SEOUL, "a"))) for name in
      ["functions.weather", "default_api:weather", "Weather"]),
    make_way("a mark behind arguments", send_arguments(SEOUL + "</tool_call>")),
    make_way("None for arguments", send_arguments("None"), ("weather", {})),
    make_way("arguments between fences", send_arguments(f"```json\n{SEOUL}\n```")),
    make_way("arguments said twice", send_arguments(SEOUL + SEOUL)),
    make_way("a line feed in arguments", send_arguments('{"place": "Se\noul"}'),
           ("weather", {"place": "Se\noul"})),
]  # fmt: skip


@pytest.mark.parametrize("way", [*ENDS, *TOOLS], ids=lambda way: way.name)
async def test_the_answer_is_complete_or_one_right_error(settings: Settings, way: Way) -> None:
    settings.MODEL_FIRST_TOKEN_SECONDS = settings.MODEL_IDLE_SECONDS = 30
    async with running(settings, way.answer):
        answer = await ask(Prompt("a-model", QUESTION, options={"tools": OFFERED}))
    end = answer[-1]
    made = [(each.name, json.loads(each.arguments)) for each in answer if type(each) is ToolCall]
    assert join_text(answer, Text) == way.text
    assert join_text(answer, Reasoning) == ""
    assert made == way.calls
    if way.error:
        assert isinstance(end, ModelError)
        assert end.reason == way.error
    else:
        assert isinstance(end, End)
        assert end.finish_reason == way.reason
