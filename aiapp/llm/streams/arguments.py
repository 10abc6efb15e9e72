"""Arguments of a call as JSON that a tool can read, however a model or its server wrote them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from aiapp.llm.streams.characters import join

# What is longer is read as it came: no model writes so much by mistake.
MAX_CHARS = 100_000
MAX_PACKINGS = 4
SEVERAL = "multi_tool_use.parallel"
_LENIENT = json.JSONDecoder(strict=False)
_NOTHING = {"", "null", "none", "undefined", "nil", "()", "n/a"}
_TOKEN = re.compile(
    r"""\s*+(?:("(?:[^"\\]|\\.)*+")|('(?:[^'\\]|\\.)*+')|([{\[])|([}\]])|([:,])|([^\s{}\[\]:,"'“”]++))""",
    re.DOTALL,
)
_CLOSING = {"{": "}", "[": "]"}
_STRAIGHT = str.maketrans("“”", '""')
# Python's words for JSON's, and JSON's own.
_WORDS = {"True": "true", "False": "false", "None": "null"}
_PLAIN = re.compile(r"true|false|null|-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,4})?")


def settle_arguments(
    call: Mapping[str, str], known: Mapping[str, Any] | None = None, *, is_whole: bool = True
) -> str:
    """Return the arguments of a call: nothing means none, and JSON in JSON is unpacked.

    Parts that make no JSON together are an empty object before the real one, or the arguments as
    far as they had got, the last of them whole. Of a call that may be cut off nothing is completed.
    `known` are the parameters of the tool, by which a wrapper around them is told from them.
    """
    arguments = clean(call["arguments"]).strip("\ufeff")
    if not is_json(arguments):
        rest = arguments.strip().removeprefix("{}")
        others = (each for each in (rest, clean(call["last"])) if is_json(each))
        arguments = next(others, "") or _read_leniently(arguments, is_whole=is_whole)
    for _ in range(MAX_PACKINGS):
        if not (arguments.lstrip().startswith('"') and is_json(arguments)):
            break
        inner = orjson.loads(arguments)
        arguments = inner if is_json(inner) or not inner.strip() else arguments
        if arguments is not inner:
            break
    if arguments.strip("` \n").casefold() in _NOTHING:
        return "{}"
    return _unwrap(arguments, known or {})


def _read_leniently(arguments: str, *, is_whole: bool) -> str:
    """Return the JSON that a model meant, as it came if that is not plain.

    Models put it between fences or words, write line feeds into texts, say it twice, and close it
    with a mark of their own, or as Python would.
    """
    start = arguments.find("{")
    if start < 0 or len(arguments) > MAX_CHARS:
        return arguments
    text = arguments[start:]
    try:
        value, end = _LENIENT.raw_decode(text)
    except (ValueError, RecursionError):
        value, end = repair(text, is_whole=is_whole), len(text)
    rest = text[end:].strip()
    # Another object may be another call's.
    is_all = "{" not in rest.removeprefix(text[:end]).removeprefix("{}")
    if not (isinstance(value, dict) and is_all):
        return arguments
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        # Deeper than anybody reads.
        return arguments


def repair(text: str, *, is_whole: bool) -> Any:
    """Read an object with quotes, commas or brackets that JSON does not know; None if none is."""
    for form in (text, text.replace('\\"', '"'), text.translate(_STRAIGHT)):
        try:
            return orjson.loads("".join(_rewrite(form, is_whole=is_whole)))
        except (orjson.JSONDecodeError, _Unreadable):
            continue
    return None


class _Unreadable(ValueError):
    pass


def _rewrite(text: str, *, is_whole: bool) -> Iterator[str]:
    """Yield a text's tokens as JSON has them, to the end of its first object."""
    open_ones: list[str] = []
    at, comma = 0, ""
    while token := _TOKEN.match(text, at):
        at = token.end()
        double, single, opening, closing, mark, word = token.groups()
        if closing and closing != open_ones[-1]:
            raise _Unreadable
        # A comma is none before what closes.
        yield "" if closing else comma
        comma = mark if mark == "," else ""
        if closing:
            open_ones.pop()
        if opening:
            open_ones.append(_CLOSING[opening])
        if mark:
            yield mark.removeprefix(",")
        else:
            yield double or opening or closing or _rewrite_word(single, word)
        if not open_ones:
            return
    if text[at:].strip() or not is_whole:
        # Within a text, or where the answer was cut.
        raise _Unreadable
    yield from reversed(open_ones)


def _rewrite_word(single: str | None, word: str | None) -> str:
    if single is not None:
        return orjson.dumps(single[1:-1].replace("\\'", "'")).decode()
    word = _WORDS.get(word or "", word or "")
    return word if _PLAIN.fullmatch(word) else orjson.dumps(word).decode()


def _unwrap(arguments: str, known: Mapping[str, Any]) -> str:
    """Return the object that a tool wants, out of a list or of what a model put around it."""
    if not is_json(arguments):
        return arguments
    value = orjson.loads(arguments)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        return orjson.dumps(value[0]).decode()
    if value is False or value in ([], 0):
        return "{}"
    if isinstance(value, dict) and known and not value.keys() & known.keys():
        for inner in map(_read_inner, value.values()):
            if inner and inner.keys() <= known.keys():
                return orjson.dumps(inner).decode()
    return arguments


def _read_inner(value: Any) -> dict[str, Any]:
    if isinstance(value, str) and value.lstrip().startswith("{") and is_json(value):
        value = orjson.loads(value)
    return value if isinstance(value, dict) else {}


def read_several(name: str, arguments: str) -> Iterator[tuple[str, str]]:
    """Yield the calls that OpenAI's models put into one of a tool that nobody has offered."""
    if name != SEVERAL or not is_json(arguments):
        return
    value = orjson.loads(arguments)
    uses = value.get("tool_uses") if isinstance(value, dict) else None
    for use in uses if isinstance(uses, list) else ():
        if isinstance(use, dict) and isinstance(use.get("recipient_name"), str):
            yield use["recipient_name"], orjson.dumps(use.get("parameters") or {}).decode()


def clean(text: str) -> str:
    """Return a text of whole characters, and none that the database refuses."""
    return join(text).replace("\x00", "")


def is_json(text: str) -> bool:
    """Tell a whole JSON value from the beginning of one."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
