"""Calls of tools that a model wrote into its text, where its server has no parser for them.

Each family of models has marks of its own around a call, and inside them JSON, a name before
JSON, or tags. A block is a call only if all of it can be read and names a tool that was offered;
anything else, and whatever stands between backticks, is text and is passed on as it came.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aiapp.llm.streams.call_blocks import Unreadable, WrittenCall, is_object, read_block

# A block is held back until it ends; what is longer is none.
MAX_BLOCK = 100_000
MAX_CALLS = 32
MAX_NAME = 200
_WORD = re.compile(r"[\w-]+")
# What opens a block, and what ends it; None is the end of the answer.
_BLOCKS: dict[str, str | None] = {
    # Hermes, Qwen, GLM; Qwen's coders leave the outer mark out at times.
    "<tool_call>": "</tool_call>",
    "<function=": "</function>",
    "<tool_calls>": "</tool_calls>",
    "<function_calls>": "</function_calls>",
    '<invoke name="': "</invoke>",
    "<minimax:tool_call>": "</minimax:tool_call>",
    "<seed:tool_call>": "</seed:tool_call>",
    "<longcat_tool_call>": "</longcat_tool_call>",
    "<｜DSML｜function_calls>": "</｜DSML｜function_calls>",
    "<｜tool▁calls▁begin｜>": "<｜tool▁calls▁end｜>",
    "<|tool_calls_section_begin|>": "<|tool_calls_section_end|>",
    "<|START_ACTION|>": "<|END_ACTION|>",
    "<|action_start|>": "<|action_end|>",
    # Kimi's and DeepSeek's calls without what should be around all of them.
    "<|tool_call_begin|>": "<|tool_call_end|>",
    "<｜tool▁call▁begin｜>": "<｜tool▁call▁end｜>",
    # Gemma, Nemotron, Liquid, Llama 4.
    "<|tool_call>": "<tool_call|>",
    "<start_function_call>": "<end_function_call>",
    "```tool_code": "```",
    "<TOOLCALL>": "</TOOLCALL>",
    "<|tool_call_start|>": "<|tool_call_end|>",
    "<|python_start|>": "<|python_end|>",
    # Granite, Mistral, Llama: the rest of the answer.
    "<|tool_call|>": None,
    "[TOOL_CALLS]": None,
    "<|python_tag|>": None,
    # Phi.
    "functools[": None,
}
_OPENING = re.compile("|".join(map(re.escape, sorted(_BLOCKS, key=len, reverse=True))))
_BEGINNINGS = {mark[:n] for mark in _BLOCKS for n in range(1, len(mark))}
_MAX_MARK = max(map(len, _BLOCKS))
_STRAY = "</tool_call>"
# An answer that is nothing else than a call, as small models write it.
_ONLY_CALL = re.compile(
    r'(?:```(?:json)?\s{0,9})?\[?\s{0,9}\{\s{0,9}"(?:name|function|type|tool|tool_name|tool_calls'
    r'|function_name|action)"|\[\s{0,9}[A-Za-z_]\w{0,40}\('
)
_MAY_BE_ONLY = ("{", "[", "`")
MAX_ONLY_START = 60


class CallReader:
    """Takes calls out of a text that comes in parts. `calls` are those found so far."""

    def __init__(self, tools: Iterable[Any]) -> None:
        self.calls: list[WrittenCall] = []
        self._schemas = dict(_read_schemas(tools))
        self._buffer = ""
        # What follows it in a block whose end is not there: put together when it may be.
        self._parts: list[str] = []
        self._size = 0
        self._closing: str | None = None
        self._in_block = self._has_begun = self._is_after_call = False
        # Up to where the end of the block has been looked for.
        self._searched = 0
        self._ticks = 0

    def is_offered(self, name: str) -> bool:
        return name in self._schemas

    def find_name(self, name: str) -> str:
        """Return the offered tool that a model means; the name as it is if there is none.

        Some put the name of a group before it, `functions.weather`, a number or a mark of their own
        behind it, or write it with a capital.
        """
        if name in self._schemas:
            return name
        known = {_fold(each): each for each in self._schemas}
        said = name[:MAX_NAME]
        forms = map(_fold, (said, said.removeprefix("functions_"), *_WORD.findall(said)))
        found = {known[form] for form in forms if form in known}
        return found.pop() if len(found) == 1 else name

    def find_parameters(self, name: str) -> Mapping[str, Any]:
        """Return what is known of the arguments of a tool that was offered."""
        return self._schemas.get(name, {})

    def is_beginning(self, text: str) -> bool:
        """Tell whether the name of a tool that was offered begins so."""
        return any(name.startswith(text) for name in self._schemas)

    def add(self, name: str, arguments: str) -> bool:
        """Note a call that was found elsewhere; False if it is none."""
        is_fine = name in self._schemas and is_object(arguments)
        if is_fine and len(self.calls) < MAX_CALLS:
            self.calls.append((name, arguments))
        return is_fine

    def forget(self) -> str:
        """Begin anew, since what was read was no text; return what was held back of it."""
        held = self._let_go()
        self.calls.clear()
        self._in_block = self._has_begun = self._is_after_call = False
        self._ticks = 0
        return held

    def feed(self, text: str) -> str:
        """Return what is text for certain."""
        if not (text and self._schemas):
            return text
        if self._in_block and self._goes_on(text):
            return ""
        self._buffer += "".join(self._parts) + text
        self._parts.clear()
        shown: list[str] = []
        while self._buffer and (self._close(shown) if self._in_block else self._open(shown)):
            pass
        return "".join(shown)

    def finish(self) -> str:
        """Return what was held back and is no call."""
        rest = self._let_go()
        if not self._in_block:
            return rest
        self._in_block = False
        return "" if self._take(rest) else rest

    def _let_go(self) -> str:
        held = self._buffer + "".join(self._parts)
        self._parts.clear()
        self._buffer = ""
        return held

    def _goes_on(self, text: str) -> bool:
        """Keep what cannot be the end of a block; False where it must be looked at."""
        self._size += len(text)
        if self._size > MAX_BLOCK or (self._closing and self._closing[-1] in text):
            return False
        self._parts.append(text)
        return True

    def _open(self, shown: list[str]) -> bool:
        """Pass on the text before a block; False when all of it is passed on or held."""
        if not self._has_begun and self._may_be_only_a_call():
            return self._in_block
        self._trim()
        if self._is_after_call and _STRAY.startswith(self._buffer):
            return False
        opening = _OPENING.search(self._buffer)
        end = opening.start() if opening else _find_cut_mark(self._buffer)
        self._show(self._buffer[:end], shown)
        self._buffer = self._buffer[end:]
        if opening is None:
            return False
        if self._ticks % 2:
            self._show(opening[0], shown)
            self._buffer = self._buffer[len(opening[0]) :]
            return True
        self._begin_block(_BLOCKS[opening[0]], len(opening[0]))
        return True

    def _may_be_only_a_call(self) -> bool:
        """Hold back an answer that begins as a call does."""
        start = self._buffer[:MAX_ONLY_START].lstrip()
        if start and (not start.startswith(_MAY_BE_ONLY) or _OPENING.match(start)):
            return False
        if _ONLY_CALL.match(start):
            self._begin_block(None)
            return True
        return len(self._buffer) < MAX_ONLY_START

    def _begin_block(self, closing: str | None, searched: int = 0) -> None:
        self._in_block, self._closing, self._searched = True, closing, searched
        self._size = len(self._buffer)

    def _close(self, shown: list[str]) -> bool:
        """Read the block, if its end is there or it is too long; False when it is waited for."""
        end = -1
        if self._closing is not None:
            end = self._buffer.find(self._closing, self._searched)
            self._searched = max(self._searched, len(self._buffer) - len(self._closing))
        if end < 0 and len(self._buffer) <= MAX_BLOCK:
            return False
        end = len(self._buffer) if end < 0 else end + len(self._closing or "")
        block, self._buffer, self._in_block = self._buffer[:end], self._buffer[end:], False
        if not self._take(block, is_closed=end > 0):
            self._show(block, shown)
        return True

    def _take(self, block: str, *, is_closed: bool = False) -> bool:
        if len(block) > MAX_BLOCK:
            return False
        try:
            calls = read_block(block, self._schemas, is_closed=is_closed)
        except (Unreadable, ValueError, TypeError, RecursionError):
            return False
        is_fine = bool(calls) and all(name in self._schemas for name, _ in calls)
        if is_fine and len(self.calls) + len(calls) <= MAX_CALLS:
            self.calls += calls
            self._has_begun = self._is_after_call = True
            return True
        return False

    def _trim(self) -> None:
        """Drop what stands between two calls, or closes one that was not opened."""
        if self._is_after_call:
            self._buffer = self._buffer.lstrip().removeprefix(_STRAY).lstrip()

    def _show(self, text: str, shown: list[str]) -> None:
        if text:
            shown.append(text)
            self._ticks += text.count("`")
            self._has_begun = self._has_begun or not text.isspace()
            self._is_after_call = False


def _fold(name: str) -> str:
    return name.strip().casefold().replace("-", "_")


def _read_schemas(tools: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each offered tool's name and what is known of its arguments."""
    for tool in tools:
        function = tool.get("function", tool) if isinstance(tool, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if isinstance(name, str) and isinstance(function, dict):
            parameters = function.get("parameters")
            known = parameters.get("properties") if isinstance(parameters, dict) else None
            yield name, known if isinstance(known, dict) else {}


def _find_cut_mark(text: str) -> int:
    """Return where a mark begins that the end of a text cuts; the length if none does."""
    for at in range(max(0, len(text) - _MAX_MARK + 1), len(text)):
        if text[at] in "<[`f" and text[at:] in _BEGINNINGS:
            return at
    return len(text)
