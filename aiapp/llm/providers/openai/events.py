"""Reading of the events of a chat completion, in the forms in which servers send them.

The common form is read at once. Everything else that is known from public reports is below it:
parts instead of a text, a `message` instead of a `delta` (some count it up with each event), an
answer without `choices`, figures that are none.
"""

from collections.abc import Mapping
from typing import Any

from aiapp.llm.base import End
from aiapp.llm.providers.openai.calls import hear_call, hear_calls
from aiapp.llm.providers.openai.history import SEEN_AGAIN
from aiapp.llm.providers.openai.reasons import note_reason
from aiapp.llm.streams.pieces import PartialAnswer, figure
from aiapp.llm.streams.sse import Event

MAX_DEPTH = 4
# Two equal messages longer than this are one that was repeated, not two equal tokens.
MAX_TOKEN = 16
# The first that is there counts: several of them are the same in several forms.
_THOUGHTS = (
    *("reasoning_content", "reasoning", "thinking", "reasoning_text", "reasoning_details"),
    "thinking_blocks",
)
# A type may be any JSON, of which not all can be looked up in a set.
_THINKING = ("thinking", "reasoning")
_READ = ("prompt_tokens", "input_tokens", "prompt_eval_count")
_WRITTEN = ("completion_tokens", "output_tokens", "eval_count")
# Where gateways put an answer, and models' servers in their own forms its words.
_WRAPPERS = ("data", "result", "response", "output")
_OWN_TEXTS = ("response", "content")
# Fields with an error's words; any of them may be on a proxy's page as well.
_COMPLAINTS = (
    *("detail", "message", "msg", "Message", "errors", "error_msg", "error_message"),
    *("errorMessage", "error_description", "fault"),
)


def hear(event: Event, answer: PartialAnswer) -> None:
    """Note what an event tells, of the one answer that was asked for."""
    choices = event.get("choices")
    if usage := event.get("usage"):
        _count(usage, answer.end)
    if type(choices) is not list:
        choices = _odd_choices(event, answer)
    if reason := event.get("finish_reason"):
        note_reason(reason, answer)
    for choice in choices:
        if type(choice) is not dict:
            answer.odd += 1
            continue
        index = choice.get("index")
        if index == answer.choice or _is_ours(index, answer):
            _hear_choice(choice, answer)


def _hear_choice(choice: Mapping[str, Any], answer: PartialAnswer) -> None:
    delta = choice.get("delta")
    if type(delta) is not dict or "message" in choice:
        delta = _odd_delta(choice, answer)
    content, reason = delta.get("content"), choice.get("finish_reason")
    if type(content) is str and not reason:
        answer.texts.append(content)
    elif content is not None:
        _hear_content(content, answer, is_last=bool(reason))
    if content is None or len(delta) > 1:
        _hear_more(delta, answer)
    if reason:
        note_reason(reason, answer)
    if "usage" in choice or "error" in choice or "tool_calls" in choice:
        _hear_beside(choice, answer)


def _hear_content(content: Any, answer: PartialAnswer, *, is_last: bool) -> None:
    if not isinstance(content, str):
        _hear_parts(content, answer, MAX_DEPTH)
    # Some gateways end with a part that says all of it again.
    elif not (is_last and len(content) > MAX_TOKEN and answer.has_said(content)):
        answer.texts.append(content)


def _hear_beside(choice: Mapping[str, Any], answer: PartialAnswer) -> None:
    """Note what stands beside a delta."""
    if calls := choice.get("tool_calls"):
        hear_calls(calls, answer)
    if usage := choice.get("usage"):
        # Moonshot's figures stand here.
        _count(usage, answer.end)
    if error := choice.get("error"):
        # OpenRouter's, of the server that it asked.
        answer.complaint, answer.is_broken = answer.complaint or error, True


def _is_ours(index: Any, answer: PartialAnswer) -> bool:
    """Tell the answer that is read, the first, from others; not every server counts from 0."""
    if answer.choice is None:
        answer.choice = index
    return index is None or str(answer.choice) == str(index)


def _odd_choices(event: Event, answer: PartialAnswer) -> list[Any]:
    choices = event.get("choices")
    if isinstance(choices, dict):
        return [choices]
    if isinstance(choices, str):
        answer.odd += 1
        return []
    groq = event.get("x_groq")
    if isinstance(groq, dict):
        _count(groq.get("usage"), answer.end)
    return _other_form(event, answer)


def _other_form(event: Event, answer: PartialAnswer) -> list[Any]:
    """Return choices of what an event without any says: a gateway's, or a server's own form."""
    for name in _WRAPPERS:
        inner = event.get(name)
        if isinstance(inner, dict) and isinstance(inner.get("choices"), list):
            _count(inner.get("usage"), answer.end)
            choices: list[Any] = inner["choices"]
            return choices
    message = event.get("message")
    if not isinstance(message, dict):
        if _is_complaint(event):
            answer.complaint = answer.complaint or event
            return []
        # Ollama's, llama.cpp's and Cloudflare's own.
        texts = (event.get(name) for name in _OWN_TEXTS)
        text = next((each for each in texts if isinstance(each, str)), None)
        if text is None or "choices" in event:
            return []
        message = {"content": text}
    # Ollama's own form.
    _count(event, answer.end)
    is_last = event.get("done") or event.get("stop") is True
    return [
        {"delta": message, "finish_reason": event.get("done_reason") or "stop" if is_last else None}
    ]


