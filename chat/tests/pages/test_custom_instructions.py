"""A member's instructions reach the model with that member's questions only."""

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.credentials import tokens
from aiapp.db import in_db
from chat.models import Instructions, Message
from tests.processes import model_requests

pytestmark = pytest.mark.django_db(transaction=True)

WISH = "I am a marine biologist. Answer in metric units."


def asked_in(fake_model: str, question: str) -> list[dict]:
    """Return what the model was sent with a question."""
    requests = model_requests.list_bodies(fake_model, question)
    return [each for each in requests if question in (each["messages"][-1]["content"] or "")]


def system_of(request: dict) -> str:
    return " ".join(m["content"] for m in request["messages"] if m["role"] == "system")


async def fetch_system_prompt(user, fake_model: str, question: str) -> str:
    """The system prompt of a question that is asked on the page."""
    client = AsyncClient()
    await client.aforce_login(user)
    await client.post(reverse("chat:ask"), {"content": question}, follow=True)
    [request] = asked_in(fake_model, question)
    return system_of(request)


async def test_they_go_with_their_owners_questions_only(alice, bob, fake_model):
    await Instructions.objects.acreate(owner=alice, text=WISH)
    assert WISH in await fetch_system_prompt(alice, fake_model, "instructed one")
    assert WISH not in await fetch_system_prompt(bob, fake_model, "instructed two")


async def test_they_can_be_switched_off(alice, fake_model):
    await Instructions.objects.acreate(owner=alice, text=WISH, enabled=False)
    assert WISH not in await fetch_system_prompt(alice, fake_model, "instructed three")


async def test_a_changed_wish_is_not_answered_from_the_kept_answers(alice, fake_model):
    kept = await Instructions.objects.acreate(owner=alice, text=WISH)
    question = "instructed four"
    await fetch_system_prompt(alice, fake_model, question)
    kept.text = "Answer in rhymes."
    await kept.asave()
    client = AsyncClient()
    await client.aforce_login(alice)
    await client.post(reverse("chat:ask"), {"content": question}, follow=True)
    assert len(asked_in(fake_model, question)) == 2
    answers = Message.objects.filter(role="assistant", turn__cached=True)
    assert not await in_db(answers.exists)


async def test_a_program_that_says_itself_how_to_answer_is_left_alone(alice, fake_model):
    await Instructions.objects.acreate(owner=alice, text=WISH)
    client = AsyncClient()
    system = {"role": "system", "content": "You are a pirate."}
    body = {"messages": [system, {"role": "user", "content": "instructed five"}]}
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    response = await client.post(
        "/api/chat", body, content_type="application/json", headers=headers
    )
    assert response.status_code == 200
    [request] = asked_in(fake_model, "instructed five")
    assert WISH not in system_of(request)


def test_the_page_saves_them_and_says_what_is_too_long(alice):
    client = Client()
    client.force_login(alice)
    page = reverse("chat:instructions")
    saved = client.post(page, {"text": WISH, "enabled": "on"}, follow=True)
    assert WISH in saved.content.decode()
    refused = client.post(page, {"text": "x" * 4001, "enabled": "on"})
    assert "x" * 4001 in refused.content.decode()
    assert Instructions.objects.get(owner=alice).text == WISH
    client.post(page, {"text": WISH})
    assert not Instructions.objects.get(owner=alice).enabled
