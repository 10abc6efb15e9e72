"""Messages of a conversation in the forms that stricter servers want them in.

The conversation may have begun with another model, whose calls have ids of another form, or whose
thoughts nobody has kept.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from aiapp.llm.base import RawMessage
from aiapp.llm.providers.openai.calls import EXTRA

# Fields with thoughts that servers want to see again beside the calls that followed: DeepSeek's
# and Moonshot's, OpenRouter's, and LiteLLM's of Claude.
SEEN_AGAIN = ("reasoning_content", "reasoning_details", "thinking_blocks")
_TEXTS = {"text", "summary", "thinking"}
# The type of the thoughts that a server is to see again by the name that it gave them itself.
FIELD = "field"
# What stands for thoughts that nobody has kept; DeepSeek takes an empty text for none.
FORGOTTEN = " "
BLANK = "(nothing)"
SYSTEM = {"system", "developer"}
# Between a tool's result and what is said next, where a server wants the model's word there.
BRIDGE = "Understood."
# After the model's own word, where a server wants its user's at the end.
GO_ON = "Go on."
# By Mistral's rules for an id, which are the strictest.
ID_LENGTH = 9


def join_thoughts(fields: Mapping[str, Sequence[Any]]) -> RawMessage:
    """Return thoughts that came in parts, by the names of their fields."""
    told: RawMessage = {}
    for name, parts in fields.items():
        if all(isinstance(part, str) for part in parts):
            told[name] = "".join(parts)
        else:
            told[name] = list(_join_blocks(parts))
    return told


def _join_blocks(parts: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Yield blocks of thoughts; those of the same number follow each other in parts."""
    block: dict[str, Any] = {}
    texts: dict[str, list[str]] = {}
    flat = (each for part in parts for each in (part if isinstance(part, list) else [part]))
    for each in (each for each in flat if isinstance(each, dict)):
        if block and any(block.get(key) != each.get(key) for key in ("type", "index")):
            yield block | {key: "".join(told) for key, told in texts.items()}
            block, texts = {}, {}
        for key, value in each.items():
            if key in _TEXTS and isinstance(value, str):
                texts.setdefault(key, []).append(value)
            elif value is not None or key not in block:
                block[key] = value
    if block:
        yield block | {key: "".join(told) for key, told in texts.items()}


def give_thoughts_back(message: RawMessage, *, keeps: bool) -> RawMessage:
    """Put what came with a message's calls where its server had it; another vendor's is dropped."""
    thoughts = [each for each in message.pop("thoughts", ()) if keeps]
    extras = {each["call"]: each[EXTRA] for each in thoughts if each.get("type") == EXTRA}
    if extras:
        message["tool_calls"] = [
            call | ({EXTRA: extras[call["id"]]} if call["id"] in extras else {})
            for call in message["tool_calls"]
        ]
    for each in thoughts:
        if each.get("type") == FIELD:
            message |= each["fields"]
    return message


def fill_thoughts(message: RawMessage) -> RawMessage:
    """Give the model's word some thoughts, where a server wants to see them and none were kept."""
    if message["role"] != "assistant" or message.get("reasoning_content"):
        return message
    return message | {"reasoning_content": FORGOTTEN}


def shorten_ids(message: RawMessage) -> RawMessage:
    """Return the message with ids of calls that every server takes, the same for the same id."""
    if "tool_call_id" in message:
        message = message | {"tool_call_id": _shorten(message["tool_call_id"])}
    if message.get("tool_calls"):
        calls = [call | {"id": _shorten(call.get("id"))} for call in message["tool_calls"]]
        message = message | {"tool_calls": calls}
    return message


def _shorten(call_id: Any) -> str:
    return sha256(str(call_id).encode("utf-8", "replace")).hexdigest()[:ID_LENGTH]


def fill_blank(message: RawMessage) -> RawMessage:
    """Say something where a message says nothing, unless it calls tools instead."""
    content = message.get("content")
    if isinstance(content, list):
        return message | {"content": [each for each in content if not _is_blank(each)] or BLANK}
    if isinstance(content, str) and content.strip():
        return message
    if message.get("tool_calls"):
        return {key: value for key, value in message.items() if key != "content"}
    return message | {"content": BLANK}


def _is_blank(part: Any) -> bool:
    text = part.get("text") if isinstance(part, Mapping) else part
    return isinstance(text, str) and not text.strip()


def fill_null(message: RawMessage) -> RawMessage:
    """Give a message without a content an empty one."""
    return message if message.get("content") is not None else message | {"content": ""}


def bridge_tools(messages: Iterable[RawMessage]) -> list[RawMessage]:
    """Let the model speak between a tool's result and what its user says next."""
    found: list[RawMessage] = []
    for message in messages:
        if found and found[-1]["role"] == "tool" and message["role"] == "user":
            found.append({"role": "assistant", "content": BRIDGE})
        found.append(message)
    return found


def begin_with_user(messages: Iterable[RawMessage]) -> list[RawMessage]:
    """Let a user speak first, after the system."""
    found = list(messages)
    at = next((n for n, each in enumerate(found) if each["role"] not in SYSTEM), len(found))
    if at < len(found) and found[at]["role"] != "user":
        found.insert(at, {"role": "user", "content": BLANK})
    return found


def end_with_user(messages: Iterable[RawMessage]) -> list[RawMessage]:
    """Let a user speak last, where the model's word is to be gone on with."""
    found = list(messages)
    if found and found[-1]["role"] == "assistant":
        found.append({"role": "user", "content": GO_ON})
    return found