def _is_complaint(event: Event) -> bool:
    """Tell an error that is not called one."""
    if event.get("object") == "error" or event.get("type") == "error":
        return True
    minimax = event.get("base_resp")
    if isinstance(minimax, dict) and minimax.get("status_code"):
        return True
    # RFC 9457: a title, whose status is the error's.
    is_problem = bool(event.get("title") and event.get("status"))
    return is_problem or any(event.get(name) for name in _COMPLAINTS)


def _odd_delta(choice: Mapping[str, Any], answer: PartialAnswer) -> Mapping[str, Any]:
    """Return what stands in place of a delta: a message, the whole of it or as far as it got."""
    delta, message = choice.get("delta"), choice.get("message")
    if isinstance(delta, dict) and any(value for key, value in delta.items() if key != "role"):
        return delta
    if isinstance(message, dict):
        read = _find_news if isinstance(delta, dict) else _drop_repeated
        return read(message, answer)
    text = next((each for each in (delta, message, choice.get("text")) if _is_text(each)), None)
    return {} if text is None else {"content": text}


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _find_news(message: Mapping[str, Any], answer: PartialAnswer) -> Mapping[str, Any]:
    """Return what a message beside empty deltas says that deltas have not said before it."""
    gone = {*_THOUGHTS} if answer.words or answer.thoughts else set()
    gone |= {"tool_calls"} if answer.calls else set()
    return _drop_repeated({k: v for k, v in message.items() if k not in gone}, answer)


def _drop_repeated(message: Mapping[str, Any], answer: PartialAnswer) -> Mapping[str, Any]:
    content = message.get("content")
    if isinstance(content, str):
        return {**message, "content": _take_news(content, answer)}
    return message


def _take_news(content: str, answer: PartialAnswer) -> str:
    """Return what a message says that has not been said by the messages before it."""
    before = answer.message
    if not before and (answer.answered or any(answer.texts)):
        # It repeats what deltas have said.
        return ""
    repeats = content == before and len(content) > MAX_TOKEN
    if repeats or (len(content) > len(before) and content.startswith(before)):
        answer.message = content
        return content[len(before) :]
    answer.message += content
    return content


def _hear_more(delta: Mapping[str, Any], answer: PartialAnswer) -> None:
    if thought := next(filter(None, map(delta.get, _THOUGHTS)), None):
        answer.thoughts.append(_extract_text(thought, MAX_DEPTH))
        _keep_fields(delta, answer)
    if refusal := delta.get("refusal"):
        answer.texts.append(_extract_text(refusal, MAX_DEPTH))
    if delta.get("content") is None:
        answer.texts.append(_extract_text(delta.get("text"), MAX_DEPTH))
    if reason := delta.get("finish_reason"):
        note_reason(reason, answer)
    if calls := delta.get("tool_calls"):
        hear_calls(calls, answer)
    # Some say the same in the older form as well.
    elif call := delta.get("function_call"):
        hear_call({"function": call}, answer)


def _keep_fields(delta: Mapping[str, Any], answer: PartialAnswer) -> None:
    for name in SEEN_AGAIN:
        if part := delta.get(name):
            answer.fields.setdefault(name, []).append(part)


def _hear_parts(content: Any, answer: PartialAnswer, depth: int) -> None:
    """Note a content that is no text: a list of parts, some of them thoughts, or a number."""
    for part in content if isinstance(content, list) else (content,):
        if isinstance(part, dict) and part.get("type") in _THINKING:
            thought = part.get("thinking") or part.get("reasoning") or part.get("text")
            answer.thoughts.append(_extract_text(thought, depth))
        else:
            answer.texts.append(_extract_text(part, depth))


def _extract_text(value: Any, depth: int) -> str:
    match value:
        case str():
            return value
        case bool() | None:
            return ""
        case int() | float():
            return str(value)
        case list() if depth:
            return "".join(_extract_text(each, depth - 1) for each in value)
        case dict() if depth:
            for name in ("text", "content", "value", "refusal", "thinking", "summary"):
                if name in value:
                    return _extract_text(value[name], depth - 1)
    return ""


def _count(usage: Any, end: End) -> None:
    """Note figures, the last that make sense; some servers count them up with each event."""
    if isinstance(usage, dict):
        end.prompt_tokens = _first(usage, _READ) or end.prompt_tokens
        end.completion_tokens = _first(usage, _WRITTEN) or end.completion_tokens


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((count for name in names if (count := figure(usage.get(name)))), 0)
