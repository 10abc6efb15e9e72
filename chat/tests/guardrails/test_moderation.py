"""A service may judge questions; what it finds is noted, or refused under the strict policy."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from accounts.models import User
from chat.models import Turn
from chat.tests.conftest import ask, entries, reload_turn
from tests.processes import web_server

CATEGORIES = ("violence", "harassment")


class Service:
    def __init__(self, server: web_server.WebServer) -> None:
        self.asked: list[dict[str, Any]] = []
        self.found: set[str] = {"violence"}
        self.body: dict[str, Any] | None = None
        self.status = 200
        server.pages["/v1/moderations"] = self.answer

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        result = {
            "flagged": bool(self.found),
            "categories": {name: name in self.found for name in CATEGORIES},
            "category_scores": {name: 0.91 if name in self.found else 0.01 for name in CATEGORIES},
        }
        body = (
            {"id": "m", "model": "judge", "results": [result]} if self.body is None else self.body
        )
        return web.Response(
            status=self.status, text=json.dumps(body), content_type="application/json"
        )


@pytest.fixture
def service(settings) -> Iterator[Service]:
    with web_server.running("127.0.0.1") as server:
        settings.MODERATION_MODEL = "judge"
        settings.MODERATION_BASE_URL = server.url("/v1")
        yield Service(server)


async def ask_and_wait(user: User) -> Turn:
    accepted = await ask(user, "echo", "a question")
    await entries(accepted.turn)
    return await reload_turn(accepted.turn)


async def test_what_is_found_is_noted_and_the_question_answered(
    alice: User, service: Service
) -> None:
    turn = await ask_and_wait(alice)
    assert turn.state == Turn.State.DONE
    assert turn.message.content
    (flag,) = turn.flags
    assert (flag["source"], flag["rules"], flag["score"]) == ("moderation", ["violence"], 0.91)
    assert service.asked == [{"input": "a question", "model": "judge"}]


async def test_the_strict_policy_refuses_what_is_found(
    alice: User, service: Service, settings
) -> None:
    settings.GUARD_POLICY = "strict"
    turn = await ask_and_wait(alice)
    assert (turn.state, turn.error_code) == (Turn.State.FAILED, "unsafe_input")
    assert not turn.message.content
    assert not turn.error_retryable


async def test_nothing_is_noted_of_an_honest_question(alice: User, service: Service) -> None:
    service.found = set()
    turn = await ask_and_wait(alice)
    assert (turn.state, turn.flags) == (Turn.State.DONE, None)


@pytest.mark.parametrize("policy", ["flag", "strict"])
@pytest.mark.parametrize("status", [200, 500, 401], ids=["nonsense", "a fault", "refused"])
async def test_a_service_that_fails_stops_no_question(
    alice: User, service: Service, settings, status: int, policy: str
) -> None:
    settings.GUARD_POLICY = policy
    service.status, service.body = status, {"results": []}
    turn = await ask_and_wait(alice)
    assert (turn.state, turn.flags) == (Turn.State.DONE, None)


async def test_without_a_service_nobody_is_asked(alice: User, service: Service, settings) -> None:
    settings.MODERATION_MODEL = ""
    await ask_and_wait(alice)
    assert not service.asked
