import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from chat.models import Citation, Conversation, Feedback, Message, Turn
from documents.models import Question, QuestionSet
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db

QUESTION = "How many days of vacation are there?"


@pytest.fixture
def staff(db) -> User:
    user = User.objects.create_user(
        "staff", "staff@example.org", "a long password 1", is_staff=True
    )
    names = ["view_turn", "view_feedback", "add_question"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def question_set(staff, settings, tmp_path) -> QuestionSet:
    settings.MEDIA_ROOT = tmp_path
    document = ready_document(staff)
    return QuestionSet.objects.create(name="Real", collection=document.collection)


def _create_turn(staff: User, question: str, version, *supports: str) -> Turn:
    conversation = Conversation.objects.create(owner=staff)
    asked = Message.objects.create(conversation=conversation, role="user", content=question)
    answer = Message.objects.create(
        conversation=conversation, role="assistant", parent=asked, content="Two a month."
    )
    for n, support in enumerate(supports, 1):
        Citation.objects.create(
            message=answer,
            n=n,
            version=version,
            document_title="",
            page=n,
            start=0,
            end=1,
            quote="x",
            support=support,
        )
    Feedback.objects.create(message=answer, rating="up")
    return Turn.objects.create(message=answer, owner=staff, request_id=question, model="m")


def _add(staff: User, question_set: QuestionSet, listed: str, chosen: list[object]) -> str:
    client = Client()
    client.force_login(staff)
    url = reverse(f"admin:chat_{listed}_changelist")
    form = {"action": "add_to_question_set", "_selected_action": chosen}
    assert QUESTION in client.post(url, form).content.decode()
    form |= {"apply": "1", "question_set": question_set.pk, "with_places": "on"}
    return client.post(url, form, follow=True).content.decode()


def test_a_question_keeps_the_places_that_bear_its_answer_out(staff, question_set):
    version = question_set.collection.documents.get().current
    turn = _create_turn(staff, QUESTION, version, "supported", "unsupported", "")
    assert "1 questions are in Real." in _add(staff, question_set, "turn", [turn.pk])
    expected = Question.objects.get(text=QUESTION).expected.get()
    assert (expected.document.current, expected.page) == (version, 1)


def test_one_without_a_known_place_is_told(staff, question_set):
    turn = _create_turn(staff, QUESTION, None)
    feedback = Feedback.objects.get(message=turn.message)
    told = _add(staff, question_set, "feedback", [feedback.pk])
    assert "1 have no known place yet" in told
    assert Question.objects.filter(question_set=question_set).count() == 1


def test_a_document_of_another_collection_is_no_place(staff, question_set):
    other = User.objects.create_user("other", "other@example.org", "a long password 1")
    turn = _create_turn(staff, QUESTION, ready_document(other).current, "supported")
    _add(staff, question_set, "turn", [turn.pk])
    assert not Question.objects.get().expected.exists()


def test_who_may_not_add_questions_is_not_offered_it(staff, question_set):
    turn = _create_turn(staff, QUESTION, None)
    staff.user_permissions.remove(Permission.objects.get(codename="add_question"))
    client = Client()
    client.force_login(staff)
    url = reverse("admin:chat_turn_changelist")
    assert "add_to_question_set" not in client.get(url).content.decode()
    form = {"action": "add_to_question_set", "_selected_action": [turn.pk], "apply": "1"}
    client.post(url, form | {"question_set": question_set.pk})
    assert not Question.objects.exists()


def test_a_document_that_one_may_not_see_is_no_place(staff, question_set):
    other = User.objects.create_user("other", "other@example.org", "a long password 1")
    document = ready_document(other)
    hidden = QuestionSet.objects.create(name="Theirs", collection=document.collection)
    turn = _create_turn(staff, QUESTION, document.current, "supported")
    staff.user_permissions.add(Permission.objects.get(codename="view_collection"))
    assert "1 have no known place yet" in _add(staff, hidden, "turn", [turn.pk])
    assert not Question.objects.get().expected.exists()
    staff.user_permissions.add(Permission.objects.get(codename="view_document"))
    _add(User.objects.get(pk=staff.pk), hidden, "turn", [turn.pk])
    assert Question.objects.last().expected.get().document == document
