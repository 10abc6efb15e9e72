import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aiapp.errors import Conflict, InvalidInput
from documents.evaluation import evaluations, questions, runs
from documents.evaluation.questions import ExpectedAnswer
from documents.library import curation
from documents.models import Collection, Document, Evaluation, ExpectedPassage, QuestionSet
from documents.search import Passage, SearchResult
from documents.spaces import embedding
from documents.tests.library import HANDBOOK, PHYSICS, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage", "fake")]

WORDS_ALONE, MEANING_ALONE = {"dense_weight": 0}, {"dense_weight": 1}


@pytest.fixture
def alice(db) -> User:
    return reader("alice").user


@pytest.fixture
def handbook(alice, fake) -> Document:
    return ready_document(alice, embedded=True)


@pytest.fixture
def question_set(alice, handbook) -> QuestionSet:
    physics = ready_document(alice, PHYSICS, title="physics.pdf", embedded=True)
    found = QuestionSet.objects.create(name="All", collection=handbook.collection)
    questions.add(found, "vacation days per month", [ExpectedAnswer(handbook, 1)])
    questions.add(found, "boiling water", [ExpectedAnswer(physics, 2, "lower TEMPERATURE\non")])
    questions.add(found, "Who is the chief executive?")
    return found


def _run(question_set, tuning, k=2) -> Evaluation:
    """As a worker does it, the present settings first."""
    evaluation = evaluations.start(question_set.collection.owner, question_set, tuning, k)
    for queued in Evaluation.objects.filter(state="queued").order_by("pk"):
        runs.run(queued.pk)
    evaluation.refresh_from_db()
    return evaluation


def test_every_question_is_measured(question_set):
    evaluation = _run(question_set, {})
    assert evaluation.state == "done", evaluation.failure_message
    assert (evaluation.done, evaluation.total) == (3, 3)
    assert evaluation.recall == 1.0
    assert 0.6 < evaluation.ndcg <= 1.0
    first = evaluation.details[0]
    assert first["found"][0] | {"chunk": "", "score": 0, "document": ""} == {
        "document": "",
        "chunk": "",
        "title": "handbook.pdf",
        "page": 1,
        "score": 0,
        "right": True,
    }


def test_settings_that_are_not_worse_are_published_and_taken_back(question_set):
    evaluation = _run(question_set, WORDS_ALONE)
    assert Evaluation.objects.count() == 2
    assert evaluations.find_baseline(evaluation).tuning == {}
    collection = question_set.collection
    Collection.objects.filter(pk=collection.pk).update(tuning={"chunk_chars": 500})
    evaluations.publish(evaluation)
    collection.refresh_from_db()
    assert collection.tuning == {"chunk_chars": 500, **WORDS_ALONE}
    assert evaluations.is_in_force(evaluation)
    assert evaluations.find_baseline(evaluation).tuning == {}
    evaluations.take_back(evaluation)
    collection.refresh_from_db()
    assert collection.tuning == {"chunk_chars": 500}
    with pytest.raises(Conflict):
        evaluations.take_back(evaluation)


def test_worse_settings_are_refused_with_the_figures(question_set):
    evaluation = _run(question_set, WORDS_ALONE)
    present = evaluations.find_baseline(evaluation)
    Evaluation.objects.filter(pk=present.pk).update(ndcg=evaluation.ndcg + 0.01)
    with pytest.raises(Conflict, match=r"nDCG would fall from") as caught:
        evaluations.publish(evaluation)
    assert caught.value.reason == "worse"
    question_set.collection.refresh_from_db()
    assert question_set.collection.tuning == {}


@pytest.mark.parametrize("change", ["chunk", "disabled", "question", "document", "title"])
def test_what_was_measured_on_other_documents_is_not_published(
    question_set, handbook, alice, change
):
    evaluation = _run(question_set, WORDS_ALONE)
    assert evaluations.find_refusal(evaluation) is None
    chunk = handbook.current.chunks.first()
    changes = {
        "chunk": lambda: (curation.edit_chunk(chunk, "Other."), embedding.embed_changed()),
        "disabled": lambda: curation.disable([chunk]),
        "question": lambda: questions.add(question_set, "Another one?"),
        "document": lambda: ready_document(alice, title="third.pdf"),
        "title": lambda: Document.objects.filter(pk=handbook.pk).update(title="Other.pdf"),
    }
    changes[change]()
    assert evaluations.find_refusal(evaluation).reason == "changed_since"
    again = _run(question_set, WORDS_ALONE)
    assert evaluations.find_refusal(again) is None


