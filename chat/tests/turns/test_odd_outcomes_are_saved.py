"""Whatever came of a turn, it has an end, and what can be saved of its answer is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from aiapp.db import in_db
from chat.log.events import Kind
from chat.models import Call, Message, Turn
from chat.tests.conftest import ask, entries, reload_turn
from chat.turns.results import Result
from chat.turns.running.finishing import finish, finish_with_text_alone

MAX_COUNT = 2**31 - 1


@asynccontextmanager
async def refusing(table: str, check: str) -> AsyncIterator[None]:
    """The database refuses rows for which the check does not hold."""
    await in_db(_run, f"ALTER TABLE {table} ADD CONSTRAINT of_a_test CHECK ({check}) NOT VALID")
    try:
        yield
    finally:
        await in_db(_run, f"ALTER TABLE {table} DROP CONSTRAINT of_a_test")


def _run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def running(alice: User) -> Turn:
    question = Message(role=Message.Role.USER, content="What is it?")
    question.conversation = alice.conversations.create(title="A chat")
    question.save()
    answer = Message.objects.create(
        conversation=question.conversation, role=Message.Role.ASSISTANT, parent=question
    )
    return Turn.objects.create(
        owner=alice, message=answer, model="echo", state=Turn.State.RUNNING, prompt_tokens=7
    )


@pytest.mark.parametrize(
    "odd",
    [
        {"prompt_tokens": -35, "completion_tokens": -1},
        {"prompt_tokens": 3_000_000_000, "completion_tokens": 10**30},
        {"finish_reason": "a reason that is longer than its column\x00"},
        {"stand_in": "m" * 300},
        {"tool_calls": [{"id": "call\x00", "name": "n\ud83d", "arguments": '{"a": "\x00"}'}]},
        {"prompt": [{"text": "half \ud83d and \x00"}]},
        {"calls": [Call(step=1, call_id="c" * 200, name="n" * 200, arguments="\x00")]},
        {"error": {"code": "c" * 90, "message": "m\x00" * 900, "retryable": True}},
    ],
    ids=", ".join,
)
def test_what_does_not_fit_a_column_is_made_to(running: Turn, odd: dict[str, Any]) -> None:
    result = replace(Result(content="The answer\x00, half an emoji \ud83d.", model="echo"), **odd)
    assert finish(running, result)
    running.refresh_from_db()
    assert running.state == Turn.State.DONE
    assert running.message.content == "The answer, half an emoji ."
    assert 0 <= running.prompt_tokens <= MAX_COUNT
    assert 0 <= running.completion_tokens <= MAX_COUNT


async def test_an_outcome_that_the_database_refuses_ends_with_its_text(alice: User) -> None:
    async with refusing("chat_turn", "prompt IS NULL"):
        found = await entries((accepted := await ask(alice, "echo", "kept in any case")).turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.message.content) == (Turn.State.DONE, "kept in any case ")
    assert found[-1].kind == Kind.DONE


def test_a_text_is_not_given_up_because_the_database_is_away(running: Turn) -> None:
    def is_away(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    result = Result(content="The answer.", model="echo")
    with connection.execute_wrapper(is_away), pytest.raises(OperationalError):
        finish_with_text_alone(running, result)
    assert finish_with_text_alone(running, result)
    running.refresh_from_db()
    assert (running.state, running.message.content) == (Turn.State.DONE, "The answer.")


async def test_a_text_that_the_database_refuses_ends_as_an_error(alice: User) -> None:
    async with refusing("chat_message", "content NOT LIKE 'w0 %'"):
        found = await entries((accepted := await ask(alice, "count-3-0")).turn)
    turn = await reload_turn(accepted.turn)
    assert (turn.state, turn.error_code) == (Turn.State.FAILED, "answer_not_saved")
    assert found[-1].data["state"] == "failed"


async def test_a_refusal_is_not_tried_again_and_again(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    async with refusing("chat_message", "content NOT LIKE 'w0 %'"):
        await entries((await ask(alice, "count-3-0")).turn)
    assert [record.message for record in caplog.records].count("turn_unsaved") == 0
    assert await in_db(Turn.objects.filter(state=Turn.State.RUNNING).count) == 0
