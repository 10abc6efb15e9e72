"""A request that is refused in other words still loses nothing but what these words mean."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.base import Prompt
from aiapp.llm.tests.providers.test_the_form_that_a_server_wants import CALLED
from aiapp.llm.tests.providers.test_what_a_server_refuses_is_left_out import (
    ANSWER,
    CHAT,
    PICTURE,
    WEATHER,
    Body,
    _nothing_is_known,
    ask,
    has_picture,
    openai_error,
    roles,
)
from aiapp.llm.tests.scripted_server import refusal, running

__all__ = ["_nothing_is_known"]

SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}
SHOWN = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]
DEVELOPER = [{"role": "developer", "content": "Be brief."}, CHAT[1]]
TWICE = [*CHAT, CHAT[1]]
CUT = [*CHAT, {"role": "assistant", "content": "Hel"}]
GREETED = [CHAT[0], {"role": "assistant", "content": "Hi"}, CHAT[1]]
Refuses = Callable[[Body], bool]


def has(name: str) -> Refuses:
    return lambda body: name in body


def has_role(role: str) -> Refuses:
    return lambda body: role in roles(body)


def has_bound(body: Body) -> bool:
    return "max_tokens" in body or "max_completion_tokens" in body


def is_schema(body: Body) -> bool:
    return bool(body.get("response_format") == SCHEMA)


def begins_with_answer(body: Body) -> bool:
    return next(role for role in roles(body) if role != "system") != "user"


def ends_with_answer(body: Body) -> bool:
    return roles(body)[-1] == "assistant"


def is_said_twice(body: Body) -> bool:
    return ("user", "user") in pairwise(roles(body))


def unknown_role(role: str) -> str:
    return (
        "Failed to deserialize the JSON body into the target type: messages[0].role: unknown "
        f"variant `{role}`, expected one of `system`, `user`, `assistant` at line 1 column 30"
    )


# What is refused, the status and words, the messages and options of the request, and what of
# these may be gone where the server answers.
CASES: dict[str, tuple[Refuses, int, str, list[Any], dict[str, Any], set[str]]] = {
    "tools: forbidden": (has("tools"), 403, "This model does not support tools", CHAT, {},
        {"tools"}),
    "tools: a gateway": (has("tools"), 404, "No providers found that support tools", CHAT, {},
        {"tools"}),
    "DeepSeek: a choice of tools": (has("tool_choice"), 400,
        "Thinking mode does not support this tool_choice", CHAT, {"tool_choice": "required"},
        {"tool_choice"}),
    "Bedrock: a key": (has("stream_options"), 400, "Malformed input request: #: extraneous key "
        "[stream_options] is not permitted, please reformat your input", CHAT, {},
        {"stream_options"}),
    "Moonshot: a temperature": (has("temperature"), 400,
        "invalid temperature: only 1 is allowed for this model", CHAT, {}, {"temperature"}),
    "DeepSeek: the range of a bound": (has_bound, 400,
        "Invalid max_tokens value, the valid range of max_tokens is [1, 8]", CHAT, {}, set()),
    "a bound by another name": (has_bound, 400,
        "This model supports at most 8 completion tokens, whereas you provided 50.", CHAT, {},
        set()),
    "a developer in Rust": (has_role("developer"), 400, unknown_role("developer"), DEVELOPER, {},
        set()),
    "a developer in Python": (has_role("developer"), 422, "[{'loc': ['body', 'messages', 0, 'role']"
        ", 'msg': \"Input should be 'system', 'user', 'assistant' or 'tool'\"}]", DEVELOPER, {},
        set()),
    "a tool's role": (has_role("tool"), 400, "Unexpected role: tool", CALLED, {}, {"tools"}),
    "a tool's role in Rust": (has_role("tool"), 422, unknown_role("tool"), CALLED, {}, {"tools"}),
    "no structured outputs": (is_schema, 400, "This model does not support structured outputs",
        CHAT, {"response_format": SCHEMA}, set()),
    "no JSON": (has("response_format"), 400, "JSON mode is not supported for this model", CHAT,
        {"response_format": SCHEMA}, {"response_format"}),
    "DeepSeek: pictures": (has_picture, 400, "Failed to deserialize the JSON body into the target "
        "type: messages[0]: unknown variant `image_url`, expected `text`", SHOWN, {}, set()),
    "pictures in Chinese": (has_picture, 400, "该模型不支持图片输入", SHOWN, {}, set()),
    "Zhipu: pictures": (has_picture, 400, "messages.content.type is invalid, allowed values: "
        "['text']", SHOWN, {}, set()),
    "a template's pictures": (has_picture, 500, 'can only concatenate str (not "list") to str',
        SHOWN, {}, set()),
    "Devstral: roles": (is_said_twice, 500, "Jinja Exception: After the optional system message, "
        "conversation roles must alternate user and assistant roles except for tool calls and "
        "results.", TWICE, {}, set()),
    "Gemini: roles": (is_said_twice, 400, "Please ensure that multiturn requests alternate between "
        "user and model.", TWICE, {}, set()),
    "Claude: the last word": (ends_with_answer, 400, "This model does not support assistant message"
        " prefill. The conversation must end with a user message.", CUT, {}, set()),
    "Mistral: the last word": (ends_with_answer, 400, "Expected last role User or Tool (or "
        "Assistant with prefix True) for serving but got assistant", CUT, {}, set()),
    "llama.cpp: the last word": (ends_with_answer, 500,
        "Assistant response prefill is incompatible with enable_thinking.", CUT, {}, set()),
    "Bedrock: the first word": (begins_with_answer, 400, "A conversation must start with a user "
        "message. Try again with a conversation that starts with a user message.", GREETED, {},
        set()),
    "Qwen: nobody asks": (lambda body: "user" not in roles(body), 400,
        "No user query found in messages.", CHAT[:1], {}, set()),
    "Ollama: thinking": (has("reasoning_effort"), 400, '"llama3" does not support thinking', CHAT,
        {"reasoning_effort": "high"}, {"reasoning_effort"}),
    "Ollama: how much to think": (has("reasoning_effort"), 400,
        'think value "high" is not supported for this model', CHAT, {"reasoning_effort": "high"},
        {"reasoning_effort"}),
    "a parameter in words": (has("frequency_penalty"), 400, "frequency penalty is not supported",
        CHAT, {"frequency_penalty": 0.5}, {"frequency_penalty"}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_only_what_is_refused_is_left_out(
    settings: Settings, case: tuple[Refuses, int, str, list[Any], dict[str, Any], set[str]]
) -> None:
    refuses, status, words, messages, options, gone = case
    settings.MODELS = {}
    given = {"tools": [WEATHER], **options}
    prompt = Prompt("a-model", messages, temperature=0.5, max_tokens=50, options=given)
    plan = lambda body: refusal(status, openai_error(words)) if refuses(body) else ANSWER
    async with running(settings, plan) as server:
        assert await ask(prompt) == "Hello world"
    assert len(server.requests) <= 3
    last = server.requests[-1]
    assert {"stream_options", "temperature", *given} - last.keys() == gone
    assert "Be brief." in str(last) or messages is SHOWN


async def test_an_answer_has_a_bound_where_the_server_wants_one(settings: Settings) -> None:
    words = openai_error("max_tokens: Field required")
    plan = lambda body: ANSWER if has_bound(body) else refusal(400, words)
    async with running(settings, plan) as server:
        assert await ask(Prompt("a-model", CHAT)) == await ask(Prompt("a-model", CHAT))
    assert len(server.requests) == 3
