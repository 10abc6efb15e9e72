"""Every address that the site serves and every field that takes an id, from its own description."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from aiapp.api.application import api
from aiapp.api.v1 import v1

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|{(\w+)}")


@dataclass(frozen=True)
class Route:
    """`path` with its parameters as `{name}`; `body` holds what must be sent."""

    method: str
    path: str
    body: Any = None

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Field:
    """A field of a query or a body that takes ids."""

    route: Route
    name: str
    place: str
    is_list: bool

    def __str__(self) -> str:
        return f"{self.route} {self.name}"


def pages() -> Iterator[Route]:
    """Both methods of every page; the API's operations are described better by `operations`."""
    for path in _addresses(get_resolver().url_patterns, "/"):
        if not path.startswith(("/api/", "/v1/", "/admin/")):
            yield Route("get", path)
            yield Route("post", path, {})


def operations() -> Iterator[Route]:
    for path, method, described in _list_operations():
        yield Route(method, path, _body(described))


def id_fields() -> Iterator[Field]:
    for path, method, described in _list_operations():
        route = Route(method, path, _body(described))
        for parameter in described.get("parameters", ()):
            if parameter["in"] == "query" and (kind := _ids(parameter["schema"])):
                yield Field(route, parameter["name"], "query", kind == "list")
        for content_type, schema in _bodies(described):
            for name, field in schema.get("properties", {}).items():
                if kind := _ids(field):
                    place = "form" if content_type.startswith("multipart") else "body"
                    yield Field(route, name, place, kind == "list")


def _addresses(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, path)
        else:
            yield _PARAMETER.sub(lambda found: f"{{{found[1] or found[2]}}}", path)


@cache
def _descriptions() -> list[dict[str, Any]]:
    """The descriptions of both APIs, which take most of a second to make."""
    return [api.get_openapi_schema(path_prefix="/api/"), v1.get_openapi_schema(path_prefix="/v1/")]


def _list_operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for description in _descriptions():
        for path, methods in description["paths"].items():
            for method, described in methods.items():
                yield path, method, described


def _bodies(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for content_type, content in described.get("requestBody", {}).get("content", {}).items():
        yield content_type, _resolve(content["schema"])


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    name = schema["$ref"].rpartition("/")[2]
    return next(
        schemas[name]
        for description in _descriptions()
        if name in (schemas := description["components"]["schemas"])
    )


def _ids(schema: dict[str, Any]) -> str:
    """Return "one" if a field takes an id, "list" if a list of them, and "" if neither."""
    for each in schema.get("anyOf", [schema]):
        if each.get("format") == "uuid":
            return "one"
        if each.get("items", {}).get("format") == "uuid":
            return "list"
    return ""


def _body(described: dict[str, Any]) -> Any:
    """The least that the operation takes."""
    for content_type, schema in _bodies(described):
        if not content_type.startswith("multipart"):
            return _example(schema)
    return None


def _example(schema: dict[str, Any]) -> Any:
    schema = _resolve(schema)
    schema = _resolve(schema["anyOf"][0]) if "anyOf" in schema else schema
    if chosen := schema.get("examples") or schema.get("enum"):
        return "user" if "user" in chosen else chosen[0]
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            wanted = {*schema.get("required", ()), *({"content"} & set(fields))}
            return {name: _example(fields[name]) for name in sorted(wanted)}
        case "array":
            return [_example(schema["items"])]
        case "integer" | "number":
            return 1
        case "boolean":
            return False
    return "echo"
