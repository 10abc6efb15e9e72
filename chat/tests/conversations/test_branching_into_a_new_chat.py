"""A chat is branched from an answer: a new one holds the branch up to there, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput, NotFound
from chat import asking
from chat.conversations import conversations, forking
from chat.models import Attachment, Call, Citation, Conversation, Message, Thoughts, Turn
from chat.tests.conftest import ask, entries
from chat.turns.accepting.places import AnotherAnswer, Leaf
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import AsBefore, Choices, Question
from chat.turns.running import runner

ECHO = Choices("echo", collections=[])


async def follow(first: AcceptedTurn, text: str) -> AcceptedTurn:
    owner, place = first.turn.owner, Leaf(first.conversation.id)
    accepted = await asking.ask(owner, Question(text), ECHO, follows=place)
    await entries(accepted.turn)
    return accepted


def describe(conversation: Conversation) -> list[tuple[str, str]]:
    return [(each.role, each.content) for each in conversations.branch(conversation)]


async def test_the_branch_up_to_the_answer_is_copied_and_no_more(alice: User) -> None:
    first = await ask(alice, "thinks", "one")
    await entries(first.turn)
    beside = await asking.ask(
        alice, Question(""), AsBefore(), follows=AnotherAnswer(first.assistant_message.id)
    )
    await entries(beside.turn)
    second = await follow(first, "two")
    await follow(first, "three")
    forked = await in_db(forking.fork, alice, second.assistant_message.id)
    assert await in_db(describe, forked) == [
        ("user", "one"), ("assistant", "one "), ("user", "two"), ("assistant", "two "),
    ]  # fmt: skip
    copied = Message.objects.filter(conversation=forked)
    assert await in_db(copied.count) == 4
    assert forked.title == "Branch of one"
    texts = await in_db(lambda: list(Thoughts.objects.values_list("text", flat=True)))
    # Of both versions of the first answer, and of the copy of the second one.
    assert texts == ["first this, then that!"] * 3
    # The first chat is as it was, and the new one goes on by itself.
    on = await asking.ask(alice, Question("on"), ECHO, follows=Leaf(forked.id))
    await entries(on.turn)
    chats = [
        await in_db(Conversation.objects.get, id=each.id) for each in (forked, second.conversation)
    ]
    assert [len(await in_db(describe, each)) for each in chats] == [6, 6]


async def test_sources_pictures_and_calls_come_along(alice: User) -> None:
    first = await ask(alice, "echo", "one")
    await entries(first.turn)

    def add() -> None:
        picture = Attachment.objects.create(
            owner=alice, filename="a.png", media_type="image/png", width=1, height=1, data=b"x"
        )
        picture.messages.add(first.user_message)
        answer = first.assistant_message
        Citation.objects.create(
            message=answer, n=1, document_title="Guide", start=0, end=4, quote="Text"
        )
        for number, state in enumerate((Call.State.DONE, Call.State.WAITING)):
            Call.objects.create(
                message=answer, step=1, call_id=str(number), name="clock", arguments="{}",
                state=state,
            )  # fmt: skip
        Turn.objects.filter(message=answer).update(
            flags=[{"source": "passage", "names": ["orders"], "score": 1.0}]
        )

    await in_db(add)
    forked = await in_db(forking.fork, alice, first.assistant_message.id)

    def check() -> None:
        question, answer = conversations.branch(forked)
        assert [each.filename for each in question.attachments.all()] == ["a.png"]
        assert Attachment.objects.count() == 1
        # Without a document that its owner may open, a source keeps its number alone.
        assert [each.n for each in answer.citations.all()] == [1]
        quotes = Citation.objects.order_by("id").values_list("quote", flat=True)
        assert list(quotes) == ["Text", "Text"]
        # What waits for a word is decided where it was asked.
        states = [call.state for call in answer.calls.all()]
        assert states == [Call.State.DONE, Call.State.DENIED]
        assert answer.turn.was_steered
        assert answer.turn.model == "echo"

    await in_db(check)


async def test_a_copy_says_where_its_words_come_from_and_stays_temporary(alice: User) -> None:
    first = await ask(alice, "echo", "one")
    await entries(first.turn)

    def mark() -> None:
        Message.objects.filter(id=first.user_message.id).update(origin="imported")
        Conversation.objects.filter(id=first.conversation.id).update(temporary=True)

    await in_db(mark)
    forked = await in_db(forking.fork, alice, first.assistant_message.id)
    origins = Message.objects.filter(conversation=forked).order_by("id")
    assert await in_db(lambda: list(origins.values_list("origin", flat=True))) == [
        "imported", "own",
    ]  # fmt: skip
    assert forked.temporary


async def test_only_one_s_own_answers_that_have_ended_are_branched(alice: User, bob: User) -> None:
    first = await ask(alice, "count-1000-20")
    with pytest.raises(Conflict):
        await in_db(forking.fork, alice, first.assistant_message.id)
    await runner.stop(first.turn)
    await entries(first.turn)
    with pytest.raises(InvalidInput):
        await in_db(forking.fork, alice, first.user_message.id)
    with pytest.raises(NotFound):
        await in_db(forking.fork, bob, first.assistant_message.id)
    client = Client()
    await in_db(client.force_login, alice)

    def branch() -> str:
        url = reverse("chat:fork", args=[first.assistant_message.id])
        return client.post(url).headers["Location"]

    address = await in_db(branch)
    newest = await in_db(Conversation.objects.latest, "id")
    assert address == reverse("chat:conversation", args=[newest.id])
