"""The words of a title count for each chunk, and no more than they should."""

import pytest
from asgiref.sync import async_to_sync

from documents.access import get_document
from documents.files import deletion
from documents.ingest.pipeline import ingest
from documents.search import search
from documents.tests.parsing import pdf
from documents.text.headings import build_heading

pytestmark = pytest.mark.django_db(transaction=True)

found_by = async_to_sync(search)


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("AMAZON_2017_10K.pdf", "AMAZON 2017 10K"),
        ("2023.acl-long.386.pdf", "2023 acl long 386"),
        ("Minutes of the meeting.PDF", "Minutes of the meeting"),
        ("회의록_최종.md", "회의록 최종"),
        ("हिन्दी_रिपोर्ट.pdf", "हिन्दी रिपोर्ट"),
        ("ค่าธรรมเนียม-2024.docx", "ค่าธรรมเนียม 2024"),
        ("---.txt", "---.txt"),
    ],
)
def test_a_heading_is_the_words_of_a_title(title, words):
    assert build_heading(title) == words


@pytest.mark.parametrize("query", ["revenue of Amazon", "revenue in AMAZON_2017_10K.pdf"])
def test_a_title_tells_apart_what_the_texts_do_not(upload, fake, alice, query):
    for n, name in enumerate(("NETFLIX_2015_10K.pdf", "AMAZON_2017_10K.pdf", "BESTBUY_2023.pdf")):
        page = f"The revenue grew by {n + 3} percent over the year before."
        ingest(upload(pdf.pages(page), name).pk)
    found = found_by(alice, query, 3, mode="lexical")
    assert found.passages[0].title == "AMAZON_2017_10K.pdf"


def test_a_title_does_not_put_short_pages_first(upload, fake, alice):
    long = "Revenue, expenses and much else that fills a page of a report.\n" * 9
    ingest(upload(pdf.pages("Contents", long, f"{long}The goodwill fell."), "Amazon.pdf").pk)
    found = found_by(alice, "goodwill of Amazon", 3, mode="lexical")
    assert found.passages[0].page == 3
    assert len(found.passages) == 3


def test_a_deleted_document_is_no_longer_found(upload, fake, alice):
    version = upload(pdf.pages("The revenue grew."), "Amazon.pdf")
    ingest(version.pk)
    deletion.delete(alice, get_document(alice, version.document_id))
    assert found_by(alice, "Amazon revenue", 3).passages == []