def test_an_edit_that_was_undone_counts_as_no_change(question_set, handbook):
    evaluation = _run(question_set, WORDS_ALONE)
    chunk = handbook.current.chunks.first()
    curation.edit_chunk(chunk, "Other.")
    curation.revert_chunk(chunk)
    assert evaluations.find_refusal(evaluation).reason == "changed_since"
    embedding.embed_changed()
    assert evaluations.find_refusal(evaluation) is None


def test_present_settings_are_measured_once_per_state(question_set):
    _run(question_set, WORDS_ALONE)
    _run(question_set, MEANING_ALONE)
    assert Evaluation.objects.count() == 3


def test_without_the_embedding_service_nothing_is_measured(question_set, fake):
    fake.mode = "down"
    evaluation = _run(question_set, {})
    assert evaluation.state == "failed"
    assert "embedding service" in evaluation.failure_message
    assert evaluations.find_refusal(evaluation).reason == "not_measured"


def test_a_worker_that_is_gone_is_followed_by_another(question_set):
    evaluation = _run(question_set, {})
    gone = {"state": "running", "renewed": "2020-01-01T00:00:00Z", "finished": None}
    Evaluation.objects.filter(pk=evaluation.pk).update(**gone)
    assert evaluations.EVALUATION.find_abandoned() == [evaluation.pk]
    runs.run(evaluation.pk)
    evaluation.refresh_from_db()
    assert evaluation.state == "done"


def test_unknown_settings_and_empty_sets_are_refused(question_set, alice):
    with pytest.raises(InvalidInput):
        evaluations.start(alice, question_set, {"dense_weight": 3}, 5)
    question_set.questions.all().delete()
    with pytest.raises(Conflict):
        evaluations.start(alice, question_set, {}, 5)


def _passage(document: Document, page: int, text: str) -> Passage:
    version = document.current_id
    return Passage(version, version, document.pk, "", page, 0, 1, text, None, 1.0)


def test_two_places_in_one_passage_are_reached_together(handbook):
    expected = [
        ExpectedPassage(document=handbook, page=1, quote="two days"),
        ExpectedPassage(document=handbook, page=1, quote="ten days"),
    ]
    found = SearchResult([_passage(handbook, 1, HANDBOOK[0])], answerable=True)
    result = runs.score_question(1, expected, found, 5)
    assert (result["recall"], result["ndcg"]) == (1.0, 1.0)
    missed = SearchResult([_passage(handbook, 2, ""), _passage(handbook, 1, "only ten days")])
    result = runs.score_question(1, expected, missed, 5)
    assert result["recall"] == 0.5
    assert result["ndcg"] == pytest.approx(0.387, abs=0.001)


def test_a_curator_compares_publishes_and_returns_in_the_admin(question_set):
    root = User.objects.create_superuser("root", "root@example.org", "root's own")
    client = Client()
    client.force_login(root)
    url = reverse("admin:documents_questionset_evaluate", args=[question_set.pk])
    assert 'value="0.5"' in client.get(url).content.decode()
    answer = client.post(url, {"dense_weight": "0", "k": "2"})
    for queued in Evaluation.objects.order_by("pk"):
        runs.run(queued.pk)
    page = client.get(answer["Location"]).content.decode()
    assert "Publish these settings" in page
    assert "vacation days per month" in page
    evaluation = Evaluation.objects.first()
    publish = reverse("admin:documents_evaluation_publish", args=[evaluation.pk])
    assert client.get(publish).status_code == 405
    assert "now searched with" in client.post(publish, follow=True).content.decode()
    collection = question_set.collection
    history = reverse("admin:documents_collection_history", args=[collection.pk])
    assert "defaults → dense weight 0" in client.get(history).content.decode()
    take_back = reverse("admin:documents_evaluation_take_back", args=[evaluation.pk])
    assert "now searched with: defaults" in client.post(take_back, follow=True).content.decode()
