"""Pages are told of changes among their user's chats."""

import asyncio
from contextlib import aclosing

import pytest
from django.test import AsyncClient
from django.urls import reverse

from aiapp.db import in_db
from chat.conversations import conversations
from chat.log import news
from chat.turns import deletion

pytestmark = pytest.mark.django_db(transaction=True)


async def hear(events, seconds: float = 60.0) -> bytes:
    """The next event that is no heartbeat."""
    async with asyncio.timeout(seconds):
        while True:
            event = await anext(events)
            if event not in {news.HEARTBEAT, news.RETRY}:
                return event


async def test_a_change_is_told_to_its_owner_alone(alice, bob):
    conversation = await in_db(conversations.create, alice, "Tea")
    async with aclosing(news.events(alice.pk)) as hers, aclosing(news.events(bob.pk)) as his:
        assert await anext(hers) == await anext(his) == news.RETRY
        for change in (
            lambda: conversations.rename(conversation, "Coffee"),
            lambda: conversations.arrange(conversation, pinned=True),
        ):
            told = asyncio.create_task(hear(hers))
            await in_db(change)
            assert await told == news.CHANGED
        told = asyncio.create_task(hear(hers))
        await deletion.delete(alice, conversation.id)
        assert await told == news.CHANGED
        told = asyncio.create_task(hear(hers))
        await in_db(deletion.restore, alice, conversation.id)
        assert await told == news.CHANGED
        with pytest.raises(TimeoutError):
            await hear(his, 0.5)


async def test_a_page_that_connects_hears_only_what_comes_after(alice):
    conversation = await in_db(conversations.create, alice, "Tea")
    await in_db(conversations.rename, conversation, "Coffee")
    async with aclosing(news.events(alice.pk)) as events:
        assert await anext(events) == news.RETRY
        with pytest.raises(TimeoutError):
            await hear(events, 1.5)


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
