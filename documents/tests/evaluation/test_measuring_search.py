"""Questions with known answers say how well a library is searched."""

from documents.access import default_collection
from documents.evaluation import library
from documents.evaluation.dataset import Dataset, Passage, Query
from documents.evaluation.measuring import Way, measure
from documents.tests.library import HANDBOOK


def test_questions_that_would_get_no_passages_are_counted(transactional_db, alice, embedding):
    pages = [
        Passage(f"p{n}", "Handbook", text, "handbook", n) for n, text in enumerate(HANDBOOK, 1)
    ]
    queries = [
        Query("near", "How many days of vacation do employees accrue?", gains={"p1": 1.0}),
        Query("far", "Who won the chess olympiad?", gains={"p1": 1.0}),
    ]
    dataset = Dataset("handbook", pages, queries, [])
    collection = default_collection(alice)
    assert list(library.fill(dataset, collection)) == ["handbook"]
    figures = measure(alice, dataset, library.names(collection), Way("hybrid"))
    assert figures.questions == 2
    assert figures.values["left out"] == 0.5
