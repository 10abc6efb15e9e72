"""While PostgreSQL or Redis is away, callers are told to come back, in their own shape."""

import pytest
from django.db import OperationalError
from django.test import AsyncClient, RequestFactory
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisIsAway

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from aiapp.http.errors import error_response, translate_known_error
from chat.models import Turn
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question, TurnRequest


async def test_a_stop_that_redis_cannot_carry_is_told_to_come_back(
    transactional_db: None, settings: Settings
) -> None:
    alice = await User.objects.acreate(username="alice", email="alice@example.org")
    choices = Choices("echo", collections=[])
    request = TurnRequest(alice, Question("go"), choices, "another process")
    accepted = await in_db(beginning.begin_conversation, request, NewConversation())
    access = (await in_db(tokens.issue, alice)).access
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = await AsyncClient().post(
        f"/api/turns/{accepted.turn.id}/stop", headers={"Authorization": f"Bearer {access}"}
    )
    assert response.status_code == 503
    assert response["Retry-After"]
    assert response.json()["error"]["code"] == "unavailable"
    assert (await Turn.objects.aget()).state == Turn.State.RUNNING


@pytest.mark.parametrize("error", [OperationalError("gone"), RedisIsAway("gone")])
def test_a_page_says_so_without_asking_the_database(error: Exception) -> None:
    known = translate_known_error(error)
    assert known is not None
    response = error_response(RequestFactory().get("/chat/"), known)
    assert response.status_code == 503
    assert response["Retry-After"] == "2"
    assert b"is not responding" in response.content
