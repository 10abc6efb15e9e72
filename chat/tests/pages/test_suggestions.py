"""A model names new chats and suggests questions; nobody waits for it or sees its faults."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.credentials import tokens
from accounts.models import Budget, LedgerEntry, User
from aiapp.db import in_db
from chat import asking
from chat.conversations import conversations
from chat.conversations.access import get_conversation
from chat.models import Conversation, Instructions, Turn
from chat.suggestions import suggesting
from chat.suggestions.parsing import parse
from chat.tests.conftest import entries
from chat.tests.scripted_model import ScriptedModel, script_model
from chat.turns.accepting.places import Follows, Leaf, NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question
from chat.turns.running.runner import runner

GOOD = (
    "Title: Ferry times\n- When does the last one leave?\n- What does it cost?\n- Is there a bus?"
)
QUESTION = "when does the ferry to the island leave on a weekday"
WORKER = Choices("worker", collections=[])


@pytest.fixture(autouse=True)
def _on(settings) -> None:
    settings.SUGGESTIONS = True


def is_aside(body: dict[str, Any]) -> bool:
    return "a question and its answer" in body["messages"][0]["content"]


def says(reply: str) -> Callable[[dict[str, Any]], str]:
    """A model that answers every question, and that a suggestion is asked of."""
    return lambda body: reply if is_aside(body) else "At seven."


def asides(model: ScriptedModel) -> list[dict[str, Any]]:
    return [body for body in model.requests if is_aside(body)]


async def answer(
    user: User,
    follows: Follows | None = None,
    text: str = QUESTION,
    choices: Choices = WORKER,
) -> AcceptedTurn:
    """Ask, and wait for all that comes of it."""
    place = follows or NewConversation()
    accepted = await asking.ask(user, Question(text), choices, follows=place)
    found = await entries(accepted.turn)
    assert found[-1].data["state"] == "done"
    await finish_suggesting()
    return accepted


async def finish_suggesting() -> None:
    # The task begins with the turn's last step, a moment after its last word.
    while runner().is_busy:
        await asyncio.sleep(0.01)
    if suggesting._running:
        await asyncio.wait(set(suggesting._running))


async def title_of(accepted: AcceptedTurn) -> str:
    return (await in_db(Conversation.objects.get, id=accepted.conversation.id)).title


async def follow_ups_of(accepted: AcceptedTurn) -> list[str]:
    return (await in_db(Turn.objects.get, id=accepted.turn.id)).follow_ups or []


async def test_the_first_answer_brings_a_title_and_every_answer_questions(
    alice: User, settings
) -> None:
    async with script_model(settings, says(GOOD)) as model:
        first = await answer(alice)
        assert await title_of(first) == "Ferry times"
        assert await follow_ups_of(first) == [
            "When does the last one leave?", "What does it cost?", "Is there a bus?",
        ]  # fmt: skip
        second = await answer(alice, Leaf(first.conversation.id), "and on Sundays?")
        assert await title_of(first) == "Ferry times"
        assert len(await follow_ups_of(second)) == 3
    headers = {"Authorization": f"Bearer {(await in_db(tokens.issue, alice)).access}"}
    told = (await AsyncClient().get(f"/api/turns/{first.turn.id}", headers=headers)).json()
    assert told["follow_ups"] == await follow_ups_of(first)
    # One short request for both, after the second answer for the questions alone.
    first_aside, second_aside = (each["messages"][0]["content"] for each in asides(model))
    assert "Title: " in first_aside
    assert "Title: " not in second_aside


@pytest.mark.parametrize(
    "reply",
    [
        "<think>The user wants a title.\nTitle: Let me think",
        "I need to generate a title for this conversation first.",
        "",
        "Title: \n",
    ],
)
async def test_what_is_no_title_leaves_the_question_s(alice: User, settings, reply: str) -> None:
    async with script_model(settings, says(reply)):
        first = await answer(alice)
    assert await title_of(first) == QUESTION
    assert await follow_ups_of(first) == []


async def test_thoughts_are_no_part_of_a_title(alice: User, settings) -> None:
    async with script_model(settings, says(f"<think>Title: My thoughts\n- no?</think>{GOOD}")):
        first = await answer(alice)
    assert await title_of(first) == "Ferry times"
    assert "no?" not in await follow_ups_of(first)


async def test_a_name_that_somebody_gave_meanwhile_stays(alice: User, settings) -> None:
    async with script_model(settings, says(GOOD)) as model:
        model.asides_may_go = asyncio.Event()
        accepted = await asking.ask(alice, Question(QUESTION), WORKER, follows=NewConversation())
        # The end of the answer waits for no title.
        await entries(accepted.turn)
        chat = await in_db(get_conversation, alice, accepted.conversation.id)
        await in_db(conversations.rename, chat, "My own name")
        model.asides_may_go.set()
        await finish_suggesting()
    assert await title_of(accepted) == "My own name"
    assert len(await follow_ups_of(accepted)) == 3


async def test_temporary_chats_and_members_who_switched_it_off_are_left_alone(
    alice: User, bob: User, settings
) -> None:
    own = await in_db(lambda: Instructions.objects.create(owner=bob, titles=False))
    await in_db(lambda: Instructions.objects.update(follow_ups=False))
    async with script_model(settings, says(GOOD)) as model:
        await answer(alice, NewConversation(temporary=True))
        await answer(bob)
        assert asides(model) == []
        await in_db(lambda: Instructions.objects.filter(owner=own.owner_id).update(titles=True))
        first = await answer(bob)
        assert await title_of(first) == "Ferry times"
        assert await follow_ups_of(first) == []
        settings.SUGGESTIONS = False
        await answer(alice)
        assert len(asides(model)) == 1


async def test_it_is_on_the_books_and_within_the_budget(alice: User, settings) -> None:
    async with script_model(settings, says(GOOD)) as model:
        await answer(alice)
        used = await in_db(lambda: list(LedgerEntry.objects.values_list("completion_tokens")))
        assert used == [(5,), (5,)]
        await in_db(lambda: Budget.objects.create(user=alice, tokens=1, period="day"))
        turn = await in_db(Turn.objects.select_related("message").get)
        suggesting.start(
            suggesting.Exchange(
                alice, turn.message.conversation_id, turn.id, turn.message_id,
                "worker", QUESTION, "At seven.", title=True, questions=True,
            )
        )  # fmt: skip
        await finish_suggesting()
    assert len(asides(model)) == 1


async def test_a_model_that_fails_at_it_fails_nothing_else(alice: User, settings) -> None:
    settings.MODEL_TRIES = 1
    async with script_model(settings, says("")) as model:
        model.fails_asides = True
        first = await answer(alice)
    assert await title_of(first) == QUESTION


async def test_the_page_shows_them_as_buttons_that_ask(alice: User, settings) -> None:
    async with script_model(settings, says("- <b>bold</b> and what?\n- Second?")):
        first = await answer(alice)
    client = Client()
    await in_db(client.force_login, alice)

    def get(name: str, of: object) -> str:
        return client.get(reverse(name, args=[of])).content.decode()

    fragment = await in_db(get, "chat:follow_ups", first.assistant_message.id)
    assert 'form="composer" name="content" value="&lt;b&gt;bold&lt;/b&gt; and what?"' in fragment
    assert fragment.strip() in await in_db(get, "chat:conversation", first.conversation.id)


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ('Title: "Ferry times."', "Ferry times"),
        ("**Title:** Ferry times", "Ferry times"),
        ("제목: 섬으로 가는 배", "섬으로 가는 배"),
        ("title: a\u202eb " + "word " * 30, "ab " + "word " * 11 + "…"),
        ("Sure!\nTitle: Ferry times\n- When?", ""),
        ("The title: is this", ""),
    ],
)
def test_a_title_is_one_short_line(reply: str, title: str) -> None:
    assert parse(reply, "")[0] == title.replace(" …", "…")
    assert len(title) <= 60


def test_questions_are_few_short_and_none_is_the_one_that_was_asked() -> None:
    asked = QUESTION.upper()
    reply = f"1. {asked}\n2) Why?\n\n- Why?\n* {'long ' * 60}\n- A?\n- B?\n- C?\nno item\n- D?"
    assert parse(reply, QUESTION) == ("", ["Why?", "A?", "B?"])
