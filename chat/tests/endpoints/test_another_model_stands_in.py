"""While a model is away another answers: everybody is told who, and that one is paid."""

from decimal import Decimal

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from pytest_django import Settings

from accounts.credentials import tokens
from accounts.models import Budget, LedgerEntry, Price, User
from aiapp.db import in_db
from chat.log.events import Kind
from chat.tests.conftest import ask, entries, reload_turn, text_of


@pytest.fixture(autouse=True)
def _chain(settings: Settings) -> None:
    settings.MODEL_TRIES = 1
    settings.CHAT_FALLBACKS = {"fault-503": ["says-I_stand_in"]}


async def test_the_reader_is_told_who_answers(alice: User) -> None:
    accepted = await ask(alice, "fault-503")
    found = await entries(accepted.turn)
    assert text_of(found) == "I stand in "
    told = [entry.data["text"] for entry in found if entry.kind == Kind.STATUS]
    assert told == ["fault-503 is unavailable. says-I_stand_in is answering"]
    assert found[-1].data["model"] == "says-I_stand_in"
    assert (await reload_turn(accepted.turn)).speaker == "says-I_stand_in"


async def test_the_ledger_charges_the_one_that_answered(alice: User) -> None:
    await in_db(Price.objects.create, model="fault-503", input=Decimal(100), output=Decimal(100))
    await in_db(Price.objects.create, model="says-I_stand_in", input=Decimal(1), output=Decimal(2))
    await entries((await ask(alice, "fault-503")).turn)
    entry = await in_db(LedgerEntry.objects.get)
    assert entry.model == "says-I_stand_in"
    tokens_cost = Decimal(entry.prompt_tokens + 2 * entry.completion_tokens) / 1_000_000
    assert (entry.cost, entry.completion_tokens) == (tokens_cost, 3)


async def test_what_is_set_aside_suffices_for_a_dearer_one(alice: User) -> None:
    dear = {"input": Decimal(0), "output": Decimal(1_000)}
    await in_db(Price.objects.create, model="says-I_stand_in", **dear)
    await in_db(Budget.objects.create, user=alice, money=Decimal("0.1"))
    accepted = await ask(alice, "fault-503")
    assert accepted.turn.max_tokens == 100
    await entries(accepted.turn)


async def test_programs_are_told_in_the_answer(alice: User, settings: Settings) -> None:
    settings.CHAT_MODELS = ["fault-503"]
    access = (await in_db(tokens.issue, alice)).access
    headers = {"Authorization": f"Bearer {access}"}
    body = {"model": "fault-503", "messages": [{"role": "user", "content": "hello"}]}
    sent = {"content_type": "application/json", "headers": headers}
    ours = await AsyncClient().post("/api/chat", body | {"collections": []}, **sent)
    theirs = await AsyncClient().post("/v1/chat/completions", body, **sent)
    assert ours.json()["model"] == "says-I_stand_in"
    assert theirs.json()["model"] == "says-I_stand_in"


async def test_its_answer_is_not_kept_as_the_other_s(alice: User) -> None:
    await entries((await ask(alice, "fault-503", "keep this")).turn)
    again = await entries((await ask(alice, "fault-503", "keep this")).turn)
    assert again[-1].data["cached"] is False


async def test_the_page_names_both(alice: User) -> None:
    accepted = await ask(alice, "fault-503")
    await entries(accepted.turn)
    client = Client()
    await in_db(client.force_login, alice)
    address = reverse("chat:conversation", args=[accepted.conversation.id])
    page = (await in_db(client.get, address)).content.decode()
    assert "says-I_stand_in" in page
    assert "in place of fault-503" in page


async def test_who_waits_for_a_place_is_told_so(alice: User, settings: Settings) -> None:
    settings.MODEL_CONCURRENCY = 1
    first = await ask(alice, "count-20-20")
    second = await ask(alice, "count-20-20", "another question")
    await entries(first.turn)
    told = [entry.data for entry in await entries(second.turn) if entry.kind == Kind.STATUS]
    assert [each["text"] for each in told] == ["Waiting for the model"]
