"""A question that is sent while an answer is made waits for it, and is asked once, in its turn."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.models import Budget, User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput, NotFound
from chat import asking, tasks
from chat.conversations.access import get_conversation
from chat.models import Message, NextQuestion, Turn
from chat.tests.conftest import ask, entries, reload_turn
from chat.turns import deletion
from chat.turns.accepting.places import Leaf
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question
from chat.turns.running import following, runner

SLOW = "count-1000-20"
ECHO = Choices("echo", collections=[])


async def wait_with(first: AcceptedTurn, text: str, name: str = "", **how: bool) -> None:
    """Send a question to the chat of an answer that is being made."""
    owner, chat = first.turn.owner, first.conversation.id
    await asking.queue(owner, chat, Question(text, name), ECHO, **how)


async def hear_until(first: AcceptedTurn, count: int) -> Sequence[Message]:
    """Read the answers of a chat, one after the other, until so many messages are there."""
    chat = first.conversation.id
    for _ in range(200):
        rows = Message.objects.filter(conversation=chat).order_by("id")
        rows = rows.select_related("turn__owner", "turn__message")
        messages = await in_db(list, rows)
        for message in messages:
            if message.role == "assistant" and not message.turn.is_final:
                await entries(message.turn)
        if len(messages) >= count and all(
            each.role == "user" or each.turn.is_final for each in messages
        ):
            return messages
        await asyncio.sleep(0.05)
    raise AssertionError([each.content for each in messages])


async def waiting_texts(first: AcceptedTurn) -> list[str]:
    rows = NextQuestion.objects.filter(conversation=first.conversation.id)
    return await in_db(lambda: list(rows.values_list("content", flat=True)))


async def test_what_waits_is_asked_in_its_order_once_each_answer_is_done(alice: User) -> None:
    first = await ask(alice, "count-20-10")
    # As fast as they can be typed: none is lost, and none overtakes another.
    for text in ("second", "third", "fourth"):
        await wait_with(first, text)
    messages = await hear_until(first, 8)
    assert [each.content for each in messages if each.role == "user"] == [
        "one two three", "second", "third", "fourth",
    ]  # fmt: skip
    assert [each.turn.state for each in messages if each.role == "assistant"] == ["done"] * 4
    parents = [each.parent_id for each in messages]
    assert parents == [None, *(each.id for each in messages[:-1])]
    assert await waiting_texts(first) == []


async def test_a_question_sent_twice_under_one_name_is_asked_once(alice: User) -> None:
    first = await ask(alice, "count-20-10")
    await wait_with(first, "again", "the-same")
    await wait_with(first, "again", "the-same")
    assert await waiting_texts(first) == ["again"]
    await hear_until(first, 4)
    # The response was lost, and the page sends it once more after it has been asked.
    await wait_with(first, "again", "the-same")
    messages = await hear_until(first, 4)
    assert len(messages) == 4
    assert await waiting_texts(first) == []


@pytest.mark.parametrize("model", ["fault-500", "fault-cut"])
async def test_a_failed_answer_leaves_what_waits_to_its_user(alice: User, model: str) -> None:
    first = await ask(alice, model)
    await wait_with(first, "and then?")
    await entries(first.turn)
    assert (await reload_turn(first.turn)).state == Turn.State.FAILED
    assert await waiting_texts(first) == ["and then?"]
    chat = await in_db(get_conversation, alice, first.conversation.id)
    assert await in_db(following.is_held, chat)
    [question] = await in_db(following.list_waiting, chat)
    await asking.hurry(question)
    messages = await hear_until(first, 4)
    assert messages[-1].content == "and then? "


async def test_a_stopped_answer_does_too(alice: User) -> None:
    first = await ask(alice, SLOW)
    await wait_with(first, "and then?")
    await runner.stop(first.turn)
    await entries(first.turn)
    assert await waiting_texts(first) == ["and then?"]


async def test_an_urgent_one_stops_the_answer_and_goes_alone(alice: User) -> None:
    """Not with everything else that waits, as open-webui#30027 has it."""
    first = await ask(alice, SLOW)
    await wait_with(first, "patient")
    await wait_with(first, f"urgent {'now ' * 40}", is_urgent=True)
    await entries(first.turn)
    stopped = await reload_turn(first.turn)
    assert stopped.state == Turn.State.STOPPED
    messages = await hear_until(first, 6)
    asked = [each.content.split()[0] for each in messages if each.role == "user"]
    assert asked == ["one", "urgent", "patient"]
    assert messages[3].turn.state == Turn.State.DONE


async def test_without_an_answer_to_wait_for_it_is_asked_at_once(alice: User) -> None:
    first = await ask(alice, "echo")
    await entries(first.turn)
    await wait_with(first, "at once")
    messages = await hear_until(first, 4)
    assert messages[-1].content == "at once "


