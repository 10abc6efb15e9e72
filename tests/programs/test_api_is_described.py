"""The API's description is complete: who reads it alone can write a client."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from aiapp.api.application import api
from aiapp.api.notes import Note, read_note
from aiapp.api.v1 import v1
from aiapp.http.error_shapes import OPENAI_ERROR, OUR_ERROR

DESCRIBED = {
    "/api/": api.get_openapi_schema(path_prefix="/api/"),
    "/v1/": v1.get_openapi_schema(path_prefix="/v1/"),
}
OPERATIONS = [
    (prefix, f"{method.upper()} {path}", operation)
    for prefix, schema in DESCRIBED.items()
    for path, methods in schema["paths"].items()
    for method, operation in methods.items()
]
NAMES = [name for _, name, _ in OPERATIONS]
# What anybody may call.
PUBLIC = {
    f"POST /api/auth/{name}" for name in ("register", "token", "token/refresh", "token/revoke")
}
# Answers whose types say all: short ones, lists of what other operations show one of, and
# those of OpenAI, which have their own documentation.
NO_EXAMPLE = {
    "GET /api/me",
    "GET /api/keys",
    "POST /api/keys",
    "GET /api/models",
    "GET /api/collections",
    "GET /api/documents/{document_id}/versions",
    "GET /api/documents/{document_id}/chunks",
    "GET /api/documents/{document_id}/file",
    "GET /api/conversations",
    "POST /api/conversations",
    "GET /api/conversations/{conversation_id}",
    "PATCH /api/conversations/{conversation_id}",
    "GET /api/conversations/{conversation_id}/messages",
    "POST /api/conversations/{conversation_id}/messages",
    "PATCH /api/messages/{message_id}",
    "POST /api/messages/{message_id}/regenerate",
    "POST /api/messages/{message_id}/fork",
    "GET /api/shares",
    "GET /api/folders",
    "POST /api/folders",
    "PATCH /api/folders/{folder_id}",
    "GET /api/turns/{turn_id}",
    "GET /v1/models",
    "GET /v1/models/{model}",
    "POST /v1/embeddings",
}
ROOT = Path(__file__).parents[2]
SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8")
    for app in ("accounts", "documents", "chat")
    for room in ("api", "openai_api", "protocols")
    for path in sorted((ROOT / app / room).rglob("*.py"))
}
# The functions with a note.
NOTED = re.compile(r"^@Note\((?:.*\n)+?(?:async )?def (\w+)", re.MULTILINE)
every_operation = pytest.mark.parametrize(("prefix", "name", "operation"), OPERATIONS, ids=NAMES)


def contents(answer: dict[str, Any]) -> dict[str, Any]:
    return answer.get("content", {})


def check(prefix: str, schema: dict[str, Any], example: Any) -> None:
    whole = {"components": DESCRIBED[prefix]["components"], **schema}
    jsonschema_rs.validator_for(whole).validate(example)


@every_operation
def test_it_says_what_it_does_and_who_may(prefix, name, operation):
    assert operation["summary"]
    assert len(operation["description"]) > 15
    assert operation["tags"]
    assert bool(operation.get("security")) != (name in PUBLIC)


@every_operation
def test_it_says_how_it_fails_and_in_which_shape(prefix, name, operation):
    failures = {int(s): a for s, a in operation["responses"].items() if int(s) >= 400}
    assert {400, 429, 503} <= set(failures)
    if name not in PUBLIC:
        assert {401, 403} <= set(failures)
    for answer in failures.values():
        assert answer["description"]
        (content,) = contents(answer).values()
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}


@every_operation
def test_it_has_examples_that_are_right(prefix, name, operation):
    for kind, content in contents(operation.get("requestBody", {})).items():
        if not kind.startswith("multipart"):
            check(prefix, content["schema"], content["example"])
    for status, answer in operation["responses"].items():
        if int(status) >= 300:
            continue
        for kind, content in contents(answer).items():
            if kind == "application/json" and name not in NO_EXAMPLE:
                check(prefix, content["schema"], content["example"])
            assert content["schema"], kind


def test_what_needs_no_example_is_there():
    assert set(NAMES) >= NO_EXAMPLE | PUBLIC


def test_errors_have_the_shapes_of_their_protocols():
    assert DESCRIBED["/api/"]["components"]["schemas"]["Error"] == OUR_ERROR
    assert DESCRIBED["/v1/"]["components"]["schemas"]["Error"] == OPENAI_ERROR


def test_every_note_stands_on_an_operation():
    noted = {(module, name) for module, text in SOURCES.items() for name in NOTED.findall(text)}
    operations = {
        (each.view_func.__module__, each.view_func.__name__)
        for part in (api, v1)
        for _, each in part.iterate_operations()
        if read_note(each.view_func) != Note()
    }
    assert noted == operations


@pytest.mark.parametrize("module", [name for name in SOURCES if name.endswith(".examples")])
def test_every_example_is_shown(module):
    own = SOURCES[module]
    others = [text for name, text in SOURCES.items() if name != module]
    package = module.rpartition(".")[0]
    for name in re.findall(r"^([A-Z_]+)\b.* = ", own, re.MULTILINE):
        imported = re.compile(rf"from {package}\.examples import .*\b{name}\b")
        shown = re.compile(rf"(?s)from {package} import .*\bexamples\.{name}\b")
        is_part = len(re.findall(rf"\b{name}\b", own)) > 1
        assert is_part or any(imported.search(t) or shown.search(t) for t in others), name


@pytest.mark.parametrize(("of", "prefix"), [(api, "/api/"), (v1, "/v1/")])
def test_it_is_made_once(of, prefix):
    """Whoever asked for it again and again kept the process busy."""
    assert of.get_openapi_schema(path_prefix=prefix) is of.get_openapi_schema(path_prefix=prefix)
