"""JSON schemas that a stranger wrote, made fit for models: bounded, cleaned, closed.

All of a schema is read by models: names of arguments, descriptions, enumerated values, defaults,
examples, and whatever else stands in it. What has no bearing on a call is left out, what people
cannot see is taken out, and what cannot be made safe without changing its meaning is refused.
References stay as they are, since nothing here follows them, but they lead nowhere else and do not
unfold into more than can be read.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson

from chat.prompts.plain_text import INVISIBLE

MAX_DEPTH = 24
MAX_NODES = 2_000
MAX_BYTES = 16_000
# Of what a schema with references says when each is replaced by what it stands for.
MAX_UNFOLDED_NODES = 20_000
DESCRIPTION_CHARS = 1_000
KEY_CHARS = 100

# Controls, private characters and blanks that draw nothing.
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u2800\ue000-\uf8ff\U000f0000-\U0010ffff]"
)
# Space that pushes what follows out of sight.
_WIDE = re.compile(r"[^\S\n]{4,}")
_HIGH = re.compile(r"\n\s*\n\s*\n")

_ONE = {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"}
_SEVERAL = {"allOf", "anyOf", "items", "oneOf", "prefixItems"}
_NAMED = {"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"}
_DATA = {"const", "default", "dependentRequired", "enum", "examples", "required", "type"}
_TEXTS = {"contentEncoding", "contentMediaType", "description", "format", "pattern", "title"}
_FACTS = {
    "deprecated", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties",
    "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "nullable",
    "uniqueItems",
}  # fmt: skip
# Vendors refuse the whole request for these at the top.
_NOT_AT_TOP = ("allOf", "anyOf", "enum", "not", "oneOf")


class DefinitionError(ValueError):
    """A schema that cannot be offered to a model; the text tells an administrator the reason."""


@dataclass(slots=True)
class Cleaning:
    """The notes on what was changed, in words for an administrator."""

    notes: dict[str, None] = field(default_factory=dict)

    def note(self, text: str) -> None:
        self.notes[text] = None

    def text(self, text: str, limit: int = 0) -> str:
        """Return a text as people would see it, cut after `limit` characters if one is given."""
        visible = _CONTROLS.sub("", INVISIBLE.sub("", text))
        if visible != text:
            self.note("It holds characters that nobody sees; they were taken out.")
        visible = _HIGH.sub("\n\n", _WIDE.sub("   ", visible)).strip()
        if limit and len(visible) > limit:
            self.note(f"A description is longer than {limit:,} characters and was cut there.")
            visible = visible[:limit]
        return visible

    def key(self, key: str) -> str:
        if key != self.text(key) or not 0 < len(key) <= KEY_CHARS:
            raise DefinitionError(
                "The name of an argument is empty, too long or holds hidden characters."
            )
        return key


def clean(schema: Any, cleaning: Cleaning) -> dict[str, Any]:
    """Return a schema of arguments as models may read it. Raises DefinitionError."""
    measure(schema)
    if not isinstance(schema, dict) or schema.get("type", "object") != "object":
        raise DefinitionError("Its arguments are not described as an object.")
    cleaned: dict[str, Any] = _clean_schema(schema, cleaning)
    for name in _NOT_AT_TOP:
        if cleaned.pop(name, None) is not None:
            cleaning.note(f"“{name}” at the top of its arguments was left out; models refuse it.")
    cleaned = {"type": "object", "properties": {}} | cleaned
    _check_references(cleaned)
    if len(orjson.dumps(cleaned)) > MAX_BYTES:
        raise DefinitionError(
            f"The description of its arguments is larger than {MAX_BYTES:,} bytes."
        )
    return cleaned


def measure(data: Any) -> None:
    """Check how deep and large data is. Raises DefinitionError where it is too much."""
    waiting, count = [(data, 1)], 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise DefinitionError("It is nested too deeply or has too many parts.")
        parts = value.values() if isinstance(value, dict) else value
        if isinstance(value, dict | list):
            waiting += [(part, depth + 1) for part in parts]


def texts_in(data: Any) -> list[str]:
    """Return all texts in data that was measured, names included."""
    texts: list[str] = []
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            texts += [str(key) for key in value]
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)
    return texts


def _clean_schema(schema: Any, cleaning: Cleaning) -> Any:
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise DefinitionError("The description of its arguments is not a JSON schema.")
    cleaned: dict[str, Any] = {}
    for keyword, value in schema.items():
        part = _clean_keyword(keyword, value, cleaning)
        if part is not None:
            cleaned[keyword] = part
    if cleaned.get("type") == "array":
        cleaned.setdefault("items", {})
    return cleaned


def _clean_keyword(keyword: str, value: Any, cleaning: Cleaning) -> Any:
    """Return what is kept of a keyword; None for nothing."""
    if keyword in _ONE | _SEVERAL | _NAMED:
        return _clean_parts(keyword, value, cleaning)
    if keyword in _TEXTS and isinstance(value, str):
        limit = DESCRIPTION_CHARS if keyword in {"description", "title"} else 0
        return cleaning.text(value, limit)
    is_fact = keyword in _FACTS and isinstance(value, bool | int | float)
    is_reference = keyword == "$ref" and isinstance(value, str)
    if is_fact or is_reference:
        return value
    if keyword in _DATA:
        return _clean_data(value, cleaning)
    if keyword not in {"$schema", "$id"}:
        cleaning.note(f"“{cleaning.text(keyword)[:40]}” has no bearing on a call; it was left out.")
    return None


def _clean_parts(keyword: str, value: Any, cleaning: Cleaning) -> Any:
    """Return the schemas that a keyword holds."""
    if keyword in _SEVERAL and isinstance(value, list):
        return [_clean_schema(each, cleaning) for each in value]
    if keyword in _NAMED and isinstance(value, dict):
        return {cleaning.key(key): _clean_schema(each, cleaning) for key, each in value.items()}
    return _clean_schema(value, cleaning)


def _clean_data(value: Any, cleaning: Cleaning) -> Any:
    if isinstance(value, str):
        return cleaning.text(value)
    if isinstance(value, list):
        return [_clean_data(each, cleaning) for each in value]
    if isinstance(value, dict):
        return {cleaning.key(key): _clean_data(each, cleaning) for key, each in value.items()}
    return value


def _check_references(schema: dict[str, Any]) -> None:
    """Check that references lead to their own schema and unfold within measure.

    Raises DefinitionError.
    """
    sizes: dict[str, int] = {}

    def size(node: Any, path: tuple[str, ...]) -> int:
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        total = 1 + sum(size(part, path) for part in parts)
        reference = node.get("$ref") if isinstance(node, dict) else None
        # One that leads to itself describes a tree, as in a folder of folders.
        if isinstance(reference, str) and reference not in path:
            if reference not in sizes:
                sizes[reference] = size(_resolve(schema, reference), (*path, reference))
            total += sizes[reference]
        if total > MAX_UNFOLDED_NODES or len(path) > MAX_DEPTH:
            raise DefinitionError("Its references unfold into more than can be read.")
        return total

    size(schema, ())


def _resolve(schema: dict[str, Any], reference: str) -> Any:
    if reference != "#" and not reference.startswith("#/"):
        raise DefinitionError("A reference in its arguments leads out of their description.")
    node: Any = schema
    for step in reference.split("/")[1:]:
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(node, dict) and name in node:
            node = node[name]
        elif isinstance(node, list) and name in map(str, range(len(node))):
            node = node[int(name)]
        else:
            raise DefinitionError("A reference in its arguments leads nowhere.")
    return node
