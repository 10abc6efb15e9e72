"""The request for a chat completion, without what its server is known to refuse.

What may be left out, besides the parameters by their own names:

    max_tokens      the bound goes by its newer name; without either name there is none
    json_schema     a schema becomes "some JSON"
    tools           with all that belongs to them; calls in the history become text
    tool_schemas    what describes their arguments, but for the plainest of it
    system          the system's word goes into the first question
    one_system      several words of the system become one, at the beginning
    alternate       messages of the same role that follow each other become one
    pictures        contents are text alone
    name            who says a message
    thoughts        what the vendor wants to see again of a call
    no_thoughts     answers without any, where the server wants to see those of all
    call_ids        ids of calls in the form of another vendor
    blanks          messages that say nothing
    nulls           messages without a content
    after_tools     a user's word that follows a tool's at once
    first, last     a conversation that begins, or ends, with the model's word
    no_bound        an answer without a bound on its length
    extras          all parameters but tools and bounds
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from aiapp.llm.base import ChatMessage, Prompt, RawMessage
from aiapp.llm.catalogue.facts import look_up_model
from aiapp.llm.providers.openai import history
from aiapp.llm.providers.openai.schemas import simplify_tools

Body = dict[str, Any]

REQUIRED = {"model", "messages", "stream"}
BOUNDS = ("max_tokens", "max_completion_tokens")
TOOLS = {"tools", "tool_choice", "parallel_tool_calls", "functions", "function_call"}
# Too much for the model's context together with the prompt; left out for one question.
ALL_BOUNDS = "all_bounds"
# An answer's bound for a server that wants one where nobody has set it.
DEFAULT_BOUND = 4_096
PICTURE = "[A picture that you cannot see.]"


def compose(prompt: Prompt, left_out: Collection[str]) -> Body:
    """Return the body of a request."""
    body = _list_parameters(prompt, left_out)
    thinks = not look_up_model(prompt.model).temperature
    if thinks and "temperature" not in prompt.options:
        body.pop("temperature", None)
    _name_bound(body, left_out, newer=thinks)
    if "json_schema" in left_out and _build_format(body) == "json_schema":
        body["response_format"] = {"type": "json_object"}
    omitted = set(left_out) | (TOOLS if "tools" in left_out else set())
    if "extras" in left_out:
        omitted |= body.keys() - TOOLS - REQUIRED - set(BOUNDS)
    if "tool_schemas" in left_out and "tools" in body:
        body["tools"] = simplify_tools(body["tools"])
    if "stream" in left_out:
        body["stream"] = False
        omitted.add("stream_options")
    body = {key: value for key, value in body.items() if key not in omitted or key in REQUIRED}
    return {"model": prompt.model, "messages": build_messages(prompt.messages, left_out)} | body


def _list_parameters(prompt: Prompt, left_out: Collection[str]) -> Body:
    body: Body = {"stream": True, "stream_options": {"include_usage": True}}
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    if prompt.max_tokens:
        body["max_tokens"] = prompt.max_tokens
    body |= prompt.options
    if "no_bound" in left_out and not any(name in body for name in BOUNDS):
        body["max_tokens"] = DEFAULT_BOUND
    return body


def _name_bound(body: Body, left_out: Collection[str], *, newer: bool) -> None:
    """Give the bound on the answer's length the name that the model knows."""
    bounds = [body.pop(name) for name in reversed(BOUNDS) if name in body]
    names = [name for name in (reversed(BOUNDS) if newer else BOUNDS) if name not in left_out]
    names = [] if ALL_BOUNDS in left_out else names
    if bounds and names:
        body[names[0]] = bounds[0]


def _build_format(body: Body) -> str:
    wanted = body.get("response_format")
    return str(wanted.get("type")) if isinstance(wanted, dict) else ""


def build_messages(
    messages: Sequence[ChatMessage | RawMessage], left_out: Collection[str]
) -> list[RawMessage]:
    """Return the messages in a form that the server takes."""
    keeps = "thoughts" not in left_out
    found = [history.give_thoughts_back(dict(message), keeps=keeps) for message in messages]
    for what, mend in _MENDED.items():
        if what in left_out:
            found = [mend(message) for message in found]
    if "after_tools" in left_out:
        found = history.bridge_tools(found)
    if "first" in left_out:
        found = history.begin_with_user(found)
    if "last" in left_out:
        found = history.end_with_user(found)
    if "system" in left_out:
        found = _merge_into_question(found)
    elif "one_system" in left_out:
        found = _system_first(found)
    return _make_alternate(found) if "alternate" in left_out else found


def _remove_calls(message: RawMessage) -> RawMessage:
    if message["role"] == "tool":
        return {"role": "user", "content": f"A tool answered:\n{_extract_text(message['content'])}"}
    calls = message.get("tool_calls")
    if not calls:
        return message
    functions = [call.get("function") or {} for call in calls]
    lines = [f"(I call {each.get('name')} with {each.get('arguments')}.)" for each in functions]
    said = "\n".join(filter(None, [_extract_text(message.get("content")), *lines]))
    return {"role": message["role"], "content": said}


def _in_words(message: RawMessage) -> RawMessage:
    content = message.get("content")
    return message | {"content": _extract_text(content)} if isinstance(content, list) else message


def _extract_text(content: Any) -> str:
    if not isinstance(content, list):
        return str(content or "")
    parts = [part.get("text", PICTURE) if isinstance(part, dict) else part for part in content]
    return "\n".join(map(str, parts))


def _remove_name(message: RawMessage) -> RawMessage:
    return {key: message[key] for key in message if key != "name"}


# What is done to each message for what is left out of it.
_MENDED = {
    "tools": _remove_calls,
    "name": _remove_name,
    "pictures": _in_words,
    "no_thoughts": history.fill_thoughts,
    "call_ids": history.shorten_ids,
    "blanks": history.fill_blank,
    "nulls": history.fill_null,
}


def _is_system(message: RawMessage) -> bool:
    return message["role"] in history.SYSTEM


def _system_first(messages: Iterable[RawMessage]) -> list[RawMessage]:
    messages = list(messages)
    system = [_extract_text(message["content"]) for message in messages if _is_system(message)]
    others = [message for message in messages if not _is_system(message)]
    return [{"role": "system", "content": "\n\n".join(system)}, *others] if system else others


def _merge_into_question(messages: Iterable[RawMessage]) -> list[RawMessage]:
    first, *others = _system_first(messages)
    if not _is_system(first):
        return [first, *others]
    question: RawMessage = {"role": "user", "content": first["content"]}
    if others and others[0]["role"] == "user":
        return [_merge_messages(question, others[0]), *others[1:]]
    return [question, *others]


def _make_alternate(messages: Iterable[RawMessage]) -> list[RawMessage]:
    found: list[RawMessage] = []
    for message in messages:
        can_join = message["role"] != "tool" and "tool_calls" not in message
        if found and can_join and found[-1]["role"] == message["role"]:
            found[-1] = _merge_messages(found[-1], message)
        else:
            found.append(message)
    return found


def _merge_messages(first: RawMessage, second: RawMessage) -> RawMessage:
    content, more = first.get("content") or "", second.get("content") or ""
    if isinstance(content, str) and isinstance(more, str):
        return first | {"content": "\n\n".join(filter(None, [content, more]))}
    parts = [each if isinstance(each, list) else _part(each) for each in (content, more) if each]
    return first | {"content": [part for each in parts for part in each]}


def _part(text: str) -> list[dict[str, str]]:
    return [{"type": "text", "text": text}]
