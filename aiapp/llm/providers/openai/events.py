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
from aiapp.llm.providers.openai.reasons import note_native_reason, note_reason
from aiapp.llm.refusals.meaning import find_status
from aiapp.llm.streams.pieces import PartialAnswer, figure
from aiapp.llm.streams.sse import Event

MAX_DEPTH = 4
# Two equal messages longer than this are one that was repeated, not two equal tokens.
MAX_TOKEN = 16
# The first that is there counts: several of them are the same in several forms.
_THOUGHTS = (
    *("reasoning_content", "reasoning", "thinking", "reasoning_text", "reasoning_details"),
    *("thinking_blocks", "thinking_content", "reasoning_summary", "thoughts", "thought"),
)
# How the types of parts begin that are thoughts, and where a part has them: Databricks' summary.
_THINKING = ("think", "reasoning", "thought", "redacted_thinking")
_THOUGHTS_OF_A_PART = ("thinking", "reasoning", "text", "summary", "content")
_READ = ("prompt_tokens", "input_tokens", "prompt_eval_count", "promptTokens", "inputTokens")
_WRITTEN = ("completion_tokens", "output_tokens", "eval_count", "completionTokens", "outputTokens")
# What Claude's servers count apart from the rest of a prompt.
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
# Cohere's figures stand in these.
_USAGE_PARTS = ("tokens", "billed_units")
# Where gateways put an answer, and models' servers in their own forms its words.
_WRAPPERS = ("data", "result", "response", "output")
_OWN_TEXTS = ("response", "content")
# Fields with an error's words; any of them may be on a proxy's page as well.
_REMARKS = ("message", "msg", "Message")
_COMPLAINTS = (
    *("detail", "errors", "error_msg", "error_message", "errorMessage", "errorMsg"),
    *("error_description", "fault", "Error", "err", "exception"),
)
# Around an error, and around what may be one: Volcengine, Tencent, iFlytek.
_ENVELOPES = ("ResponseMetadata", "Response", "header", "result", "data")
_FINE = {"", "0", "200", "ok", "success", "none"}


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
    if "usage" in choice or "error" in choice or "tool_calls" in choice:
        _hear_beside(choice, answer)
    if reason:
        note_reason(reason, answer)
        note_native_reason(choice.get("native_finish_reason"), answer)


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
        _note_error(error, answer)


def _note_error(error: Any, answer: PartialAnswer) -> None:
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
        if complaint := _find_complaint(event):
            answer.complaint = answer.complaint or complaint
            answer.is_broken = answer.is_broken or _is_error(complaint)
            return []
        if _says_end(event):
            answer.is_done = True
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


def _find_complaint(event: Event) -> Any:
    """Return an error that is not called one; None without any."""
    for name in _ENVELOPES:
        inner = event.get(name)
        if isinstance(inner, dict) and (inner.get("error") or _is_error(inner)):
            return inner
    has_words = any(event.get(name) for name in _REMARKS) and not _is_fine(event)
    return event if has_words or _is_error(event) else None


def _is_error(event: Mapping[str, Any]) -> bool:
    """Tell an error from words that may be a remark."""
    if any(event.get(name) == "error" for name in ("object", "type", "status")):
        return True
    if event.get("success") is False or event.get("error"):
        return True
    minimax = event.get("base_resp")
    if isinstance(minimax, dict) and minimax.get("status_code"):
        return True
    # An HTTP status, as in RFC 9457, or a code of the server's own beside words.
    has_code = any(event.get(name) for name in _REMARKS) and not _is_fine(event, "code")
    is_code = "code" in event and has_code
    return is_code or find_status(event) > 0 or any(event.get(name) for name in _COMPLAINTS)


def _is_fine(event: Mapping[str, Any], *names: str) -> bool:
    """Tell words of success: `{"code": 0, "msg": "success"}`."""
    told = [event[name] for name in names or ("code", *_REMARKS) if name in event]
    return any(str(each).lower() in _FINE for each in told)


def _says_end(event: Event) -> bool:
    """Tell the end of an answer in a server's own words."""
    if any(event.get(name) is True for name in ("done", "finished", "is_end", "is_finished")):
        return True
    return any(event.get(name) in ("done", "end", "message_stop") for name in ("type", "event"))


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
    _hear_misplaced(delta, answer)
    if calls := delta.get("tool_calls"):
        hear_calls(calls, answer)
    # Some say the same in the older form as well.
    elif call := delta.get("function_call"):
        hear_call({"function": call}, answer)


def _hear_misplaced(delta: Mapping[str, Any], answer: PartialAnswer) -> None:
    """Note what should stand beside a delta."""
    if error := delta.get("error"):
        _note_error(error, answer)
    if usage := delta.get("usage"):
        _count(usage, answer.end)
    if reason := delta.get("finish_reason"):
        note_reason(reason, answer)


def _keep_fields(delta: Mapping[str, Any], answer: PartialAnswer) -> None:
    for name in SEEN_AGAIN:
        if part := delta.get(name):
            answer.fields.setdefault(name, []).append(part)


def _hear_parts(content: Any, answer: PartialAnswer, depth: int) -> None:
    """Note a content that is no text: a list of parts, some of them thoughts, or a number."""
    for part in content if isinstance(content, list) else (content,):
        kind = part.get("type") if isinstance(part, dict) else None
        if isinstance(kind, str) and kind.startswith(_THINKING):
            thought = next(filter(None, map(part.get, _THOUGHTS_OF_A_PART)), None)
            answer.thoughts.append(_extract_text(thought, depth))
        elif kind in ("tool_use", "tool_call", "function_call"):
            hear_call(part, answer)
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
    if not isinstance(usage, dict):
        return
    parts = (usage.get(name) for name in _USAGE_PARTS)
    inner: Mapping[str, Any] = next((each for each in parts if isinstance(each, dict)), {})
    read, written = (_first(usage, names) or _first(inner, names) for names in (_READ, _WRITTEN))
    if "prompt_tokens" not in usage:
        read += sum(figure(usage.get(name)) for name in _CACHED)
    if read and not written:
        written = figure(figure(usage.get("total_tokens")) - read)
    end.prompt_tokens = read or end.prompt_tokens
    end.completion_tokens = written or end.completion_tokens


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((count for name in names if (count := figure(usage.get(name)))), 0)