async def test_what_nobody_asked_is_found_by_the_sweep(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await ask(alice, "echo")
    await entries(first.turn)
    # As a process leaves it that dies between an answer's end and the next question.
    chat = await in_db(get_conversation, alice, first.conversation.id)
    await in_db(following.add, alice, chat, Question("forgotten?"), ECHO)
    await in_db(tasks.sweep)
    assert await waiting_texts(first) == ["forgotten?"]
    monkeypatch.setattr(following, "FORGOTTEN_AFTER", following.FORGOTTEN_AFTER * 0)
    await in_db(tasks.sweep)
    assert await waiting_texts(first) == []
    [turn] = await in_db(lambda: list(Turn.objects.filter(state=Turn.State.RUNNING)))
    await runner.runner().take_over(turn.id)
    assert (await reload_turn(turn)).message.content == "forgotten? "


async def test_what_cannot_be_asked_is_kept_with_the_reason(alice: User) -> None:
    first = await ask(alice, "count-20-10")
    await wait_with(first, "too dear")
    await in_db(lambda: Budget.objects.create(user=alice, tokens=1, period="day"))
    await entries(first.turn)
    for _ in range(100):
        [row] = await in_db(lambda: list(NextQuestion.objects.all()))
        if row.refusal:
            break
        await asyncio.sleep(0.05)
    assert "budget" in row.refusal.lower()
    assert row.content == "too dear"


async def test_words_are_changed_and_taken_back_while_they_wait(alice: User, bob: User) -> None:
    first = await ask(alice, SLOW)
    await wait_with(first, "one")
    await wait_with(first, "two")
    chat = await in_db(get_conversation, alice, first.conversation.id)
    one, two = await in_db(following.list_waiting, chat)
    await in_db(following.reword, one, "  changed ")
    with pytest.raises(InvalidInput):
        await in_db(following.reword, one, " ")
    with pytest.raises(NotFound):
        await in_db(following.get_next, bob, one.id)
    await in_db(following.remove, two)
    assert await waiting_texts(first) == ["changed"]
    with pytest.raises(NotFound):
        await in_db(following.reword, two, "too late")
    await deletion.delete(alice, chat.id)
    await entries(first.turn)
    assert (await in_db(Message.objects.filter(role="user").count)) == 1


async def test_so_many_wait_and_no_more(alice: User) -> None:
    first = await ask(alice, SLOW)
    for number in range(following.MAX_WAITING):
        await wait_with(first, f"number {number}")
    with pytest.raises(Conflict, match="can wait"):
        await wait_with(first, "one more")
    await runner.stop(first.turn)
    await entries(first.turn)


async def test_a_question_beside_those_that_wait_is_asked_as_ever(alice: User) -> None:
    """Here after one that failed; what waited follows it."""
    first = await ask(alice, "fault-500")
    await wait_with(first, "waits")
    await entries(first.turn)
    again = await asking.ask(alice, Question("by hand"), ECHO, follows=Leaf(first.conversation.id))
    await entries(again.turn)
    messages = await hear_until(first, 6)
    asked = [each.content for each in messages if each.role == "user"]
    assert asked == ["one two three", "by hand", "waits"]


async def test_the_page_shows_what_waits_and_every_act_works_without_scripts(alice: User) -> None:
    first = await ask(alice, SLOW)
    client = Client()
    await in_db(client.force_login, alice)
    chat = first.conversation.id

    def enqueue(text: str) -> None:
        form = {"conversation": chat, "request_id": text, "content": text, "model": "echo"}
        posted = client.post(reverse("chat:enqueue", args=[chat]), form)
        assert posted.headers["Location"] == reverse("chat:conversation", args=[chat])

    def act(question: UUID, **form: str) -> str:
        posted = client.post(reverse("chat:queued", args=[question]), form, follow=True)
        assert posted.status_code == 200
        return posted.content.decode()

    await in_db(enqueue, "first of two")
    await in_db(enqueue, "second of two")
    rows = await in_db(lambda: list(NextQuestion.objects.all()))
    page = await in_db(act, rows[0].id, act="save", content="<b>reworded</b>")
    assert "&lt;b&gt;reworded&lt;/b&gt;" in page
    assert "second of two" in page
    page = await in_db(act, rows[0].id, act="remove")
    assert "reworded" not in page
    await in_db(act, rows[1].id, act="now")
    messages = await hear_until(first, 4)
    assert messages[1].turn.state == Turn.State.STOPPED
    assert messages[2].content == "second of two"


async def test_what_waits_is_told_in_the_language_of_the_page(alice: User) -> None:
    first = await ask(alice, SLOW)
    client = AsyncClient()
    await client.aforce_login(alice)
    form = {"conversation": first.conversation.id, "content": "그리고?", "model": "echo"}
    headers = {"X-Requested-With": "fetch", "Accept-Language": "ko"}
    url = reverse("chat:enqueue", args=[first.conversation.id])
    response = await client.post(url, form, headers=headers)
    assert "답변이 끝나면 질문합니다" in response.content.decode()
    await runner.stop(first.turn)
    await entries(first.turn)


async def test_of_several_who_go_on_at_once_one_does_and_the_order_stays(alice: User) -> None:
    first = await ask(alice, "echo")
    await entries(first.turn)
    chat = await in_db(get_conversation, alice, first.conversation.id)
    for text in ("one", "two", "three"):
        await in_db(following.add, alice, chat, Question(text), ECHO)
    begun = await asyncio.gather(
        *(in_db(following.begin_next, chat.id, runner.runner().holder) for _ in range(6))
    )
    [accepted] = [each for each in begun if each is not None]
    assert accepted.user_message.content == "one"
    assert await waiting_texts(first) == ["two", "three"]
    assert accepted.question is not None
    runner.start(accepted.question)
    messages = await hear_until(first, 8)
    asked = [each.content for each in messages if each.role == "user"]
    assert asked == ["one two three", "one", "two", "three"]
