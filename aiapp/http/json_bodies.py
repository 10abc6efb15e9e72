"""JSON that others send: no deeper than what is made of it can be written again, and text only.

A parser follows a thousand levels; what comes after it - validation, the database, a model's
server - gives up earlier, and each somewhere else. And JSON can hold what no text can: half of a
pair of surrogates, as programs leave behind that cut a text in the middle of an emoji.
"""

import json
import re
from typing import Any

import orjson
from django.http import HttpRequest
from ninja.parser import Parser

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")
# What people and programs send has a dozen; a schema of a schema has thirty.
MAX_DEPTH = 100


def is_too_deep(value: Any, depth: int = MAX_DEPTH) -> bool:
    """Return whether objects and lists stand in one another more than `depth` times.

    Takes time in proportion to the size, and no recursion.
    """
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        if not level:
            return False
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def mend_surrogates(value: Any) -> Any:
    """Return the value with U+FFFD in place of each half of a pair of surrogates.

    The value is no deeper than `MAX_DEPTH`.
    """
    match value:
        case str():
            return _SURROGATE.sub("\ufffd", value)
        case list():
            return [mend_surrogates(each) for each in value]
        case dict():
            return {mend_surrogates(key): mend_surrogates(each) for key, each in value.items()}
    return value


def read_json(raw: str | bytes) -> Any:
    """Return what a short JSON text says, with its halves of pairs mended.

    Raises ValueError, also for what is too deep.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        # The stricter parser refuses halves.
        data = raw.encode() if isinstance(raw, str) else raw
        if not _ESCAPE.search(data):
            raise
    try:
        value = json.loads(data)
    except RecursionError as error:
        raise ValueError(f"more than {MAX_DEPTH} levels") from error
    if is_too_deep(value):
        raise ValueError(f"more than {MAX_DEPTH} levels")
    return mend_surrogates(value)


class BoundedParser(Parser):
    """Ninja's parser of bodies; what is too deep is not readable, as broken JSON is not."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        body = super().parse_body(request)
        if is_too_deep(body):
            raise ValueError(f"more than {MAX_DEPTH} levels")
        # Only an escape can name one: in UTF-8 there is none. Whole pairs are joined by now.
        if _ESCAPE.search(request.body):
            mended: dict[str, Any] = mend_surrogates(body)
            return mended
        return body
