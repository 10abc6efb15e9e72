"""The faults of one question take nothing from the next one that asks the same model.

A server that refuses a damaged picture, a tool with a bad schema or a call without its result says
so in words that hold "image" and "tool", as one does that cannot see or call at all.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from aiapp.llm.base import Prompt
from aiapp.llm.catalogue import lessons
from aiapp.llm.tests.providers.test_what_a_server_refuses_is_left_out import (
    ANSWER,
    CHAT,
    FULL,
    HISTORY,
    PICTURE,
    WEATHER,
    Body,
    ask,
    has_calls,
    has_picture,
    openai_error,
)
from aiapp.llm.tests.scripted_server import refusal, running

SEEN = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, PICTURE]}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}
Refuses = Callable[[Body], bool]


def with_options(**options: Any) -> Prompt:
    return Prompt("a-model", CHAT, options=options)


CALLING = with_options(tools=[WEATHER])
CALLED = Prompt("a-model", HISTORY[:-1], options={"tools": [WEATHER]})
PICTURES = [
    "You uploaded an unsupported image. Please make sure your image has of one the following "
    "formats: ['png', 'jpeg', 'gif', 'webp'].",
    "Could not process image",
    "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6500712 bytes",
    "At least one of the image dimensions exceed max allowed size: 8000 pixels",
    "Failed to download image from https://example.org/x.png.",
    "cannot identify image file <_io.BytesIO object at 0x7f>",
    "At most 1 image(s) may be provided in one request.",
    "Unable to process input image. Please retry",
    "Image URLs are only allowed for messages with role 'user'",
]
TOOLS = [
    "Invalid schema for function 'weather': In context=(), array schema missing items.",
    "Invalid 'tools[0].function.name': string does not match pattern '^[a-zA-Z0-9_-]+$'.",
    "tools: Tool names must be unique.",
    "Invalid 'tools': array too long. Expected an array with maximum length 128",
    "tool call validation failed: parameters for tool x did not match schema",
    "Failed to call a function. See 'failed_generation' for more details. tool_use_failed",
    "error parsing tool call: unexpected end of JSON input",
]
HISTORIES = [
    "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'. The following tool_call_ids did not have response messages: a",
    "insufficient tool messages following tool_calls message",
    "Please ensure that function call turn comes immediately after a user turn",
    "Not the same number of function calls and responses",
    "Unexpected role 'tool' after role 'user'",
    "Bad Request",
]
VALUES: list[tuple[str, Any, str]] = [
    ("response_format", SCHEMA, "Invalid schema for response_format 'n': In context=()"),
    ("response_format", {"type": "json_object"}, "'messages' must contain the word 'json' to use "
     "'response_format' of type 'json_object'."),
    ("tool_choice", {"type": "function", "function": {"name": "x"}}, "Invalid value for "
     "'tool_choice': Tool choice 'function' not found in 'tools' parameter."),
    ("stop", " ", "stop: each stop sequence must contain non-whitespace"),
    ("logit_bias", {"x": 5}, "Invalid key in 'logit_bias': x."),
    ("reasoning_effort", "minimal", "'reasoning_effort' does not support 'minimal' with this "
     "model. Supported values are: 'low' and 'high'."),
    ("temperature", 1.7, "Invalid value for 'temperature': expected a value <= 1.0"),
    ("seed", 2**40, "Invalid value at 'generation_config.seed' (TYPE_INT32)"),
]  # fmt: skip
CASES: list[tuple[str, Prompt, Refuses]] = [
    *((words, Prompt("a-model", SEEN), has_picture) for words in [*PICTURES, "Bad Request"]),
    *((words, CALLING, lambda body: "tools" in body) for words in TOOLS),
    *((words, CALLED, has_calls) for words in HISTORIES),
    *((words, with_options(**{name: value}), lambda body, n=name, v=value: body.get(n) == v)
      for name, value, words in VALUES),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_is_heard_of_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out what other tests left in Redis, which would be read when its time has come."""
    monkeypatch.setattr(lessons, "_refreshed", math.inf)
    lessons._known.clear()


@pytest.mark.parametrize(("words", "prompt", "refuses"), CASES)
async def test_it_is_answered_as_far_as_it_can_be_and_nothing_is_kept(
    settings: Settings, words: str, prompt: Prompt, refuses: Refuses
) -> None:
    told = refusal(400, openai_error(words))
    async with running(settings, lambda body: told if refuses(body) else ANSWER) as server:
        assert await ask(prompt) == "Hello world"
        assert not lessons._known
        server.requests.clear()
        assert await ask(FULL) == "Hello world"
    assert "tools" in server.requests[0]
    assert server.requests[0]["temperature"] == 0.5


async def test_a_param_that_is_a_part_of_every_request_says_nothing(settings: Settings) -> None:
    words = openai_error("'messages' must contain the word 'json' in some form, to use "
                         "'response_format' of type 'json_object'.", param="messages")  # fmt: skip
    prompt = with_options(response_format={"type": "json_object"}, top_p=0.5)
    plan = lambda body: refusal(400, words) if "response_format" in body else ANSWER
    async with running(settings, plan) as server:
        assert await ask(prompt) == "Hello world"
    assert server.requests[-1]["top_p"] == 0.5
    assert not lessons._known
