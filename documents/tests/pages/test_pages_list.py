"""The documents page: rows, filters, pages of rows, and uploads without a script."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from documents.library import listing
from documents.models import Document, Version
from documents.tests.library import ready_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, alice, storage) -> Client:
    client.force_login(alice)
    return client


def html(client: Client, url: str = "/documents/") -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def titles(text: str) -> list[str]:
    found = re.findall(r'class="document-title">\s*(?:<a [^>]*>)?([^<]+)<', text)
    return [title.strip() for title in found]


def set_state(document: Document, **fields) -> None:
    document.versions.update(**fields)


def test_a_library_without_documents_says_what_to_do(page):
    text = html(page)
    assert "No documents yet" in text
    assert 'enctype="multipart/form-data"' in text
    assert 'role="search"' not in text


def test_a_page_needs_a_signed_in_reader(client):
    for path in ("", "rows/"):
        response = client.get(f"/documents/{path}")
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_rows_show_state_pages_and_passages(page, alice):
    document = ready_document(alice)
    text = html(page)
    assert titles(text) == ["handbook.pdf"]
    assert f'href="/documents/{document.pk}/"' in text
    assert ">Ready</span>" in text
    assert 'data-label="Pages">3<' in text
    assert 'data-label="Passages">3<' in text
    assert "1 ready</p>" in text


@pytest.mark.parametrize(
    ("stage", "done", "total", "words"),
    [
        ("parsing", 0, 0, "Reading"),
        ("parsing", 3, 12, "Reading page 3 of 12"),
        ("embedding", 64, 400, "Indexing 64 of 400"),
        ("indexing", 0, 0, "Indexing"),
    ],
)
def test_a_document_being_read_says_how_far_it_is(page, alice, stage, done, total, words):
    document = ready_document(alice)
    set_state(document, state="processing", stage=stage, done=done, total=total)
    text = html(page, "/documents/rows/")
    assert f">{words}</span>" in text
    assert 'data-unfinished="1"' in text
    assert ("<progress" in text) == (total > 0)
    assert "<html" not in text


def test_a_failed_document_says_why_and_can_be_tried_again(page, alice):
    document = ready_document(alice)
    set_state(document, state="failed", failure_code="no_text", failure_message="It has no <text>.")
    text = html(page)
    assert "It has no &lt;text&gt;." in text
    assert f'action="/documents/{document.pk}/retry/"' in text
    assert page.post(f"/documents/{document.pk}/retry/").status_code == 302
    assert document.versions.get().state == Version.State.QUEUED


def test_what_did_not_fail_is_not_tried_again(page, alice):
    document = ready_document(alice)
    text = page.post(f"/documents/{document.pk}/retry/", follow=True).content.decode()
    assert "handbook.pdf: Only a document that failed can be tried again." in text


def test_search_and_filter_stand_in_the_address(page, alice):
    ready_document(alice, title="Lease 2026.pdf")
    failed = ready_document(alice, title="lease old.pdf")
    ready_document(alice, title="100% wool.pdf")
    set_state(failed, state="failed")
    assert titles(html(page, "/documents/?q=LEASE")) == ["lease old.pdf", "Lease 2026.pdf"]
    assert titles(html(page, "/documents/?q=lease&state=failed")) == ["lease old.pdf"]
    assert titles(html(page, "/documents/?q=%25")) == ["100% wool.pdf"]
    assert titles(html(page, "/documents/?state=unfinished")) == []
    assert "No matches" in html(page, "/documents/?q=nowhere")
    assert 'value="&lt;b&gt;"' in html(page, "/documents/?q=<b>")


@pytest.mark.parametrize(
    "query", ["state=x", "after=x", "after=0", "q=%00", "state[]=1", "q=" + "x" * 999]
)
def test_an_address_that_makes_no_sense_shows_all(page, alice, query):
    ready_document(alice)
    assert titles(html(page, f"/documents/?{query}")) == ["handbook.pdf"]


def test_older_documents_are_a_link_away(page, alice, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for n in range(5):
        ready_document(alice, ["text"], title=f"{n}.pdf")
    seen, url = [], "/documents/?q=pdf"
    while url:
        text = html(page, url)
        seen += titles(text)
        older = re.search(r'href="([^"]+)">Older documents', text)
        url = f"/documents/{older[1]}".replace("&amp;", "&") if older else ""
    assert seen == ["4.pdf", "3.pdf", "2.pdf", "1.pdf", "0.pdf"]
    assert "Newest documents" in text


def test_rows_take_the_same_number_of_queries_however_many(page, alice, django_assert_num_queries):
    for count in (1, 12):
        for n in range(count):
            ready_document(alice, ["text"], title=f"{count}-{n}.pdf")
        # Session, member, collections with their counts, rows, versions, and what may be changed.
        with django_assert_num_queries(6):
            html(page, "/documents/rows/")


def test_a_form_uploads_several_files_and_names_the_one_that_cannot_be_taken(page, alice):
    files = [
        SimpleUploadedFile("a.txt", b"Some text."),
        SimpleUploadedFile("empty.txt", b""),
        SimpleUploadedFile("<b>.exe", b"MZ\x90\x00"),
        SimpleUploadedFile("b.md", b"# More text"),
    ]
    response = page.post("/documents/upload/", {"files": files}, follow=True)
    text = response.content.decode()
    assert sorted(titles(text)) == ["a.txt", "b.md"]
    assert "2 documents added." in text
    assert "empty.txt: The file is empty." in text
    assert "&lt;b&gt;.exe: " in text
    assert "<b>.exe" not in text
    assert Document.objects.filter(collection__owner=alice).count() == 2


def test_a_form_without_a_file_says_so(page):
    text = page.post("/documents/upload/", {}, follow=True).content.decode()
    assert "Choose at least one file." in text


def test_deleting_asks_first(page, alice):
    document = ready_document(alice)
    url = f"/documents/{document.pk}/delete/"
    asked = html(page, url)
    assert "Delete this document?" in asked
    assert "<html" in asked
    fragment = page.get(url, headers={"X-Requested-With": "fetch"}).content.decode()
    assert "<html" not in fragment
    assert Document.objects.filter(pk=document.pk).exists()
    text = page.post(url, follow=True).content.decode()
    assert "Deleted: handbook.pdf" in text
    assert not Document.objects.filter(pk=document.pk).exists()


def test_what_changes_something_takes_a_post_with_a_token(alice, storage):
    document = ready_document(alice)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    for path in ("upload/", f"{document.pk}/retry/", f"{document.pk}/cancel/"):
        assert strict.get(f"/documents/{path}").status_code == 405
    for path in ("upload/", f"{document.pk}/retry/", f"{document.pk}/delete/"):
        assert strict.post(f"/documents/{path}").status_code == 403
    assert Document.objects.filter(pk=document.pk).exists()
