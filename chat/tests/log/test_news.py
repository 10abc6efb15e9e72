"""Pages are told of changes among their user's chats."""

import asyncio
import re
from contextlib import aclosing

import pytest
from django.test import AsyncClient
from django.urls import reverse

from aiapp.db import in_db
from chat import asking
from chat.conversations import conversations
from chat.log import news
from chat.models import Message, NextQuestion
from chat.tests.conftest import ask, entries
from chat.turns import deletion
from chat.turns.accepting.request import Choices, Question
from chat.turns.running import following, runner

pytestmark = pytest.mark.django_db(transaction=True)


async def hear(events, seconds: float = 60.0) -> bytes:
    """The next change."""
    async with asyncio.timeout(seconds):
        while True:
            event = await anext(events)
            if b"event: changed" in event:
                return event


async def listen(user, after: str = "", age: str = ""):
    return news.events(user.pk, await news.find_place(after, age))


async def the_next_millisecond() -> None:
    now = await news.find_place("", "")
    while await news.find_place("", "") == now:
        pass


def read_id(event: bytes) -> str:
    return re.search(rb"^id: (.+)$", event, re.MULTILINE)[1].decode()


async def is_silent(events) -> bool:
    """True if nothing comes while the hub has looked at least once."""
    try:
        await hear(events, 1.5)
    except TimeoutError:
        return True
    return False


async def test_a_change_is_told_to_its_owner_alone(alice, bob):
    conversation = await in_db(conversations.create, alice, "Tea")
    async with aclosing(await listen(alice)) as hers, aclosing(await listen(bob)) as his:
        assert b"event: place" in await anext(hers)
        assert b"event: place" in await anext(his)
        for change in (
            lambda: conversations.create(alice, "Milk"),
            lambda: conversations.rename(conversation, "Coffee"),
            lambda: conversations.arrange(conversation, pinned=True),
        ):
            told = asyncio.create_task(hear(hers))
            await in_db(change)
            assert b"data: {}" in await told
        told = asyncio.create_task(hear(hers))
        await deletion.delete(alice, conversation.id)
        assert await told
        told = asyncio.create_task(hear(hers))
        await in_db(deletion.restore, alice, conversation.id)
        assert await told
        assert await is_silent(his)


async def test_a_page_hears_what_has_changed_since_it_was_loaded(alice):
    conversation = await in_db(conversations.create, alice, "Tea")
    await in_db(conversations.rename, conversation, "Coffee")
    async with aclosing(await listen(alice, age="60000")) as events:
        assert await hear(events)
        assert await is_silent(events)


async def test_a_page_does_not_hear_what_it_was_loaded_with(alice):
    conversation = await in_db(conversations.create, alice, "Tea")
    await in_db(conversations.rename, conversation, "Coffee")
    await the_next_millisecond()
    async with aclosing(await listen(alice, age="0")) as events:
        assert b"event: place" in await anext(events)
        assert await is_silent(events)


async def test_a_page_that_was_cut_off_hears_what_it_has_missed(alice):
    conversation = await in_db(conversations.create, alice, "Tea")
    async with aclosing(await listen(alice)) as events:
        place = read_id(await anext(events))
    await in_db(conversations.rename, conversation, "Coffee")
    async with aclosing(await listen(alice, place)) as events:
        place = read_id(await hear(events))
    async with aclosing(await listen(alice, place)) as events:
        assert await is_silent(events)


@pytest.mark.parametrize(
    "query", ["after=1", "after=1-", "after=%D9%A1-1", "age=-1", "age=x", "age=" + "9" * 40]
)
async def test_a_place_that_nobody_gave_out_is_refused(alice, query):
    client = AsyncClient()
    await client.aforce_login(alice)
    assert (await client.get(f"{reverse('chat:news')}?{query}")).status_code == 422


async def test_the_list_has_a_sign_of_what_waits_in_the_open_chat(alice):
    client = AsyncClient()
    await client.aforce_login(alice)
    turn = (await ask(alice, "count-1000-20")).turn
    message = await in_db(Message.objects.get, pk=turn.message_id)
    url = f"{reverse('chat:chats')}?current={message.conversation_id}"
    page = reverse("chat:queue", args=[message.conversation_id])
    signs = [(await client.get(url))["X-Queue"]]
    choices = Choices("echo", collections=[])
    async with aclosing(await listen(alice)) as events:
        await asking.queue(alice, message.conversation_id, Question("Later?", "q-1"), choices)
        await hear(events)
        signs.append((await client.get(url))["X-Queue"])
        assert f'data-state="{signs[-1]}"' in (await client.get(page)).content.decode()
        waiting = await in_db(NextQuestion.objects.get)
        await in_db(following.reword, waiting, "Later, then?")
        await hear(events)
        signs.append((await client.get(url))["X-Queue"])
        await in_db(following.remove, waiting)
        await hear(events)
    signs.append((await client.get(url))["X-Queue"])
    assert (signs[0], signs[3]) == ("", "")
    assert len({*signs}) == 3
    await runner.stop(turn)
    await entries(turn)


async def test_the_list_says_where_the_open_chat_ends_and_whether_it_is_gone(alice, bob):
    client, other = AsyncClient(), AsyncClient()
    await client.aforce_login(alice)
    await other.aforce_login(bob)
    conversation = await in_db(conversations.create, alice, "Tea")
    url = f"{reverse('chat:chats')}?current={conversation.id}"
    assert (await client.get(url))["X-Leaf"] == ""
    assert (await other.get(url))["X-Leaf"] == "gone"
    await deletion.delete(alice, conversation.id)
    assert (await client.get(url))["X-Leaf"] == "gone"
    assert "X-Leaf" not in await client.get(reverse("chat:chats"))
