"""A front end with the AI SDK asks for another answer, or again because it got none."""

from typing import Any

import orjson
import pytest
from django.test import AsyncClient

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat.models import Message

PATH = "/api/ai-sdk/chat"
REGENERATE = ["regenerate-message", "regenerate-assistant-message"]


def message(name: str, role: str, text: str) -> dict[str, Any]:
    return {"id": name, "role": role, "parts": [{"type": "text", "text": text}]}


async def send(user: User, *messages: Any, **more: Any) -> tuple[int, str]:
    """Return the status, and the name of the answer's message."""
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, user)).access}"}
    body = {"id": "c", "messages": list(messages), "model": "echo", "collections": []} | more
    response = await AsyncClient().post(
        PATH, body, content_type="application/json", headers=headers
    )
    if response.status_code != 200:
        return response.status_code, response.content.decode()
    async for part in response.streaming_content:
        for line in part.splitlines():
            if line.startswith(b'data: {"type":"start",'):
                started = orjson.loads(line.removeprefix(b"data: "))["messageId"]
    return 200, str(started)


async def asked_and_answered() -> list[tuple[str, str]]:
    answers = Message.objects.filter(role="assistant", turn__isnull=False).order_by("id")
    return await in_db(lambda: [(a.parent.content, a.content) for a in answers])


ONE, TWO = message("m1", "user", "one"), message("m3", "user", "two")


@pytest.mark.parametrize("trigger", REGENERATE)
async def test_a_question_that_never_arrived_is_asked(alice: User, trigger: str) -> None:
    assert (await send(alice, ONE, trigger=trigger))[0] == 200
    assert await asked_and_answered() == [("one", "one ")]


@pytest.mark.parametrize("trigger", REGENERATE)
async def test_a_later_question_that_was_refused_is_asked(alice: User, trigger: str) -> None:
    """And not the one before it once more."""
    _, answer = await send(alice, ONE, trigger="submit-message")
    said = (ONE, message(answer, "assistant", "one "))
    assert (await send(alice, *said, TWO | {"parts": []}))[0] == 422
    assert (await send(alice, *said, TWO, trigger=trigger))[0] == 200
    assert await asked_and_answered() == [("one", "one "), ("two", "two ")]


async def test_the_answer_that_is_named_is_made_again(alice: User, bob: User) -> None:
    _, first = await send(alice, ONE)
    said = (ONE, message(first, "assistant", "one "))
    _, second = await send(alice, *said, TWO)
    both = (*said, TWO, message(second, "assistant", "two "))
    await send(alice, ONE, trigger="regenerate-message", messageId=first)
    await send(alice, *both[:3], trigger="regenerate-message", messageId=second)
    await send(alice, *both[:3], trigger="regenerate-message")
    await send(alice, ONE, trigger="regenerate-message")
    questions = [question for question, _ in await asked_and_answered()]
    assert questions == ["one", "two", "one", "two", "two", "one"]
    # Of somebody else's there is nothing to make again.
    await send(bob, ONE, trigger="regenerate-message", messageId=first)
    answers = Message.objects.filter(role="assistant", conversation__owner=bob)
    assert await in_db(answers.count) == 1


async def test_without_a_question_the_last_answer_is_made_again(alice: User) -> None:
    _, first = await send(alice, ONE)
    said = (ONE, message(first, "assistant", "one "))
    assert (await send(alice, *said, trigger="regenerate-message"))[0] == 200
    assert await asked_and_answered() == [("one", "one ")] * 2


async def test_the_last_message_may_come_alone(alice: User, fake_model: str) -> None:
    """As front ends send it that leave the chat so far to the server."""
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    for said in (ONE, TWO):
        body = {"id": "c", "message": said, "model": "echo", "collections": []}
        response = await AsyncClient().post(
            PATH, body, content_type="application/json", headers=headers
        )
        assert response.status_code == 200
        assert [part async for part in response.streaming_content]
    assert await asked_and_answered() == [("one", "one "), ("two", "two ")]
    second = await in_db(Message.objects.get, role="user", content="two")
    assert second.parent_id is not None


@pytest.mark.parametrize("odd", [["file"], {"a": 1}, [[]], 5, None])
async def test_a_part_may_have_any_type(alice: User, odd: Any) -> None:
    asked = message("m1", "user", "hello")
    asked["parts"].append({"type": odd, "url": "data:"})
    status, _ = await send(alice, asked)
    assert status == 200
    assert await asked_and_answered() == [("hello", "hello ")]
