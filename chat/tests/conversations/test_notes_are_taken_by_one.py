"""One worker at a time takes a conversation's notes, and ends nobody's turn at it but its own."""

from typing import Any
from uuid import UUID

import pytest
from pytest_django import Settings

from accounts.models import User
from aiapp.db import in_db
from aiapp.redis import sync_redis
from chat.memory.summarising import ALONE_SECONDS, summarise
from chat.models import Summary
from chat.tests.conversations.test_long_conversations import honest, is_note_taking, say
from chat.tests.scripted_model import script_model


@pytest.fixture(autouse=True)
def _few_exchanges(settings: Settings) -> None:
    settings.RESPONSE_CACHE_SECONDS = 0
    settings.MEMORY_EXCHANGES = 4


class Chat:
    """A chat that is talked on in; `newest` is its last answer."""

    def __init__(self, user: User) -> None:
        self.user = user
        self.newest: UUID | None = None
        self.key = ""

    async def go_on(self, exchanges: int) -> None:
        conversation = None
        for _ in range(exchanges):
            turn = await say(self.user, "My dog is called Rex.", conversation)
            conversation = await in_db(lambda: turn.message.conversation)  # noqa: B023
            self.newest, self.key = turn.message_id, f"summary:{conversation.id}"


async def test_whoever_comes_second_leaves_it_to_the_first(alice: User, settings: Settings) -> None:
    chat = Chat(alice)
    async with script_model(settings, honest) as model:
        await chat.go_on(3)
        await in_db(Summary.objects.all().delete)
        with sync_redis() as redis:
            redis.set(chat.key, "another", ex=60)
            settings.MEMORY_EXCHANGES = 1
            asked = len(model.requests)
            await summarise(chat.newest)
            assert len(model.requests) == asked
            assert redis.get(chat.key) == b"another"
            redis.delete(chat.key)
            await summarise(chat.newest)
            assert redis.get(chat.key) is None
    assert len(model.requests) > asked
    assert await in_db(Summary.objects.exists)


async def test_the_lock_has_an_end_and_another_takers_is_left_to_them(
    alice: User, settings: Settings
) -> None:
    chat = Chat(alice)
    ends: list[Any] = []

    def slow(body: Any) -> Any:
        if is_note_taking(body):
            with sync_redis() as redis:
                ends.append(redis.pttl(chat.key))
                # It has lapsed meanwhile, and somebody else has begun.
                redis.set(chat.key, "another", ex=60)
        return honest(body)

    async with script_model(settings, slow):
        await chat.go_on(3)
        settings.MEMORY_EXCHANGES = 1
        await summarise(chat.newest)
    assert 0 < ends[0] <= ALONE_SECONDS * 1000
    with sync_redis() as redis:
        assert redis.get(chat.key) == b"another"
        redis.delete(chat.key)


async def test_a_server_that_was_started_anew_is_taught_how_to_let_go(
    alice: User, settings: Settings
) -> None:
    chat = Chat(alice)
    async with script_model(settings, honest):
        await chat.go_on(1)
        with sync_redis() as redis:
            redis.script_flush()
            await summarise(chat.newest)
            assert redis.get(chat.key) is None
