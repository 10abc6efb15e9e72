"""A prompt in the form of Anthropic's Messages API."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_anthropic import ChatAnthropic
from langchain_anthropic.chat_models import convert_to_anthropic_tool
from langchain_core.messages import BaseMessage, SystemMessage, convert_to_messages

from aiapp.llm.base import ChatMessage, Prompt, RawMessage
from aiapp.llm.catalogue.facts import look_up_model
from aiapp.llm.errors import BadRequest

# The API wants a bound on every answer.
ANSWER_TOKENS = 8_192
TOOL_CHOICES = {"auto": "auto", "required": "any", "none": "none"}
# OpenAI's parameters that mean the same there; of others Claude knows nothing.
SAME = ("top_p", "reasoning_effort", "response_format", "thinking", "metadata")

THINKING = {"thinking", "reasoning_effort"}
# Blocks of thoughts, legible or not, that it wants to see again as they were.
THOUGHTS = ("thinking", "redacted_thinking")
# What no id of a call may hold there; Moonshot's are called after the tool, as in `functions.x:0`.
_NO_ID = re.compile(r"[^a-zA-Z0-9_-]")


class Claude(ChatAnthropic):
    """LangChain's model, for the requests that it makes."""

    def body(self, messages: list[BaseMessage], **options: Any) -> dict[str, Any]:
        return self._get_request_payload(messages, **options)


def body(prompt: Prompt) -> dict[str, Any]:
    """Build the body of the request. Raises BadRequest for what has no form there."""
    try:
        options = _options(prompt)
        claude = Claude.model_validate({"model": prompt.model, "api_key": "not used"})
        return claude.body(_messages(prompt.messages), **options)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRequest() from error


def _messages(prompt_messages: Sequence[ChatMessage | RawMessage]) -> list[BaseMessage]:
    """The system's word comes first there, and once."""
    messages = convert_to_messages([_translate(dict(message)) for message in prompt_messages])
    system = [message.text for message in messages if isinstance(message, SystemMessage)]
    others = [message for message in messages if not isinstance(message, SystemMessage)]
    return [SystemMessage("\n\n".join(system)), *others] if system else others


def _translate(message: RawMessage) -> RawMessage:
    """Return a message with its thoughts and its calls' ids in Claude's form.

    Thoughts come before what was said, as blocks of the content.
    """
    thoughts = _find_thoughts(message)
    message.pop("thoughts", None)
    if "tool_call_id" in message:
        message["tool_call_id"] = _NO_ID.sub("_", str(message["tool_call_id"]))
    if message.get("tool_calls"):
        message["tool_calls"] = [
            call | {"id": _NO_ID.sub("_", str(call.get("id")))} for call in message["tool_calls"]
        ]
    if not thoughts:
        return message
    text = message.get("content")
    return message | {"content": [*thoughts, *([{"type": "text", "text": text}] if text else [])]}


def _find_thoughts(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the thoughts of a message that are Claude's own."""
    return [each for each in message.get("thoughts", ()) if each.get("type") in THOUGHTS]


def _options(prompt: Prompt) -> dict[str, Any]:
    requested, model = prompt.options, look_up_model(prompt.model)
    options = {name: requested[name] for name in SAME if requested.get(name) is not None}
    if _forgot(prompt.messages):
        options = {name: value for name, value in options.items() if name not in THINKING}
    temperature = requested.get("temperature", prompt.temperature)
    if temperature is not None and model.temperature:
        # OpenAI's scale ends at 2, Anthropic's at 1.
        options["temperature"] = min(temperature, 1.0)
    most = (
        requested.get("max_completion_tokens") or requested.get("max_tokens") or prompt.max_tokens
    )
    options["max_tokens"] = most or min(model.output or ANSWER_TOKENS, ANSWER_TOKENS)
    if stop := requested.get("stop"):
        options["stop_sequences"] = [stop] if isinstance(stop, str) else stop
    return options | _tools(requested)


def _forgot(messages: Sequence[ChatMessage | RawMessage]) -> bool:
    """Check for answered calls that came without thoughts: Claude may not think on then."""
    if messages[-1]["role"] != "tool":
        return False
    calling = [message for message in messages if message["role"] == "assistant"]
    return not (calling and _find_thoughts(calling[-1]))


def _tools(requested: Mapping[str, Any]) -> dict[str, Any]:
    if not requested.get("tools"):
        return {}
    options: dict[str, Any] = {"tools": [convert_to_anthropic_tool(t) for t in requested["tools"]]}
    choice = requested.get("tool_choice") or "auto"
    if isinstance(choice, dict):
        form = {"type": "tool", "name": choice["function"]["name"]}
    else:
        form = {"type": TOOL_CHOICES[choice]}
    if requested.get("parallel_tool_calls") is False and form["type"] != "none":
        form["disable_parallel_tool_use"] = True
    return options | {"tool_choice": form}
