import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aiapp.redis import sync_redis
from chat.log import stream
from chat.models import Attempt, Conversation, Message, Turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's own"))
    return client


@pytest.fixture
def turn(db: None) -> Turn:
    owner = User.objects.create_user("alice", "alice@example.org", "alice's password")
    conversation = Conversation.objects.create(owner=owner, title="Holidays")
    question = Message.objects.create(conversation=conversation, role="user", content="How many?")
    answer = Message.objects.create(conversation=conversation, role="assistant", parent=question)
    turn = Turn.objects.create(
        message=answer, owner=owner, request_id="r-1", model="some-model", state="failed"
    )
    Turn.objects.filter(pk=turn.pk).update(error_code="model_busy", prompt_tokens=12)
    Attempt.objects.create(turn=turn, number=1, runner="host-1:123", outcome="abandoned")
    return turn


def test_conversations_are_listed_with_their_owner_and_length(root, turn):
    page = root.get(reverse("admin:chat_conversation_changelist")).content.decode()
    assert "Holidays" in page
    assert "alice" in page
    assert '<td class="field-message_count">2</td>' in page


def test_turns_are_found_by_state_model_and_id(root, turn):
    url = reverse("admin:chat_turn_changelist")
    for query in ({"state": "failed"}, {"model": "some-model"}, {"q": str(turn.pk)}):
        assert "1 turn" in root.get(url, query).content.decode()
    assert "0 turns" in root.get(url, {"state": "done"}).content.decode()
    assert root.get(url, {"q": "no uuid"}).status_code == 200


def test_a_turn_shows_its_attempts_and_the_events_that_were_sent(root, turn):
    with sync_redis() as redis:
        redis.xadd(stream.key(turn.pk), {"e": "delta", "d": '{"text":"<b>12</b>"}'}, id="1-1")
    page = root.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()
    assert "host-1:123" in page
    assert "1-1 delta" in page
    assert "&lt;b&gt;12" in page
    assert "<b>12" not in page


def test_staff_that_may_see_turns_reads_no_answer_in_their_events(turn):
    with sync_redis() as redis:
        told = '[{"title": "Salaries", "quote": "Much."}]'
        redis.xadd(stream.key(turn.pk), {"e": "passages", "d": told}, id="1-1")
    sam = User.objects.create_user("sam", "sam@example.org", "a long password 1", is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(codename="view_turn"))
    client = Client()
    client.force_login(sam)
    page = client.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()
    assert f"1-1 passages {len(told)} bytes" in page
    assert "Salaries" not in page


def test_a_turn_whose_log_is_gone_says_so(root, turn):
    page = root.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()
    assert "The log is gone." in page


def test_a_turn_without_redis_still_opens(root, turn, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    page = root.get(reverse("admin:chat_turn_change", args=[turn.pk])).content.decode()
    assert "Redis is not responding." in page


def test_turns_can_be_neither_made_nor_changed(root, turn):
    assert root.get(reverse("admin:chat_turn_add")).status_code == 403
    change = reverse("admin:chat_turn_change", args=[turn.pk])
    assert root.post(change, {"state": "done"}).status_code == 403
    assert Turn.objects.get().state == "failed"


def test_a_conversation_is_renamed_and_deleted(root, turn):
    url = reverse("admin:chat_conversation_change", args=[turn.message.conversation_id])
    assert root.post(url, {"title": "Other"}).status_code == 302
    assert Conversation.objects.get().title == "Other"
    delete = reverse("admin:chat_conversation_delete", args=[turn.message.conversation_id])
    assert root.post(delete, {"post": "yes"}).status_code == 302
    assert not Conversation.objects.exists()


def test_only_staff_gets_in(turn):
    client = Client()
    client.force_login(turn.owner)
    for model in (Conversation, Turn):
        assert admin.site.is_registered(model)
        name = model._meta.model_name
        assert client.get(reverse(f"admin:chat_{name}_changelist")).status_code == 302
