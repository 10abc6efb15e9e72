"""A question is stored once, with its answer and its turn, or refused with a reason."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput
from chat.conversations import conversations
from chat.models import Conversation, Message, Turn
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.repeats import AcceptedTurn
from chat.turns.accepting.request import Choices, Question, TurnRequest

CHOICES = Choices("echo", collections=[])


def accept(
    user: User, content: str, request_id: str = "", conversation: Conversation | None = None
) -> AcceptedTurn:
    request = TurnRequest(user, Question(content, request_id), CHOICES, "test")
    if conversation is None:
        return beginning.begin_conversation(request, NewConversation())
    return beginning.follow_up(request, conversation)


def test_the_same_request_sent_twenty_times_at_once_makes_one_turn(alice: User) -> None:
    request_id = uuid4().hex

    def send(_: int) -> AcceptedTurn:
        try:
            return accept(alice, "What is new?", request_id)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        accepted = list(threads.map(send, range(20)))

    assert len({each.turn.id for each in accepted}) == 1
    assert sum(each.is_new for each in accepted) == 1
    assert Turn.objects.count() == 1
    assert Message.objects.filter(role=Message.Role.USER).count() == 1


def test_two_people_may_use_the_same_request_id(alice: User, bob: User) -> None:
    first = accept(alice, "mine", "same")
    second = accept(bob, "mine too", "same")
    assert first.turn.id != second.turn.id
    assert second.user_message.content == "mine too"


@pytest.mark.parametrize("content", ["", "   ", "\n\t\n", "\x00", " \x00 \x00"])
def test_a_question_without_text_is_refused(alice: User, content: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        accept(alice, content)
    assert refusal.value.reason == "empty_message"
    assert not Message.objects.exists()


def test_a_nul_character_is_left_out_of_what_is_stored(alice: User) -> None:
    accepted = accept(alice, "be\x00fore")
    assert Message.objects.get(id=accepted.user_message.id).content == "before"


def test_a_text_that_is_too_long_is_refused_with_the_limit(alice: User) -> None:
    with pytest.raises(InvalidInput) as refusal:
        accept(alice, "x" * 1_000_000)
    assert refusal.value.reason == "message_too_long"
    assert refusal.value.data["limit"] == 100_000


def test_a_chat_that_is_still_answering_takes_no_second_question(alice: User) -> None:
    conversation = conversations.create(alice)
    accept(alice, "first", conversation=conversation)
    with pytest.raises(Conflict) as refusal:
        accept(alice, "second", conversation=conversation)
    assert refusal.value.reason == "turn_running"
    assert Message.objects.filter(conversation=conversation).count() == 2


def test_the_first_question_names_the_chat(alice: User) -> None:
    accepted = accept(alice, "What does the contract say about notice periods?")
    assert accepted.conversation.title == "What does the contract say about notice periods?"


def test_a_second_question_follows_the_first_answer(alice: User) -> None:
    first = accept(alice, "first")
    Turn.objects.update(state=Turn.State.DONE)
    second = accept(alice, "second", conversation=first.conversation)
    assert second.user_message.parent_id == first.assistant_message.id
    branch = conversations.branch(first.conversation)
    assert [message.content for message in branch] == ["first", "", "second", ""]


def test_a_request_id_that_comes_back_with_another_question_is_refused(alice: User) -> None:
    accept(alice, "first", "same")
    with pytest.raises(Conflict) as refusal:
        accept(alice, "second", "same")
    assert refusal.value.reason == "request_id_reused"
    assert Message.objects.filter(role=Message.Role.USER).count() == 1
