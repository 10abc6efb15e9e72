"""JSON of a thousand levels, and what is no JSON, is refused by every operation that reads it."""

import json
from typing import Any

import pytest

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from aiapp.http.json_bodies import MAX_DEPTH, is_too_deep
from documents.tests.library import TokenClient
from tests import routes

pytestmark = pytest.mark.django_db(transaction=True)


def nest(depth: int, *, lists: bool = False) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"a": value}
    return value


@pytest.fixture
def client(db: None) -> TokenClient:
    user = User.objects.create_user("alice", "alice@example.org", "a long password 1")
    return TokenClient(tokens.issue(user).access)


async def send_body(
    client: TokenClient, method: str, path: str, body: str | bytes, kind: str = "application/json"
) -> int:
    send = getattr(client, method)
    answer = await send(path, data=body, content_type=kind)
    if answer.status_code < 500:
        json.loads(answer.content)
    return int(answer.status_code)


def operations() -> list[routes.Route]:
    return [each for each in routes.operations() if isinstance(each.body, dict)]


BODIES = {
    "objects": '{"a":' * 900 + "1" + "}" * 900,
    "lists": "[" * 900 + "]" * 900,
    "more than the parser follows": "[" * 100_000,
    "a little too much": json.dumps(nest(MAX_DEPTH + 1)),
}


FORM = (
    '--x\r\nContent-Disposition: form-data; name="content"\r\n\r\nHi.\r\n'
    '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nHi.\r\n--x--\r\n'
)
FORMS = {
    "fields and a file": (FORM, "multipart/form-data; boundary=x"),
    "no boundary": (FORM, "multipart/form-data"),
    "fields": ("content=Hi.&a=%00", "application/x-www-form-urlencoded"),
    "another text": ("Hi.", "text/plain"),
    "nothing": ("", ""),
}


async def send_to_all(client: TokenClient, body: str, kind: str = "application/json") -> None:
    found = operations()
    assert len(found) > 20
    for route in found:
        path = route.path
        for name in route.parameters:
            path = path.replace(f"{{{name}}}", "01a2173f-5b26-7a31-8b1f-2f5d0c9a7e44")
        status = await send_body(client, route.method, path, body, kind)
        assert status in {400, 401, 403, 404, 422}, (route, status)


@pytest.mark.parametrize("body", BODIES)
async def test_every_operation_refuses_it(client: TokenClient, settings, body: str) -> None:
    settings.LOGIN_RATE = settings.REFRESH_RATE = ""
    await send_to_all(client, BODIES[body])


@pytest.mark.parametrize("form", FORMS)
async def test_every_operation_refuses_a_form_in_place_of_json(
    client: TokenClient, settings, form: str
) -> None:
    settings.LOGIN_RATE = settings.REFRESH_RATE = ""
    await send_to_all(client, *FORMS[form])


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 300, 900])
@pytest.mark.parametrize("field", ["response_format", "tools", "metadata", "logit_bias"])
async def test_what_is_passed_on_to_a_model_is_bounded(
    client: TokenClient, field: str, depth: int
) -> None:
    value = nest(depth) if field != "tools" else [nest(depth)]
    body = {"model": "echo", "messages": [{"role": "user", "content": "Hi."}], field: value}
    status = await send_body(client, "post", "/v1/chat/completions", json.dumps(body))
    assert status in {400, 422}


async def test_what_a_schema_needs_is_taken(client: TokenClient, settings, fake_model: str) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = fake_model, "sk-123"
    settings.CHAT_MODEL, settings.LOCAL_CHAT = "echo", False
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": nest(60)}}
    body = {
        "model": "echo",
        "messages": [{"role": "user", "content": "Hi."}],
        "response_format": schema,
    }
    assert await send_body(client, "post", "/v1/chat/completions", json.dumps(body)) == 200
    await in_db(User.objects.count)


@pytest.mark.parametrize("lists", [False, True])
def test_depth_is_counted_to_the_level(lists: bool) -> None:
    assert not is_too_deep(nest(MAX_DEPTH, lists=lists))
    assert is_too_deep(nest(MAX_DEPTH + 1, lists=lists))
    assert is_too_deep([1, {"a": nest(MAX_DEPTH, lists=lists)}, "x"])
    assert not is_too_deep([[]] * 100_000)
    assert not is_too_deep("[" * 1_000)
