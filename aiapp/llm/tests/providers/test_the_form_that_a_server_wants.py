"""A server that wants messages or tools in another form is asked again in that form.

The words are those of the servers in public reports; each server here refuses as the real one does.
"""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm import vendors
from aiapp.llm.base import End, Prompt, ToolCall
from aiapp.llm.tests.providers.test_what_a_server_refuses_is_left_out import (
    ANSWER,
    CHAT,
    WEATHER,
    Body,
    _nothing_is_known,
    ask,
    openai_error,
    roles,
)
from aiapp.llm.tests.scripted_server import DONE, HELLO, Answer, delta, finish, refusal, running

__all__ = ["_nothing_is_known"]

ID = "functions.weather:0"
CALL = {"id": ID, "type": "function", "function": {"name": "weather", "arguments": "{}"}}
CALLED = [
    *CHAT,
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": ID, "content": "sunny"},
]
TWICE = [CHAT[0], {"role": "user", "content": "Hello?"}, CHAT[1]]
RICH = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": ["place"],
    "$defs": {"Unit": {"enum": ["C", "F"], "type": "string"}},
    "properties": {
        "place": {"anyOf": [{"type": "null"}, {"type": "string", "description": "Where"}]},
        "unit": {"$ref": "#/$defs/Unit", "default": "C"},
        "days": {"type": ["array", "null"]},
        "mode": {"const": "now"},
    },
}


def has_same_role_twice(body: Body) -> bool:
    said = [role for role in roles(body) if role != "tool"]
    return any(first == second for first, second in pairwise(said))


def lacks_thoughts(body: Body) -> bool:
    return any(
        each["role"] == "assistant" and not each.get("reasoning_content")
        for each in body["messages"]
    )


def has_long_ids(body: Body) -> bool:
    return not all(re.fullmatch("[a-zA-Z0-9]{9}", each) for each in ids(body))


def ids(body: Body) -> list[str]:
    found = [each["tool_call_id"] for each in body["messages"] if "tool_call_id" in each]
    return found + [call["id"] for each in body["messages"] for call in each.get("tool_calls", ())]


def speaks_after_tools(body: Body) -> bool:
    return ("tool", "user") in pairwise(roles(body))


# What the server refuses, its status and words, and a question that it refuses so.
FORMS: dict[str, tuple[Callable[[Body], bool], int, Any, list[dict[str, Any]]]] = {
    "Perplexity": (has_same_role_twice, 400, openai_error(
        "After the (optional) system message(s), user or tool message(s) should alternate with "
        "assistant message(s).", type="invalid_message", code=400), TWICE),
    "Perplexity before": (has_same_role_twice, 400, openai_error("After the (optional) system "
        "message(s), user and assistant roles should be alternating."), TWICE),
    "DeepSeek R1": (has_same_role_twice, 400, openai_error("deepseek-reasoner does not support "
        "successive user or assistant messages (messages[1] and messages[2] in your input). You "
        "should interleave the user/assistant messages in the message sequence."), TWICE),
    "DeepSeek V4": (lacks_thoughts, 400, openai_error("The `reasoning_content` in the thinking "
        "mode must be passed back to the API."), CALLED),
    "Moonshot": (lacks_thoughts, 400, openai_error("thinking is enabled but reasoning_content is "
        "missing in assistant tool call message at index 2"), CALLED),
    "Mistral: ids": (has_long_ids, 400, {"object": "error", "message": f"Tool call id was {ID} but "
        "must be a-z, A-Z, 0-9, with a length of 9.", "type": "invalid_function_call"}, CALLED),
    "OpenAI: ids": (has_long_ids, 400, openai_error("Invalid 'messages[2].tool_calls[0].id': "
        "string too long. Expected a string with maximum length 40, but got a string with length "
        "46 instead.", param="messages[2].tool_calls[0].id", code="string_above_max_length"),
        CALLED),
    "Mistral: the user after a tool": (speaks_after_tools, 400, {"object": "error", "message":
        "Unexpected role 'user' after role 'tool'", "type": "invalid_request_message_order"},
        [*CALLED, {"role": "user", "content": "Answer now."}]),
    "Bedrock: nothing said": (lambda body: any(each.get("content") == "" for each in
        body["messages"]), 400, openai_error("The text field in the ContentBlock object at "
        "messages.1.content.0 is blank. Add text to the text field, and try again."), CALLED),
    "Claude behind a gateway: nothing said": (lambda body: any(each.get("content") == "" for each
        in body["messages"]), 400, openai_error("messages: text content blocks must be non-empty"),
        [CHAT[0], {"role": "user", "content": ""}]),
    "no content": (lambda body: any(each["content"] is None for each in body["messages"]), 422,
        openai_error("messages[2].content: invalid type: null, expected a string"),
        [*CHAT, CALLED[2] | {"content": None}, CALLED[3]]),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
async def test_the_question_is_asked_again_in_it_with_its_tools(
    settings: Settings, form: tuple[Callable[[Body], bool], int, Any, list[dict[str, Any]]]
) -> None:
    refuses, status, words, messages = form
    prompt = Prompt("a-model", messages, temperature=0.5, options={"tools": [WEATHER]})
    plan = lambda body: refusal(status, words) if refuses(body) else ANSWER
    async with running(settings, plan) as server:
        assert await ask(prompt) == "Hello world"
        server.requests.clear()
        assert await ask(prompt) == "Hello world"
    (body,) = server.requests
    assert {"tools", "temperature"} <= body.keys()
    assert roles(body)[0] == "system"
    found = ids(body)
    assert not found or len(set(found)) == 1


@pytest.mark.parametrize(
    "words",
    [
        'Invalid JSON payload received. Unknown name "$schema" at \'tools[0].function_declarations'
        "[0].parameters': Cannot find field.",
        "GenerateContentRequest.tools[0].function_declarations[0].parameters.properties[days]."
        "items: missing field.",
        "Invalid schema for function 'weather': additionalProperties is not permitted",
    ],
)
async def test_tools_are_described_more_plainly_where_their_schemas_are_refused(
    settings: Settings, words: str
) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": RICH}}
    plan = lambda body: (
        refusal(400, openai_error(words))
        if "$" in json.dumps(body["tools"]) or "additional" in json.dumps(body["tools"])
        else ANSWER
    )
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT, options={"tools": [tool]})) == "Hello world"
    (sent,) = server.requests[-1]["tools"]
    assert sent["function"]["parameters"] == {
        "type": "object",
        "required": ["place"],
        "properties": {
            "place": {"type": "string", "description": "Where"},
            "unit": {"type": "string", "enum": ["C", "F"]},
            "days": {"type": "array", "items": {"type": "string"}},
            "mode": {"type": "string", "enum": ["now"]},
        },
    }


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        ("Model grok-4 does not support parameter presencePenalty.", "presence_penalty"),
        ("messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found "
         "`tool_use`.", "reasoning_effort"),
    ],
)  # fmt: skip
async def test_only_the_parameter_that_is_meant_is_left_out(
    settings: Settings, words: str, gone: str
) -> None:
    options = {"presence_penalty": 0.5, "reasoning_effort": "high", "top_p": 0.5}
    plan = lambda body: refusal(400, openai_error(words)) if gone in body else ANSWER
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT, temperature=0.5, options=options))
    assert {*options, "temperature"} - server.requests[-1].keys() == {gone}


