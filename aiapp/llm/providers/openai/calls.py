"""The calls of tools in a stream, put together from their parts.

By the protocol a part belongs to the call of its `index`. Servers leave it out, or give all calls
the same; then a new id, or a name after whole arguments, begins another call.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from aiapp.llm.streams.arguments import is_json
from aiapp.llm.streams.pieces import PartialAnswer
from aiapp.llm.streams.sse import parse_json

MAX_CALLS = 128
# No model writes so much; a server that never ends would fill the memory.
MAX_ARGUMENTS = 1_000_000
MAX_DIGITS = 5
# A field that Gemini wants to see again with the call's result.
EXTRA = "extra_content"
_ARGUMENTS = ("arguments", "parameters", "input", "args")
# Of OpenAI's channels, which leak into names.
_MARKER = re.compile(r"<\|[^|<>]{0,40}\|>")


def hear_calls(parts: Any, answer: PartialAnswer) -> None:
    """Note the parts of calls that an event brings."""
    if isinstance(parts, str):
        parts = parse_json(parts.encode("utf-8", "replace"))
    if isinstance(parts, dict) and all(isinstance(part, dict) for part in parts.values()):
        # By their numbers instead of in a list; a call alone has an id or a name beside.
        parts = parts if "function" in parts else list(parts.values())
    for part in parts if isinstance(parts, list) else (parts,):
        if isinstance(part, dict):
            hear_call(part, answer)
        else:
            answer.odd += 1


def hear_call(part: Mapping[str, Any], answer: PartialAnswer) -> None:
    """Note a part of a call."""
    function = part.get("function")
    if not isinstance(function, dict):
        # Some put name and arguments beside the id, and OpenAI's own tools are called otherwise.
        custom = part.get("custom")
        function = custom if isinstance(custom, dict) else part
    name = _word(function.get("name") or part.get("function"))
    arguments = _dump_arguments(
        next((function[key] for key in _ARGUMENTS if key in function), None)
    )
    call = _resolve_call(part, name, arguments, answer)
    if call is None or len(call["arguments"]) > MAX_ARGUMENTS:
        answer.odd += 1
        return
    call["id"] = call["id"] or _word(part.get("id"))
    if _continues_name(call, name, answer):
        call["name"] += name
    call["name"] = call["name"] or _strip_markers(name)
    if not (arguments == call["arguments"] and is_json(arguments)):
        call["arguments"] += arguments
        call["last"] = arguments
    if isinstance(extra := part.get(EXTRA), dict):
        answer.end.thoughts.append({"type": EXTRA, "call": call["id"], EXTRA: extra})


def _resolve_call(
    part: Mapping[str, Any], name: str, arguments: str, answer: PartialAnswer
) -> dict[str, str] | None:
    """Return the call that a part belongs to; None beyond all reason."""
    index, call_id = _number(part.get("index")), _word(part.get("id"))
    number = _find_call(index, call_id, name, answer)
    if number is not None and name:
        call = answer.calls[number]
        if _continues_name(call, name, answer):
            is_other = False
        elif index is not None and answer.numbers and index not in answer.numbers:
            # A new index begins another call, unless one is sent again.
            is_other = arguments != call["arguments"]
        else:
            is_other = _begins_another(call, call_id, name, arguments)
        number = None if is_other else number
    if number is None:
        number = index if index is not None and index not in answer.calls else _free(answer)
        if len(answer.calls) >= MAX_CALLS:
            return None
    if index is not None:
        answer.numbers[index] = number
    return answer.call(number)


def _find_call(index: int | None, call_id: str, name: str, answer: PartialAnswer) -> int | None:
    """Return the number of the call that index or id name; without either, of the last one."""
    by_index = None if index is None else answer.numbers.get(index)
    same = [n for n, call in answer.calls.items() if call_id and call["id"] == call_id]
    # Several may have the same id; the index tells which.
    if same and by_index not in same:
        return same[-1]
    if by_index is None and not (call_id or name):
        # An index that counts the parts instead of the calls.
        index = None
    return next(reversed(answer.calls), None) if index is None else by_index


def _begins_another(call: Mapping[str, str], call_id: str, name: str, arguments: str) -> bool:
    """Tell a further call from a part that repeats its name."""
    has_ids = bool(call_id and call["id"])
    if call["name"] and call["name"] != _strip_markers(name):
        return True
    if has_ids and call_id != call["id"]:
        # Some give each part of a call another id.
        return not (call["arguments"] and arguments and not arguments.lstrip().startswith("{"))
    if not call["name"]:
        return False
    if has_ids and call["arguments"] in {"", "{}", arguments}:
        # It goes on, or was sent again.
        return False
    return arguments.startswith("{") and is_json(call["arguments"])


def _continues_name(call: Mapping[str, str], name: str, answer: PartialAnswer) -> bool:
    """Tell the rest of a name from another: together they begin a tool's, and it alone is none."""
    reader = answer.call_reader
    if not (name and call["name"] and reader) or call["arguments"]:
        return False
    return not reader.is_offered(name) and reader.is_beginning(call["name"] + name)


def _strip_markers(name: str) -> str:
    return name.partition("<|")[0].strip() or _MARKER.sub("", name).strip()


def _free(answer: PartialAnswer) -> int:
    return max(answer.calls, default=-1) + 1


def _number(index: Any) -> int | None:
    if isinstance(index, str):
        return int(index) if index.isdecimal() and len(index) < MAX_DIGITS else None
    if isinstance(index, bool) or not isinstance(index, int | float) or index != index // 1:
        return None
    return int(index)


def _word(value: Any) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _dump_arguments(arguments: Any) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else orjson.dumps(arguments).decode()
