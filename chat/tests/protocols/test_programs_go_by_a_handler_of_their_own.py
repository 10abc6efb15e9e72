"""A handler without threads serves what is asked for with a token, and gives the same answers."""

import json
from typing import Any

import pytest
from asgiref import sync
from asgiref.testing import ApplicationCommunicator
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import User
from aiapp.asgi import application, pages_application
from aiapp.db import in_db
from chat.models import Turn
from chat.tests.conftest import reload_turn

# A request's own name, and what follows from a page's cookie and language.
OF_ITS_OWN = {b"x-request-id", b"content-language", b"vary"}


def build_scope(method: str, path: str, **headers: str) -> dict[str, Any]:
    fields = {"host": "testserver", "content-type": "application/json", **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
        "client": ("127.0.0.1", 1),
    }


async def call(app: Any, scope: dict[str, Any], body: bytes = b"") -> dict[str, Any]:
    program = ApplicationCommunicator(app, scope)
    await program.send_input({"type": "http.request", "body": body})
    start = await program.receive_output(30)
    rest = await program.receive_output(30)
    await program.wait(30)
    return {**start, "body": rest["body"]}


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions that ran on another thread than the event loop's."""
    found: list[str] = []
    change = sync.SyncToAsync.__call__

    async def note(self: Any, *args: Any, **kwargs: Any) -> Any:
        found.append(getattr(self.func, "__qualname__", ""))
        return await change(self, *args, **kwargs)

    monkeypatch.setattr(sync.SyncToAsync, "__call__", note)
    return found


async def authorize(user: User) -> str:
    return f"Bearer {(await in_db(tokens.issue, user)).access}"


@pytest.mark.parametrize("path", ["/api/me", "/v1/models", "/api/nothing-there"])
@pytest.mark.parametrize("is_known", [True, False])
async def test_answers_and_headers_are_those_of_the_pages_handler(
    alice: User, path: str, is_known: bool
) -> None:
    authorization = await authorize(alice) if is_known else "Bearer nobody's"
    scope = build_scope("GET", path, authorization=authorization, origin="https://example.org")
    ours, others = await call(application, scope), await call(pages_application, scope)
    assert (ours["status"], ours["body"]) == (others["status"], others["body"])
    for answer in (ours, others):
        answer["headers"] = {
            name.lower(): value
            for name, value in answer["headers"]
            if name.lower() not in OF_ITS_OWN
        }
    assert ours["headers"] == others["headers"]
    assert b"content-security-policy" in ours["headers"]


async def test_a_request_changes_no_thread(alice: User, changes: list[str]) -> None:
    scope = build_scope("GET", "/api/me", authorization=await authorize(alice))
    await call(application, scope)
    changes.clear()
    assert (await call(application, scope))["status"] == 200
    assert changes == []


@pytest.mark.parametrize(("chars", "threads"), [(1_000, 0), (20_000, 1)])
async def test_a_page_s_form_is_read_on_a_thread_only_if_it_is_long(
    alice: User, changes: list[str], chars: int, threads: int
) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    scope = build_scope("POST", "/accounts/login/", cookie=f"csrftoken={'a' * 32}", **form)
    await call(application, build_scope("GET", "/accounts/login/"))
    changes.clear()
    token = f"csrfmiddlewaretoken={'a' * 32}"
    assert (await call(application, scope, f"{token}&a={'b' * chars}".encode()))["status"] == 200
    assert changes.count("CsrfViewMiddleware.process_view") == threads
    forged = token.replace("=a", "=b")
    assert (await call(application, scope, f"{forged}&a={'b' * chars}".encode()))["status"] == 403


async def test_who_goes_away_ends_the_request_and_not_the_answer(
    alice: User, settings: Settings
) -> None:
    settings.CHAT_MODEL = "count-600-20"
    asked = {"messages": [{"role": "user", "content": "go"}]}
    scope = build_scope("POST", "/api/chat", authorization=await authorize(alice))
    program = ApplicationCommunicator(application, scope)
    body = json.dumps({**asked, "collections": []}).encode()
    await program.send_input({"type": "http.request", "body": body})
    while not await Turn.objects.aexists():
        assert await program.receive_nothing(0.05)
    await program.send_input({"type": "http.disconnect"})
    await program.wait(30)
    assert program.output_queue.empty()
    assert (await reload_turn(await Turn.objects.aget())).state == Turn.State.RUNNING
