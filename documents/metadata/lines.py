"""Metadata as people write them: a line for each, as `author: Ann`.

A value that is JSON - 2024, true, ["draft", "final"] - is what it says, any other is text. What
lines cannot say is written, and read, as one JSON object.
"""

import json
from typing import Any

from aiapp.errors import InvalidInput
from documents.metadata.values import MAX_BYTES, check

# In bytes none of them takes less than its characters.
MAX_CHARS = MAX_BYTES


def parse_lines(text: str) -> dict[str, Any]:
    """Raises InvalidInput."""
    text = text.strip()
    if len(text) > MAX_CHARS:
        raise InvalidInput("There are too many metadata.", code="bad_metadata")
    if text.startswith("{"):
        try:
            return check(json.loads(text))
        except (ValueError, RecursionError) as error:
            raise InvalidInput("The metadata must be JSON.", code="bad_metadata") from error
    values: dict[str, Any] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            message = f"Write a name, a colon and a value in each line: {line.strip()[:60]}"
            raise InvalidInput(message, code="bad_metadata")
        values[name.strip()] = _parse_value(value.strip())
    return check(values)


def write_lines(metadata: dict[str, Any]) -> str:
    """Return what `parse_lines` reads as these metadata."""
    lines = "\n".join(f"{name}: {_write_value(value)}" for name, value in metadata.items())
    try:
        is_same = parse_lines(lines) == metadata
    except InvalidInput:
        is_same = False
    return lines if is_same else json.dumps(metadata, ensure_ascii=False, indent=2)


def _parse_value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _write_value(value: Any) -> str:
    if isinstance(value, str) and _parse_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)
