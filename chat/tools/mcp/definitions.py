"""A server's description of a tool, as stored: cleaned for models, with its pin and its faults."""

import re
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, TypedDict

import orjson

from chat.guardrails.flagging import flag
from chat.guardrails.plain import plain
from chat.tools.mcp.schemas import (
    DESCRIPTION_CHARS,
    Cleaning,
    DefinitionError,
    clean,
    measure,
    texts_in,
)

MAX_TOOLS = 64
MAX_RAW_BYTES = 64_000
NAME_CHARS = 64
MAX_RAW_NAME_CHARS = 128
TITLE_CHARS = 100
MAX_ANNOTATION_BYTES = 2_000
# What says nothing to a model and may be another at each reading.
_NOT_PINNED = {"_meta", "icons"}
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_-]")

# The marks of descriptions that steer a model, besides those of any text. Against `plain` text.
_MARKS = {
    "names_secrets": re.compile(
        r"\.ssh\b|\bid_rsa\b|\.env\b|\bmcp\.json\b|/etc/passwd|\.aws/|\bapi[ _-]?keys? of\b"
    ),
    "hides_in_marks": re.compile(r"<!--|</?(?:important|hidden|secret|system|critical)>"),
    "steers_other_tools": re.compile(
        r"\b(?:before|after|instead of|whenever|prior to)\b[^.!?]{0,30}"
        r"\b(?:us(?:e|ing)|call(?:ing)?|any|other)\b[^.!?]{0,30}\b(?:tool|function)s?\b"
    ),
}


class Definition(TypedDict):
    """A tool as a server described it.

    `name` is what the server calls it, `called` what models do. `description` and `schema` are for
    models; title and annotations are shown to administrators only. `pin` is the hash of what the
    server said. `notes` tell an administrator what was changed, `marks` what looks like orders to
    models; with a reason in `refused` it cannot be used.
    """

    name: str
    called: str
    title: str
    description: str
    schema: dict[str, Any]
    annotations: dict[str, Any]
    pin: str
    notes: list[str]
    marks: list[str]
    refused: str


def define(server: str, descriptions: Sequence[Any]) -> list[Definition]:
    """Return what a server of this name says of its tools; of too many, the first."""
    definitions = [_define(server, each) for each in descriptions[:MAX_TOOLS]]
    names = Counter(each["called"] for each in definitions)
    for each in definitions:
        if names[each["called"]] > 1 and not each["refused"]:
            each["refused"] = "Another of its tools has the same name."
    return definitions


def is_described(tool: Definition, server: str, descriptions: Sequence[Any]) -> bool:
    """Check whether a server still describes a tool as it did, and no other that passes for it."""
    valid = [each for each in descriptions[:MAX_TOOLS] if isinstance(each, dict)]
    names = [_name_for_models(server, _read_text(each, "name")) for each in valid]
    if names.count(tool["called"]) != 1:
        return False
    same = next((each for each in valid if each.get("name") == tool["name"]), None)
    try:
        return _compute_pin(same) == tool["pin"]
    except DefinitionError:
        return False


def _define(server: str, description: Any) -> Definition:
    cleaning = Cleaning()
    definition = Definition(
        name="", called="", title="", description="", schema={}, annotations={}, pin="",
        notes=[], marks=[], refused="",
    )  # fmt: skip
    try:
        definition["pin"] = _compute_pin(description)
        definition["name"] = _read_name(description, cleaning)
        definition["called"] = _name_for_models(server, definition["name"])
        definition["marks"] = _find_marks(description)
        definition["title"] = cleaning.text(_read_text(description, "title"), TITLE_CHARS)
        definition["description"] = cleaning.text(
            _read_text(description, "description"), DESCRIPTION_CHARS
        )
        definition["annotations"] = _clean_annotations(description.get("annotations"), cleaning)
        definition["schema"] = clean(description.get("inputSchema"), cleaning)
    except DefinitionError as error:
        definition["refused"] = str(error)
    definition["notes"] = list(cleaning.notes)
    return definition


def _compute_pin(description: Any) -> str:
    """Return the hash of a description, the same in whatever order its parts are told."""
    measure(description)
    if not isinstance(description, dict):
        raise DefinitionError("It is not a description of a tool.")
    pinned = {key: value for key, value in description.items() if key not in _NOT_PINNED}
    try:
        data = orjson.dumps(pinned, option=orjson.OPT_SORT_KEYS)
    except TypeError as error:
        raise DefinitionError(
            "It holds half a character or a number of more than 64 bits."
        ) from error
    if len(data) > MAX_RAW_BYTES:
        raise DefinitionError(f"Its description is larger than {MAX_RAW_BYTES:,} bytes.")
    return sha256(data).hexdigest()


def _read_name(description: dict[str, Any], cleaning: Cleaning) -> str:
    name = _read_text(description, "name")
    if not 0 < len(name) <= MAX_RAW_NAME_CHARS or cleaning.text(name) != name:
        raise DefinitionError("Its name is missing, too long or holds hidden characters.")
    return name


def _name_for_models(server: str, name: str) -> str:
    return _NOT_IN_NAMES.sub("_", f"{server}_{name[:MAX_RAW_NAME_CHARS]}")[:NAME_CHARS]


def _clean_annotations(annotations: Any, cleaning: Cleaning) -> dict[str, Any]:
    if not isinstance(annotations, dict) or len(orjson.dumps(annotations)) > MAX_ANNOTATION_BYTES:
        return {}
    return {
        cleaning.text(key): cleaning.text(value) if isinstance(value, str) else value
        for key, value in annotations.items()
        if isinstance(value, str | bool | int | float)
    }


def _find_marks(description: dict[str, Any]) -> list[str]:
    """Return the names of the marks found in any text of a description."""
    # Before anything is taken out: what is hidden says most.
    text = "\n".join(texts_in(description))
    flagged = flag(text, "tool")
    marks = set(flagged.rules) if flagged else set()
    plain_text = plain(text)
    marks |= {name for name, pattern in _MARKS.items() if pattern.search(plain_text)}
    return sorted(marks)


def _read_text(description: dict[str, Any], name: str) -> str:
    value = description.get(name)
    return value if isinstance(value, str) else ""
