"""Feedback on an answer is kept, changed and taken back, without scripts too."""

import pytest
from django.test import Client

from chat.models import Feedback
from chat.turns.accepting import beginning
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Choices, Question, TurnRequest

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(alice):
    accepted = beginning.begin_conversation(
        TurnRequest(alice, Question("How fast?"), Choices("echo"), "test"), NewConversation()
    )
    return accepted.assistant_message


def test_reasons_and_words_are_kept_and_lead_back_to_the_answer(client: Client, alice, answer):
    client.force_login(alice)
    address = f"/chat/messages/{answer.id}/feedback/"
    assert "What was wrong" in client.get(address).content.decode()
    sent = {"rating": "down", "reasons": ["incorrect", "off_topic"], "text": "It is 40."}
    response = client.post(address, sent)
    assert response["Location"] == f"/chat/{answer.conversation_id}/#message-{answer.id}"
    kept = Feedback.objects.get(message=answer)
    assert (kept.rating, kept.reason) == ("down", "incorrect, off_topic: It is 40.")
    client.post(address, {"rating": "up"})
    kept.refresh_from_db()
    assert (kept.rating, kept.reason) == ("up", "")
    client.post(address, {"rating": ""})
    assert not Feedback.objects.exists()


def test_only_ones_own_answers_can_be_rated(client: Client, alice, bob, answer):
    client.force_login(bob)
    address = f"/chat/messages/{answer.id}/feedback/"
    assert client.post(address, {"rating": "up"}).status_code == 404
    client.force_login(alice)
    question = f"/chat/messages/{answer.parent_id}/feedback/"
    assert client.post(question, {"rating": "up"}).status_code == 422


def test_what_is_no_rating_is_not_kept(client: Client, alice, answer):
    client.force_login(alice)
    client.post(f"/chat/messages/{answer.id}/feedback/", {"rating": "sideways"})
    assert not Feedback.objects.exists()
