"""Thoughts of a model are shown while they come, with their time, and kept beside the answer."""

import json
from contextlib import aclosing
from uuid import UUID

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.credentials import tokens
from accounts.models import User
from aiapp.db import in_db
from chat import asking
from chat.log.events import Kind
from chat.models import Thoughts, Turn
from chat.reading.page_stream import page_events
from chat.reading.shown_thoughts import describe_time
from chat.tests.conftest import ask, entries, reload_turn
from chat.tests.scripted_model import script_model
from chat.turns.accepting.places import Leaf, NewConversation
from chat.turns.accepting.request import Choices, Question

THOUGHT = "first this, then that!"


async def events_of_page(turn: Turn) -> list[tuple[str, dict[str, str]]]:
    """The events that an open page is sent for a turn."""
    async with aclosing(page_events(turn)) as groups:
        text = b"".join([group async for group in groups]).decode()
    blocks = (block.split("\n") for block in text.split("\n\n"))
    fields = [dict(line.split(": ", 1) for line in block if ": " in line) for block in blocks]
    return [(each["event"], json.loads(each["data"])) for each in fields if "event" in each]


async def test_thoughts_are_kept_with_the_answer_and_not_in_it(alice: User) -> None:
    accepted = await ask(alice, "thinks", "hello")
    found = await entries(accepted.turn)
    told = [entry.data for entry in found if entry.kind == Kind.REASONING]
    assert "".join(each["text"] for each in told) == THOUGHT
    times = [each["seconds"] for each in told]
    assert times == sorted(times)
    turn = await reload_turn(accepted.turn)
    assert turn.message.content == "hello "
    assert turn.thought_seconds is not None
    assert turn.thought_seconds >= 0
    assert found[-1].data["thought_seconds"] == turn.thought_seconds
    assert (await in_db(Thoughts.objects.get, turn=turn)).text == THOUGHT


async def test_a_program_reads_them_by_the_turn(alice: User, bob: User) -> None:
    turn = (await ask(alice, "thinks", "hello")).turn
    await entries(turn)
    path, client = f"/api/turns/{turn.id}", AsyncClient()
    mine = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    told = (await client.get(path, headers=mine)).json()
    assert told["thought_seconds"] == (await reload_turn(turn)).thought_seconds
    thoughts = (await client.get(f"{path}/thoughts", headers=mine)).json()
    assert thoughts == {"text": THOUGHT, "seconds": told["thought_seconds"]}
    others = {"Authorization": f"Bearer {(await in_db(tokens.issue, bob)).access}"}
    assert (await client.get(f"{path}/thoughts", headers=others)).status_code == 404


async def test_thoughts_whose_beginning_nobody_marked_are_kept_too(alice: User) -> None:
    accepted = await ask(alice, "says-let_me_see</think>It_is_four.")
    await entries(accepted.turn)
    turn = await reload_turn(accepted.turn)
    assert turn.message.content.strip() == "It is four."
    assert (await in_db(Thoughts.objects.get, turn=turn)).text.strip() == "let me see"


async def test_an_answer_without_thoughts_has_none(alice: User) -> None:
    accepted = await ask(alice, "echo")
    await entries(accepted.turn)
    assert (await reload_turn(accepted.turn)).thought_seconds is None
    assert not await in_db(Thoughts.objects.exists)


async def test_an_open_page_is_shown_them_while_they_come(alice: User) -> None:
    accepted = await ask(alice, "thinks", "<b>hello")
    shown = await events_of_page(accepted.turn)
    thoughts = [data for name, data in shown if name == "thought"]
    assert "".join(each["text"] for each in thoughts) == THOUGHT
    assert thoughts[-1]["label"].startswith("Thought for")
    names = [name for name, _ in shown]
    assert names.index("thought") < names.index("block")
    assert THOUGHT not in json.dumps([data for name, data in shown if name != "thought"])


async def test_a_page_opened_later_has_them_folded_and_fetches_them(alice: User) -> None:
    accepted = await ask(alice, "thinks", "hello")
    await entries(accepted.turn)
    client = Client()
    await in_db(client.force_login, alice)

    def get(name: str, of: UUID, **headers: str) -> str:
        response = client.get(reverse(name, args=[of]), headers=headers)
        assert response.status_code == 200
        return response.content.decode()

    page = await in_db(get, "chat:conversation", accepted.conversation.id)
    assert "Thought for less than a second" in page
    assert THOUGHT not in page
    message = accepted.assistant_message.id
    assert THOUGHT in await in_db(get, "chat:thoughts", message)
    fragment = await in_db(lambda: get("chat:thoughts", message, X_Requested_With="fetch"))
    assert fragment == THOUGHT


@pytest.mark.parametrize(("thinks", "told"), [(True, "low"), (False, None)])
async def test_only_a_model_that_can_be_told_is_told_how_long_to_think(
    alice: User, settings, thinks: bool, told: str | None
) -> None:
    async with script_model(settings, lambda body: "Yes.") as model:
        settings.MODELS = {"worker": {"thinking": thinks}}
        choices = Choices("worker", collections=[], effort="low")
        first = await asking.ask(alice, Question("Why?"), choices, follows=NewConversation())
        await entries(first.turn)
        assert model.requests[-1].get("reasoning_effort") == told
        plain = Choices("worker", collections=[])
        follows = Leaf(first.conversation.id)
        second = await asking.ask(alice, Question("And?"), plain, follows=follows)
        await entries(second.turn)
        assert "reasoning_effort" not in model.requests[-1]


def test_the_time_is_told_as_people_tell_it() -> None:
    times = [describe_time(each) for each in (0.2, 7.4, 59.6, 125)]
    assert times == [
        "Thought for less than a second",
        "Thought for 7 s",
        "Thought for 1 min 0 s",
        "Thought for 2 min 5 s",
    ]
