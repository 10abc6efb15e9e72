"""A question in other words than the document's finds it all the same."""

import pytest
from asgiref.sync import async_to_sync

from documents.search import lexical, search
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db(transaction=True)

COVER = "Fjord Shipping ASA. Address of principal executive offices: 4 Quay Street, Bergen."
REPORT = [
    "The executive committee met in the spring and visited a principal of the yard.",
    COVER,
    "The offices of the agents are open on weekdays.",
    "The fleet has eleven ships, of which nine are older than ten years.",
]


@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
def test_a_phrase_that_means_the_same_is_found(alice, embedding, mode):
    ready_document(alice, REPORT, title="report.pdf", embedded=True)
    assert _texts(alice, "Where is its headquarters?", mode)[0] == COVER


@pytest.mark.parametrize("mode", ["lexical", "hybrid"])
def test_the_very_word_counts_for_more(alice, embedding, mode):
    said = "The headquarters are in Bergen, where the company was founded."
    ready_document(alice, [*REPORT, said], title="report.pdf", embedded=True)
    assert _texts(alice, "Where is its headquarters?", mode)[0] == said


def test_a_fiscal_year_is_a_year(alice, storage):
    ready_document(alice, ["Freight in 2014 was 11.", "Freight in 2015 was 12.", "No freight."])
    assert _texts(alice, "freight in FY2015", "lexical")[0] == "Freight in 2015 was 12."


def test_in_a_large_library_words_are_those_that_were_asked_for(alice, storage, monkeypatch):
    monkeypatch.setattr(lexical, "EACH_CHUNK", 0)
    ready_document(alice, REPORT, title="report.pdf")
    assert _texts(alice, "Where is its headquarters?", "lexical") == []


def _texts(user, query, mode):
    result = async_to_sync(search)(user, query, mode=mode)
    return [passage.text for passage in result.passages]
