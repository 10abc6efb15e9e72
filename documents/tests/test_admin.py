from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from documents.models import Chunk, Collection, Document, EmbeddingSpace, Version
from documents.tests.library import ready_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

FAILED = {
    "state": Version.State.FAILED,
    "failure_code": "no_text",
    "failure_message": "The file holds no text.",
}


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's own"))
    return client


@pytest.fixture
def document(alice: User) -> Document:
    return ready_document(alice)


def _list(root: Client, model: str, **query: str) -> str:
    return root.get(reverse(f"admin:documents_{model}_changelist"), query).content.decode()


def test_documents_show_how_far_they_are(root, document):
    page = _list(root, "document")
    assert "handbook.pdf" in page
    assert '<td class="field-progress">100%</td>' in page
    assert '<td class="field-chunks">3</td>' in page
    document.versions.update(**FAILED)
    assert "no_text: The file holds no text." in _list(root, "document", state="failed")
    assert "handbook.pdf" not in _list(root, "document", state="ready")
    opened = root.get(reverse("admin:documents_document_change", args=[document.pk]))
    assert "handbook.pdf" in opened.content.decode()


def test_the_list_costs_the_same_for_many_documents(
    root, alice, document, django_assert_max_num_queries
):
    for n in range(30):
        ready_document(alice, title=f"{n}.pdf")
    with django_assert_max_num_queries(12):
        assert "29.pdf" in _list(root, "document")


def test_failed_documents_are_tried_again(root, alice, document):
    document.versions.update(**FAILED)
    ready = ready_document(alice, title="ready.pdf")
    chosen = {"action": "retry", "_selected_action": [document.pk, ready.pk]}
    page = root.post(reverse("admin:documents_document_changelist"), chosen, follow=True)
    assert "1 document is tried again." in page.content.decode()
    assert "Only a document that failed" in page.content.decode()
    assert document.versions.get().state == Version.State.QUEUED


@pytest.mark.parametrize("model", ["document", "collection"])
@pytest.mark.django_db(transaction=True)
def test_what_is_deleted_takes_its_files_along(root, document, model):
    stored = Path(document.current.file.path)
    target = document if model == "document" else document.collection
    confirm = {"post": "yes", "action": "delete_selected", "_selected_action": [target.pk]}
    url = reverse(f"admin:documents_{model}_changelist")
    assert "With all that belongs to it" in root.post(url, confirm | {"post": ""}).content.decode()
    assert root.post(url, confirm).status_code == 302
    assert not Document.objects.exists()
    assert not stored.exists()
    assert Collection.objects.exists() == (model == "document")


def test_a_document_is_deleted_from_its_own_page(root, document):
    url = reverse("admin:documents_document_delete", args=[document.pk])
    assert root.get(url).status_code == 200
    assert root.post(url, {"post": "yes"}).status_code == 302
    assert not Document.objects.exists()


def test_chunks_are_found_by_document_and_only_read(root, document):
    assert "accrue two days" in _list(root, "chunk", q="handbook")
    assert "accrue two days" not in _list(root, "chunk", q="other")
    chunk = Chunk.objects.first()
    url = reverse("admin:documents_chunk_change", args=[chunk.pk])
    assert chunk.text in root.get(url).content.decode()
    assert root.post(url, {"text": "changed"}).status_code == 403


def test_versions_and_spaces_are_only_read(root, document):
    EmbeddingSpace.objects.create(provider="local", model="some-model", dimension=3, active=True)
    assert "handbook.pdf" in _list(root, "version", state="ready")
    assert "some-model" in _list(root, "embeddingspace")
    for model in ("document", "version", "chunk", "embeddingspace"):
        assert root.get(reverse(f"admin:documents_{model}_add")).status_code == 403


def test_collections_count_their_documents(root, alice, document):
    ready_document(alice, title="second.pdf")
    assert '<td class="field-document_count">2</td>' in _list(root, "collection", q="alice")
