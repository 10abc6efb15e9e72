"""Schemas of tools in the few words that every server knows.

Gemini's refuses most of JSON Schema by name (`$schema`, `additionalProperties`, `const`), others
what stands for several types. A tool whose arguments are described more plainly is still a tool.
"""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_KEPT = ("type", "description", "enum", "required")
_CHOICES = ("anyOf", "oneOf", "allOf")
MAX_DEPTH = 8


def simplify_tools(tools: Any) -> Any:
    """Return the tools with plain schemas; what is no list of tools as it came."""
    return [_simplify_tool(each) for each in tools] if isinstance(tools, list) else tools


def _simplify_tool(tool: Any) -> Any:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict):
        return tool
    plain = {name: function[name] for name in ("name", "description") if name in function}
    parameters = function.get("parameters")
    if isinstance(parameters, dict) and parameters.get("properties"):
        definitions = parameters.get("$defs") or parameters.get("definitions")
        known = definitions if isinstance(definitions, dict) else {}
        plain["parameters"] = _simplify(parameters, known, MAX_DEPTH)
    return {"type": "function", "function": plain}


def _simplify(schema: Any, known: Schema, depth: int) -> dict[str, Any]:
    schema = _choose(schema, known, depth)
    plain = {key: schema[key] for key in _KEPT if key in schema}
    if "const" in schema:
        plain["enum"] = [schema["const"]]
    if isinstance(kinds := plain.get("type"), list):
        plain["type"] = next((kind for kind in kinds if kind != "null"), "string")
    properties = schema.get("properties")
    if isinstance(properties, dict) and depth:
        plain["properties"] = {
            name: _simplify(each, known, depth - 1) for name, each in properties.items()
        }
    plain.setdefault("type", "object" if "properties" in plain else "string")
    if plain["type"] == "array":
        plain["items"] = _simplify(schema.get("items"), known, depth - 1) if depth else {}
    return plain


def _choose(schema: Any, known: Schema, depth: int) -> Schema:
    """Return what a schema refers to, and of several the first that is not nothing."""
    for _ in range(depth):
        if not isinstance(schema, dict):
            return {}
        others = {key: value for key, value in schema.items() if key not in {"$ref", *_CHOICES}}
        choices: list[Any] = next(
            (schema[key] for key in _CHOICES if isinstance(schema.get(key), list)), []
        )
        real = [each for each in choices if isinstance(each, dict) and each.get("type") != "null"]
        if isinstance(name := schema.get("$ref"), str):
            inner = known.get(name.rpartition("/")[2])
        elif real:
            inner = real[0]
        else:
            return others
        schema = {**(inner if isinstance(inner, dict) else {}), **others}
    return {}
