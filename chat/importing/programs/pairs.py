"""Lists of questions with their answers beside them, as AnythingLLM and makers of data sets write.

AnythingLLM's belong to a workspace, which is a chat; others are a chat each.
"""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from aiapp.errors import InvalidInput
from chat.importing.activities.copilot import read_text
from chat.importing.json_items import Source
from chat.importing.parsed_chat import (
    Line,
    ParsedChat,
    clean_text,
    join_parts,
    parse_time,
    read_key,
)

START = re.compile(
    rb"\"?id\"?,(?:\"?\w{1,40}\"?,){0,6}\"?prompt\"?,\"?response\"?(?:,\"?\w{1,40}\"?){0,12}\s{0,5}[\r\n]"
)
PAIRS = "pairs of a chat"
# Questions, and their answers.
_FIELDS = (("prompt", "response"), ("instruction", "output"))
_OWNERS = ("workspace", "thread", "username", "sent_by")


def is_pair(item: dict[str, Any]) -> bool:
    return any(
        isinstance(item.get(asked), str) and isinstance(item.get(said), str | dict)
        for asked, said in _FIELDS
    )


def name_chat(item: dict[str, Any]) -> str:
    """Return which chat a question is of; "" for one that stands alone."""
    if "workspace" not in item:
        return ""
    return " · ".join(filter(None, (clean_text(item.get(field)) for field in _OWNERS)))


def read_table(source: Source) -> Iterator[dict[str, Any]]:
    """Yield the rows of AnythingLLM's table. Raises TooLarge or InvalidInput."""
    try:
        yield from csv.DictReader(io.StringIO(read_text(source), newline=""))
    except csv.Error as error:
        raise InvalidInput("This file is cut off, or is no table.", code="broken_file") from error


def fits(data: dict[str, Any]) -> bool:
    return PAIRS in data or is_pair(data)


def read_chat(data: dict[str, Any]) -> ParsedChat:
    """Read the questions of a chat in the order of their numbers, or one."""
    pairs = data.get(PAIRS) or [data]
    lines: list[Line] = []
    for pair in sorted(pairs, key=_find_number):
        created = parse_time(pair.get("sent_at")) or parse_time(pair.get("createdAt"))
        for role, text in (("user", _find_question(pair)), ("assistant", _find_answer(pair))):
            if text:
                before = lines[-1].key if lines else None
                lines.append(Line(f"message {len(lines)}", before, role, text, created))
    name = name_chat(pairs[0])
    first = read_key(pairs[0].get("id"))
    return ParsedChat(
        source=f"anythingllm:{first} {name}"[:150] if name and first else "pairs:",
        title=clean_text(pairs[0].get("workspace")),
        lines=lines,
    )


def _find_number(pair: dict[str, Any]) -> int:
    number = read_key(pair.get("id")) or ""
    return int(number) if number.isdecimal() and len(number) < 20 else 0  # noqa: PLR2004 - of int


def _find_question(pair: dict[str, Any]) -> str:
    asked = clean_text(pair.get("prompt")) or clean_text(pair.get("instruction"))
    return join_parts(asked.strip(), clean_text(pair.get("input")).strip())


def _find_answer(pair: dict[str, Any]) -> str:
    said = pair.get("response", pair.get("output"))
    return clean_text(said.get("text") if isinstance(said, dict) else said).strip()
