"""The API's description beyond its types: summaries, errors, streams and examples.

Which errors an operation may answer with follows from what it takes; what does not follow, and
the examples, are noted on the operation (`aiapp.api.notes`).
"""

import re
from collections.abc import Iterator
from inspect import iscoroutinefunction
from typing import Any

from django.urls import URLPattern, URLResolver
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.utils import normalize_path

from aiapp.api.head import answer_head
from aiapp.api.notes import JSON, Note, read_note
from aiapp.http.json_bodies import BoundedParser

ERRORS = {
    400: "The request cannot be read: broken JSON, or a form without an end.",
    401: "The token, key or session is missing or invalid.",
    403: "The key is not good for this, the session's CSRF token is missing, or it is forbidden.",
    404: "It does not exist, or it is not yours.",
    405: "This method is not available here.",
    408: "The body did not arrive in time.",
    409: "This conflicts with the current state, such as a chat that is still answering.",
    413: "The body is too large.",
    415: "This kind of file is not supported.",
    422: "A field is not valid; `data.fields` names each.",
    429: "Too many requests, or a budget is used up. `Retry-After` says when to come back.",
    500: "Something went wrong on our side.",
    502: "The model refused, failed or was cut off.",
    503: "Part of the service is unavailable for a moment. `Retry-After` says when to come back.",
}


ACCEPTED = 202
ANY_KEY = "any"
_CONVERTER = re.compile(r"{[^{}:]+:")


class DescribedAPI(NinjaAPI):
    """`error` is the schema of every error's body, `root` where the API is served."""

    def __init__(self, *, error: dict[str, Any], root: str, **options: Any) -> None:
        super().__init__(parser=BoundedParser(), **options)
        self._error, self._root = error, root
        self._schemas: dict[str, OpenAPISchema] = {}

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        patterns = super()._get_urls()
        for pattern in patterns:
            # No operation that is not asynchronous answers GET.
            if isinstance(pattern, URLPattern) and iscoroutinefunction(pattern.callback):
                pattern.callback = answer_head(pattern.callback)
        return patterns

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the description, made once: each time it would keep a process busy for 0.2 s."""
        key = repr(sorted(options.items()))
        if key not in self._schemas:
            self._schemas = {key: self._describe(**options)}
        return self._schemas[key]

    def _describe(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["components"].setdefault("schemas", {})["Error"] = self._error
        scopes = self.key_scopes()
        notes = {name: read_note(each.view_func) for name, each in self.iterate_operations()}
        for path, methods in schema["paths"].items():
            for method, operation in methods.items():
                name = f"{method.upper()} /{path.removeprefix(self._root).lstrip('/')}"
                _describe(operation, path, notes[name])
                _describe_scope(operation, scopes[name])
        return schema

    def key_scopes(self) -> dict[str, str | None]:
        """Map each operation, such as `GET /me`, to what an API key needs: scopes separated by
        spaces, `any` for any key, "" where no key is taken, and None where nothing is asked.
        """
        scopes = {}
        for name, operation in self.iterate_operations():
            method = name.partition(" ")[0]
            needed = [
                auth.scope_of  # type: ignore[attr-defined]  # our own, `ApiAuth`
                for auth in operation.auth_callbacks
            ]
            scopes[name] = needed[0](method) if needed else None
        return scopes

    def iterate_operations(self) -> Iterator[tuple[str, Operation]]:
        """Yield every operation with its name, such as `GET /me`."""
        for router in self._get_bound_routers():
            for path, view in router.path_operations.items():
                address = _CONVERTER.sub("{", normalize_path(f"/{router.prefix}/{path}"))
                for operation in view.operations:
                    for method in operation.methods:
                        yield f"{method} {address}", operation


def _describe(operation: dict[str, Any], path: str, note: Note) -> None:
    operation["summary"] = operation["summary"].capitalize()
    if note.request is not None:
        for content in operation["requestBody"]["content"].values():
            content["example"] = note.request
    for status, response in operation["responses"].items():
        example = note.accepted if note.accepted and status == ACCEPTED else note.response
        if note.content:
            response["content"] = dict(note.content)
        elif example is not None and "content" in response:
            response["content"][JSON]["example"] = example
    if note.empty:
        operation["responses"][204] = {"description": note.empty}
    for status in sorted(_errors(operation, path) | set(note.errors)):
        operation["responses"][status] = {
            "description": ERRORS[status],
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
        }


def _describe_scope(operation: dict[str, Any], scope: str | None) -> None:
    if scope is None:
        return
    names = " and ".join(f"`{name}`" for name in scope.split())
    sentence = f"An API key needs the scope {names}." if names else "API keys are not taken."
    if scope == ANY_KEY:
        sentence = "Any API key will do."
    parts = (operation.get("description"), sentence)
    operation["description"] = "\n\n".join(part for part in parts if part)


def _errors(operation: dict[str, Any], path: str) -> set[int]:
    errors = {400, 429, 503}
    if operation.get("security"):
        errors |= {401, 403}
    if "{" in path:
        errors.add(404)
    if operation.get("parameters") or "requestBody" in operation:
        errors.add(422)
    if "requestBody" in operation:
        errors |= {408, 413}
        if "multipart/form-data" in operation["requestBody"]["content"]:
            errors.add(415)
    return errors
