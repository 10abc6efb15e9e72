import json

import pytest

from accounts.models import User
from aiapp.errors import InvalidInput
from documents.evaluation import questions
from documents.models import Document, Question, QuestionSet
from documents.tests.library import ready_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

HEAD = "question,document,page,quote\n"


def _read(question_set, name, data):
    return questions.read_file(question_set, name, data, Document.objects.all())


@pytest.fixture
def document(alice: User) -> Document:
    return ready_document(alice)


@pytest.fixture
def question_set(document) -> QuestionSet:
    return QuestionSet.objects.create(name="HR", collection=document.collection)


def _faults(question_set, text, name="set.csv"):
    with pytest.raises(InvalidInput) as caught:
        _read(question_set, name, text.encode())
    assert not Question.objects.exists()
    return [(fault["line"], fault["reason"]) for fault in caught.value.data["faults"]]


def test_lines_with_one_question_are_places_of_one_question(question_set, document):
    text = (
        HEAD
        + 'How many days?,handbook.pdf,1,"two days, per month"\n'
        + f"How many days?,{document.pk},,\n"
        + "Who invented it?,,,\n"
    )
    assert _read(question_set, "set.csv", text.encode("utf-8-sig")) == 2
    days, inventor = Question.objects.all()
    expected = days.expected.values_list("document", "page", "quote")
    assert list(expected) == [(document.pk, 1, "two days, per month"), (document.pk, None, "")]
    assert not inventor.expected.exists()


def test_semicolons_and_json_lines_are_read_too(question_set, document):
    text = "question;document\nWhat breaks?;handbook.pdf\n"
    assert _read(question_set, "set.csv", text.encode()) == 1
    lines = [
        {"question": "Was gibt es?", "document": "handbook.pdf", "page": 3},
        {"question": "Und sonst?"},
    ]
    text = "\n\n".join(map(json.dumps, lines))
    assert _read(question_set, "set.jsonl", text.encode()) == 2
    assert Question.objects.get(text="Was gibt es?").expected.get().page == 3


def test_faults_are_told_by_line_and_nothing_is_added(question_set, alice, document):
    ready_document(alice, title="twice.pdf")
    ready_document(alice, title="twice.pdf")
    text = HEAD + (
        "Good?,handbook.pdf,1,\n"
        ",handbook.pdf,,\n"
        "Where?,missing.pdf,,\n"
        "Which?,twice.pdf,,\n"
        "Page?,handbook.pdf,first,\n"
        "Page?,handbook.pdf,0,\n"
        "Quote?,,,words\n"
        "Too,many,1,x,y\n"
    )
    assert _faults(question_set, text) == [
        (3, "the question is missing"),
        (4, "the collection has no document “missing.pdf”"),
        (5, "several documents are called “twice.pdf”; give its id"),
        (6, "the page is not a number from 1 on"),
        (7, "the page is not a number from 1 on"),
        (8, "a page or a quote needs a document"),
        (9, "there are more values than columns"),
    ]


def test_faults_of_json_are_told_by_line(question_set):
    text = '{"question": "Good?"}\n{broken\n[]\n{"question": "x", "answer": "y"}\n{"question": []}'
    assert [line for line, _ in _faults(question_set, text, "set.jsonl")] == [2, 3, 4, 5]


def test_a_document_of_another_collection_is_not_known(question_set, bob):
    foreign = ready_document(bob, title="foreign.pdf")
    for name in ("foreign.pdf", str(foreign.pk)):
        assert len(_faults(question_set, f"{HEAD}Where?,{name},,\n")) == 1


@pytest.mark.parametrize(
    "data", [b"", b"question\n", b"a,b\n1,2\n", b"\xff\xfe\xfa", b"question\n\x00"]
)
def test_what_is_no_set_of_questions_is_refused(question_set, data):
    with pytest.raises(InvalidInput):
        _read(question_set, "set.csv", data)