async def test_a_model_without_tools_in_streams_is_asked_for_a_whole_answer(
    settings: Settings,
) -> None:
    words = openai_error("This model doesn't support tool use in streaming mode.")
    whole = {"choices": [{"message": {"content": "Hello world"}, "finish_reason": "stop"}]}
    plan = lambda body: refusal(400, words) if body["stream"] else refusal(200, whole)
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT, options={"tools": [WEATHER]})) == "Hello world"
    assert server.requests[-1]["tools"] == [WEATHER]


THOUGHTS = {
    "DeepSeek, Moonshot": (
        [{"reasoning_content": "Hm, "}, {"reasoning_content": "weather."}],
        {"reasoning_content": "Hm, weather."}),
    "OpenRouter": (
        [{"reasoning": "Hm, ", "reasoning_details": [
            {"type": "reasoning.text", "index": 0, "text": "Hm, ", "signature": None}]},
         {"reasoning": "so.", "reasoning_details": [
            {"type": "reasoning.text", "index": 0, "text": "so.", "signature": "abc"}]},
         {"reasoning": None, "reasoning_details": [
            {"type": "reasoning.encrypted", "index": 1, "data": "xyz", "id": "tool_1"}]}],
        {"reasoning_details": [
            {"type": "reasoning.text", "index": 0, "text": "Hm, so.", "signature": "abc"},
            {"type": "reasoning.encrypted", "index": 1, "data": "xyz", "id": "tool_1"}]}),
    "LiteLLM, of Claude": (
        [{"reasoning_content": "Hm.", "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}]},
         {"reasoning_content": "", "thinking_blocks": [
            {"type": "thinking", "thinking": "", "signature": "abc"}]}],
        {"reasoning_content": "Hm.", "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm.", "signature": "abc"}]}),
}  # fmt: skip


@pytest.mark.parametrize(("said", "wanted"), THOUGHTS.values(), ids=THOUGHTS)
async def test_thoughts_before_a_call_are_given_back_with_its_result(
    settings: Settings, said: list[dict[str, Any]], wanted: dict[str, Any]
) -> None:
    answer = Answer((
        *(delta(content=None, **each) for each in said),
        delta(tool_calls=[{"index": 0, **CALL}]), finish("tool_calls"), DONE,
    ))  # fmt: skip
    prompt = Prompt("a-model", CHAT, options={"tools": [WEATHER]})
    async with running(settings, answer) as server:
        client = await vendors.client("openai")
        *_, called, end = [piece async for piece in client.stream(prompt)]
        assert isinstance(called, ToolCall)
        assert isinstance(end, End)
        again = CALLED[2] | {"thoughts": end.thoughts}
        async for _ in client.stream(Prompt("a-model", [*CHAT, again, CALLED[3]])):
            pass
    sent = server.requests[-1]["messages"][2]
    assert {name: value for name, value in sent.items() if name in wanted} == wanted
    assert "thoughts" not in sent


async def test_a_server_that_does_not_want_to_see_thoughts_does_not_get_them(
    settings: Settings,
) -> None:
    words = openai_error(
        "The reasoning_content is an intermediate result for display purposes only. Please remove "
        "the reasoning_content from your message to reduce network traffic."
    )
    thoughts = [{"type": "field", "fields": {"reasoning_content": "Hm."}}]
    prompt = Prompt("a-model", [*CHAT, CALLED[2] | {"thoughts": thoughts}, CALLED[3]])
    plan = lambda body: refusal(400, words) if "Hm." in json.dumps(body) else Answer((HELLO, DONE))
    async with running(settings, plan) as server:
        assert await ask(prompt) == await ask(prompt) == "Hello world"
    assert len(server.requests) == 3
