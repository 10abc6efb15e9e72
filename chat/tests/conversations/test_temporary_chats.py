"""Chats that are gone after a day: not listed, not found, kept if their owner says so."""

from datetime import timedelta

import pytest
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from aiapp.db import in_db
from chat.conversations.access import conversations
from chat.models import Conversation
from chat.tasks import delete_temporary

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "What is a quokka?"


async def begin_chat(user) -> tuple[AsyncClient, Conversation]:
    client = AsyncClient()
    await client.aforce_login(user)
    asked = {"content": QUESTION, "temporary": "1"}
    response = await client.post(reverse("chat:ask"), asked, follow=True)
    assert response.status_code == 200
    return client, await in_db(Conversation.objects.get, owner=user)


async def later() -> None:
    day = timezone.now() - timedelta(days=1, minutes=5)
    await in_db(lambda: Conversation.objects.update(updated=day))
    await in_db(delete_temporary)


async def test_a_temporary_chat_is_shown_but_not_listed_or_found(alice):
    client, chat = await begin_chat(alice)
    page = (await client.get(chat.get_absolute_url())).content.decode()
    assert QUESTION in page
    assert "Keep this chat" in page
    assert not await in_db(conversations(alice).exists)
    found = (await client.get(reverse("chat:search"), {"q": "quokka"})).content.decode()
    assert str(chat.id) not in found


async def test_it_is_gone_after_a_day_of_silence(alice):
    client, chat = await begin_chat(alice)
    await later()
    assert (await client.get(chat.get_absolute_url())).status_code == 404


async def test_one_that_is_kept_stays_in_the_list(alice, bob):
    client, chat = await begin_chat(alice)
    other = AsyncClient()
    await other.aforce_login(bob)
    keep = reverse("chat:keep", args=[chat.id])
    assert (await other.post(keep)).status_code == 404
    response = await client.post(keep, follow=True)
    assert "Keep this chat" not in response.content.decode()
    await later()
    assert await in_db(lambda: conversations(alice).get().id) == chat.id
