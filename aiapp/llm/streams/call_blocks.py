"""Reads the blocks in which models write calls of tools.

They are JSON, names before JSON, tags, or calls of Python's functions.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from aiapp.llm.streams.arguments import repair

# Marks inside a block, which separate a name from its arguments, or one call from the next.
_INNER = re.compile(
    r"\[ARGS\]|\[TOOL_CALLS\]|\[CALL_ID\]\w{0,40}|```(?:json|tool_code|python)?"
    r"|<｜tool▁(?:sep|calls?▁(?:begin|end))｜>|<\|/?tool_calls?(?:_\w{3,20})?\|>"
    r"|<\|(?:START|END)_ACTION\|>|<\|python_(?:tag|start|end)\|>|<\|(?:action_\w{3,5}|plugin)\|>"
    r"|</?(?:longcat_)?tool_calls?>|</?TOOLCALL>|</?function_calls>|\bfunctools(?=\[)"
    r"|</?(?:start|end)_function_call>|<\|?tool_call\|?>"
)
# Gemma's quotes around a text.
_QUOTED = re.compile(r"(<\|\"\|>|<escape>)(.*?)\1", re.DOTALL)
_GEMMA = re.compile(r"\s*call:([\w.:-]{1,200})\s*(\{.*\})\s*", re.DOTALL)
_PYTHON = re.compile(r"[\[\s]{0,20}[A-Za-z_][\w.]{0,99}\(")
_TAG = re.compile(
    r"<(/?)(?:｜DSML｜|antml:)?(function|invoke|param(?:eter)?|arg_key|arg_value)"
    r'(?:=([^>\n]{0,200})|\s{1,3}name="([^"\n]{0,200})"[^>\n]{0,100})?\s{0,3}>'
)
_CALLING, _GIVING = {"function", "invoke"}, {"param", "parameter"}
_NAME = re.compile(r"[\w.:-]{1,200}")
_NUMBER = re.compile(r":\d{1,4}$")
_BETWEEN = re.compile(r"[\s,;]*+")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "tool_input")
_NAMES = ("name", "tool_name", "tool", "function_name", "action")
_DECODER = json.JSONDecoder(strict=False)

# A name and its arguments as JSON.
WrittenCall = tuple[str, str]
Schemas = Mapping[str, Mapping[str, Any]]


class Unreadable(ValueError):
    """The block is no call."""


def read_block(block: str, schemas: Schemas, *, is_closed: bool = False) -> list[WrittenCall]:
    """Return the calls of a block. Raises Unreadable, or what the reading of JSON raises.

    What is wrong with the brackets of a block that was closed is mended.
    """
    if _TAG.search(block):
        return list(_read_tags(block, schemas))
    text = _INNER.sub(" ", block)
    if gemma := _GEMMA.fullmatch(text):
        quoted = _QUOTED.sub(lambda match: json.dumps(match[2]), gemma[2])
        return [(gemma[1].rpartition(".")[2], _dump_repaired(quoted, is_whole=is_closed))]
    if _PYTHON.match(text):
        return list(_read_python(text.strip()))
    try:
        return list(_read_json(text))
    except ValueError:
        if not is_closed or (start := text.find("{")) < 0 or text[:start].strip():
            raise
    return list(_read_values(json.loads(_dump_repaired(text[start:], is_whole=True))))


def _dump_repaired(text: str, *, is_whole: bool) -> str:
    value = repair(text, is_whole=is_whole)
    if not isinstance(value, dict):
        raise Unreadable
    return orjson.dumps(value).decode()


def _read_python(text: str) -> Iterator[WrittenCall]:
    """Yield calls as Python writes them, one a line or in a list. Raises Unreadable."""
    listed = text if text.startswith("[") else f"[{','.join(filter(None, text.splitlines()))}]"
    try:
        body = ast.parse(listed, mode="eval").body
        calls = [each for each in getattr(body, "elts", ()) if isinstance(each, ast.Call)]
        for call in calls:
            given = {each.arg or "": ast.literal_eval(each.value) for each in call.keywords}
            if call.args or "" in given:
                raise Unreadable
            function = call.func
            name = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
            yield name, json.dumps(given)
        if len(calls) != len(getattr(body, "elts", ())):
            raise Unreadable
    except (SyntaxError, MemoryError, TypeError) as error:
        raise Unreadable from error


def _read_tags(block: str, schemas: Schemas) -> Iterator[WrittenCall]:
    """Yield the calls of a block of tags. Raises Unreadable."""
    call, at = _TaggedCall(schemas), 0
    for tag in _TAG.finditer(block):
        kind, between, at = tag[2], block[at : tag.start()], tag.end()
        if tag[1] and kind in _CALLING and call.name:
            yield call.name, _dump_given(call.given, between)
            call = _TaggedCall(schemas)
        elif tag[1]:
            call.close(kind, between)
        else:
            call.open(kind, (tag[3] or tag[4] or "").strip("\"' "), between)
    if call.name:
        yield call.name, _dump_given(call.given, "")


class _TaggedCall:
    """A call as far as its tags have told it."""

    def __init__(self, schemas: Schemas) -> None:
        self.name = ""
        self.given: dict[str, Any] = {}
        self._key = ""
        self._schemas = schemas

    def open(self, kind: str, told: str, before: str) -> None:
        if kind in _CALLING:
            self.name = told
        elif kind in _GIVING:
            self._key = told
        elif kind == "arg_key" and not self.name:
            # GLM's calls have no tag around the name.
            self.name = before.rpartition(">")[2].strip()

    def close(self, kind: str, between: str) -> None:
        if kind == "arg_key":
            self._key = between.strip()
        elif self._key:
            schema = self._schemas.get(self.name, {}).get(self._key)
            self.given[self._key], self._key = _convert(between, schema), ""


def _dump_given(given: Mapping[str, Any], between: str) -> str:
    """Return arguments; Llama writes them as JSON between the tags of the call."""
    if given or not between.strip():
        return orjson.dumps(given).decode()
    value = _DECODER.decode(between.strip())
    if not isinstance(value, dict):
        raise Unreadable
    return orjson.dumps(value).decode()


def _convert(text: str, schema: Any) -> Any:
    """Return a value that stands in a tag as what its schema wants."""
    text = text.removeprefix("\n").removesuffix("\n")
    wanted = schema.get("type", "string") if isinstance(schema, dict) else "string"
    if wanted == "string":
        return text
    try:
        return _DECODER.decode(text.strip())
    except (ValueError, RecursionError):
        return text


def _read_json(text: str) -> Iterator[WrittenCall]:
    """Yield calls that are JSON, or a name and JSON. Raises Unreadable or ValueError."""
    name, at = "", _skip(text, 0)
    while at < len(text):
        if text[at] in "{[":
            value, at = _DECODER.raw_decode(text, at)
            yield from [(name, orjson.dumps(value).decode())] if name else _read_values(value)
            name = ""
        elif word := _NAME.match(text, at):
            name, at = _NUMBER.sub("", word[0].removeprefix("functions.")), word.end()
        else:
            raise Unreadable
        at = _skip(text, at)
    if name:
        raise Unreadable


def _skip(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _read_values(value: Any) -> Iterator[WrittenCall]:
    if isinstance(value, dict) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    for each in value if isinstance(value, list) else [value]:
        call = each.get("function", each) if isinstance(each, dict) else None
        if isinstance(call, str):
            # The name itself stands there.
            call = {**each, "name": call}
        if not isinstance(call, dict):
            raise Unreadable
        name = next((call[key] for key in _NAMES if isinstance(call.get(key), str)), "")
        given = next((call[key] for key in _ARGUMENTS if key in call), None)
        if not name or given is None:
            raise Unreadable
        yield name, given if isinstance(given, str) else orjson.dumps(given).decode()


def is_object(text: str) -> bool:
    try:
        return isinstance(_DECODER.decode(text.strip()), dict)
    except (ValueError, RecursionError):
        return False
