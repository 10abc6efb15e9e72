import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from documents.models import Document, Evaluation, ExpectedPassage, Question, QuestionSet
from documents.tests.library import ready_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

KINDS = ("question", "questionset", "evaluation")


@pytest.fixture
def curator(client: Client) -> User:
    """Staff that may do everything with questions, and nothing with documents."""
    user = User.objects.create_user("cora", "cora@example.org", "a long password 1", is_staff=True)
    wanted = [
        f"{verb}_{kind}"
        for verb in ("view", "add", "change", "delete")
        for kind in (*KINDS, "expectedpassage")
    ]
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="documents", codename__in=wanted)
    )
    client.force_login(user)
    return user


@pytest.fixture
def merger(alice: User) -> Document:
    return ready_document(alice, title="merger.pdf")


def _form(question: Question, **place: object) -> dict[str, object]:
    known = question.expected.count()
    form: dict[str, object] = {"question_set": question.question_set_id, "text": question.text}
    form |= {"expected-TOTAL_FORMS": known + 1, "expected-INITIAL_FORMS": known}
    return form | {f"expected-{known}-{name}": value for name, value in place.items()}


def test_the_id_of_a_hidden_document_is_no_place(client: Client, curator: User, merger: Document):
    own = QuestionSet.objects.create(name="Own", collection=ready_document(curator).collection)
    question = Question.objects.create(question_set=own, text="What is planned?")
    address = reverse("admin:documents_question_change", args=[question.pk])
    answer = client.post(address, _form(question, document=merger.pk))
    assert answer.status_code == 200
    assert "merger.pdf" not in answer.content.decode()
    assert not question.expected.exists()


def test_a_place_that_was_hidden_is_kept_and_not_named(
    client: Client, curator: User, merger: Document
):
    own = QuestionSet.objects.create(name="Own", collection=ready_document(curator).collection)
    question = Question.objects.create(question_set=own, text="What is planned?")
    ExpectedPassage.objects.create(question=question, document=merger)
    listed = client.get(reverse("admin:documents_question_changelist")).content.decode()
    assert "a document that you may not see" in listed
    address = reverse("admin:documents_question_change", args=[question.pk])
    assert "merger.pdf" not in listed + client.get(address).content.decode()
    form = _form(question) | {"expected-TOTAL_FORMS": 0, "expected-INITIAL_FORMS": 0}
    assert client.post(address, form | {"text": "What is near?"}).status_code == 302
    assert question.expected.get().document == merger


def test_sets_over_hidden_collections_are_nobody_s_to_open(
    client: Client, curator: User, merger: Document
):
    theirs = QuestionSet.objects.create(name="Theirs", collection=merger.collection)
    question = Question.objects.create(question_set=theirs, text="What is planned?")
    evaluation = Evaluation.objects.create(question_set=theirs)
    rows = dict(zip(KINDS, (question, theirs, evaluation), strict=True))
    for kind, row in rows.items():
        listed = client.get(reverse(f"admin:documents_{kind}_changelist"))
        assert "Theirs" not in listed.content.decode()
        change = reverse(f"admin:documents_{kind}_change", args=[row.pk])
        assert client.get(change).status_code == 302, "Django's way to say that there is none"
    for name in ("upload", "evaluate"):
        address = reverse(f"admin:documents_questionset_{name}", args=[theirs.pk])
        assert client.get(address).status_code == 404


def test_no_set_is_made_over_a_hidden_collection(client: Client, curator: User, merger: Document):
    form = {"name": "Mine", "collection": merger.collection_id}
    answer = client.post(reverse("admin:documents_questionset_add"), form)
    assert answer.status_code == 200
    assert not QuestionSet.objects.exists()
    curator.user_permissions.add(Permission.objects.get(codename="view_collection"))
    assert client.post(reverse("admin:documents_questionset_add"), form).status_code == 302
    assert QuestionSet.objects.get().collection == merger.collection
