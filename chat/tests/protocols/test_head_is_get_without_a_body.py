"""HEAD, by which proxies, monitors and programs look whether something is there."""

import asyncio
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator

from accounts.models import User
from aiapp.asgi import application
from chat.tests.conftest import ask
from chat.tests.protocols.test_programs_go_by_a_handler_of_their_own import (
    authorize,
    build_scope,
    call,
)


@pytest.mark.parametrize("path", ["/api/me", "/api/conversations", "/v1/models", "/v1/models/echo"])
async def test_the_head_is_that_of_get(alice: User, path: str) -> None:
    authorization = await authorize(alice)
    got, looked = [
        await call(application, build_scope(method, path, authorization=authorization))
        for method in ("GET", "HEAD")
    ]
    assert looked["status"] == got["status"] == 200
    heads = [
        {name: value for name, value in each["headers"] if name.lower() != b"x-request-id"}
        for each in (got, looked)
    ]
    assert heads[0] == heads[1]


async def test_what_does_not_exist_or_is_only_written_is_told(alice: User) -> None:
    authorization = await authorize(alice)
    for path, status in {"/v1/models/none": 404, "/api/chat": 405, "/v1/embeddings": 405}.items():
        scope = build_scope("HEAD", path, authorization=authorization)
        assert (await call(application, scope))["status"] == status, path
    assert (await call(application, build_scope("HEAD", "/api/me")))["status"] == 401


async def test_a_stream_of_events_begins_and_ends(alice: User, settings: Any) -> None:
    settings.CHAT_MODELS = ["count-1000-10"]
    turn = (await ask(alice, "count-1000-10")).turn
    scope = build_scope(
        "HEAD", f"/api/turns/{turn.id}/events", authorization=await authorize(alice)
    )
    program = ApplicationCommunicator(application, scope)
    await program.send_input({"type": "http.request", "body": b""})
    async with asyncio.timeout(5):
        start = await program.receive_output(5)
        rest = await program.receive_output(5)
        await program.wait(5)
    assert start["status"] == 200
    assert dict(start["headers"])[b"Content-Type"].startswith(b"text/event-stream")
    assert not rest.get("body")
    assert not rest.get("more_body")
