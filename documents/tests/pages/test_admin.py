from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from documents.access import writable_documents
from documents.models import Collection, Document, EmbeddingSpace, Version
from documents.tasks import build_space, remove_space
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
    assert '<span class="badge badge-ready">Ready</span>' in page
    assert f'chunk/?version={document.current_id}">3</a>' in page
    document.versions.update(**FAILED)
    assert "<b>no_text</b> The file holds no text." in _list(root, "document", state="failed")
    assert "handbook.pdf" in _list(root, "document", failure="no_text", type="application/pdf")
    assert "handbook.pdf" not in _list(root, "document", failure="corrupt_file")
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
    assert "Trying 1 document again." in page.content.decode()
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


def test_versions_and_chunks_are_not_added_by_hand(root, document):
    assert "handbook.pdf" in _list(root, "version", state="ready")
    for model in ("version", "chunk"):
        assert root.get(reverse(f"admin:documents_{model}_add")).status_code == 403


def test_an_embedding_space_is_added_built_switched_to_and_removed(root, alice, document, fake):
    old = EmbeddingSpace.objects.create(provider="gone", model="old", dimension=3, active=True)
    url = reverse("admin:documents_embeddingspace_add")
    assert 'name="model"' in root.get(url).content.decode()
    added = root.post(url, {"provider": "custom", "model": "fake", "dimension": ""})
    assert added.status_code == 302, added.content.decode()
    new = EmbeddingSpace.objects.get(model="fake")
    assert (new.dimension, new.state, new.active) == (32, "building", False)
    shown = root.get(reverse("admin:documents_embeddingspace_changelist")).content.decode()
    assert "0 of 3" in shown
    build_space(new.pk)
    new.refresh_from_db()
    assert (new.state, new.active) == ("ready", True)
    assert "not configured" in _act_on(root, old, "switch")
    assert "is being removed" in _act_on(root, old, "remove")
    remove_space(old.pk)
    assert list(EmbeddingSpace.objects.all()) == [new]


def _act_on(root, space, action):
    url = reverse("admin:documents_embeddingspace_changelist")
    form = {"action": action, "_selected_action": space.pk}
    return root.post(url, form, follow=True).content.decode()


def test_collections_count_their_documents(root, alice, document):
    ready_document(alice, title="second.pdf")
    shown = _list(root, "collection", q="alice")
    assert f'document/?collection={document.collection_id}">2</a>' in shown


def test_the_first_page_leads_to_curation(root, alice, document):
    ready_document(alice, title="broken.pdf").versions.update(**FAILED)
    page = root.get("/admin/").content.decode()
    assert "Retrieval lab" in page
    assert ">1 failed</a>" in page


def test_documents_move_and_are_restricted(root, alice, bob, document):
    other = Collection.objects.create(owner=bob, name="Bob's")
    url = reverse("admin:documents_document_changelist")
    chosen = {"action": "move", "_selected_action": [document.pk]}
    assert "handbook.pdf" in root.post(url, chosen).content.decode()
    root.post(url, chosen | {"apply": "1", "collection": other.pk})
    root.post(url, {"action": "restrict", "_selected_action": [document.pk]})
    document.refresh_from_db()
    assert (document.collection, document.restricted) == (other, True)
    history = root.get(reverse("admin:documents_document_history", args=[document.pk]))
    assert "Moved to Bob&#x27;s." in history.content.decode()
    assert "Restricted." in history.content.decode()


def test_a_collection_is_shared_with_users_and_groups(root, alice, bob, document):
    collection = document.collection
    url = reverse("admin:documents_collection_change", args=[collection.pk])
    form = {"name": collection.name, "owner": alice.pk, "chunk_chars": 600, "chunk_overlap": 100}
    form |= {"shares-TOTAL_FORMS": 1, "shares-INITIAL_FORMS": 0, "shares-0-role": "editor"}
    assert "Choose a user or a group." in root.post(url, form).content.decode()
    saved = root.post(url, form | {"shares-0-user": bob.pk})
    assert saved.status_code == 302, saved.content.decode()
    assert list(writable_documents(bob)) == [document]
    collection.refresh_from_db()
    assert collection.tuning == {"chunk_chars": 600, "chunk_overlap": 100}


def test_whoever_changes_who_may_read_is_noted(root, alice, bob, document):
    def list_entries():
        entries = AuditEntry.objects.filter(action=AuditEntry.Action.SHARES_CHANGED)
        return list(entries.order_by("pk").values_list("username", "object_id"))

    collection = document.collection
    url = reverse("admin:documents_collection_change", args=[collection.pk])
    form = {"name": collection.name, "owner": alice.pk}
    form |= {"shares-TOTAL_FORMS": 0, "shares-INITIAL_FORMS": 0}
    root.post(url, form | {"name": "Renamed"})
    assert list_entries() == []
    root.post(url, form | {"everyone": "on"})
    share = {"shares-TOTAL_FORMS": 1, "shares-0-user": bob.pk, "shares-0-role": "reader"}
    root.post(url, form | {"everyone": "on"} | share)
    curator = list_entries()[0][0]
    assert list_entries() == [(curator, str(collection.pk))] * 2
    url = reverse("admin:documents_document_change", args=[document.pk])
    inlines = ("shares-TOTAL", "shares-INITIAL", "versions-TOTAL", "versions-INITIAL")
    form = {f"{name}_FORMS": 0 for name in inlines}
    assert root.post(url, form | {"restricted": "on"}).status_code == 302
    assert list_entries()[2:] == [(curator, str(document.pk))]


def test_files_are_uploaded_with_a_result_for_each(root, alice, document):
    files = [
        SimpleUploadedFile("good.txt", b"A text that can be read."),
        SimpleUploadedFile("same.txt", b"A text that can be read."),
        SimpleUploadedFile("empty.txt", b""),
        SimpleUploadedFile("program.exe", b"MZ\x90\x00 not a text"),
    ]
    form = {"collection": document.collection_id, "files": files}
    page = root.post(reverse("admin:documents_document_upload"), form).content.decode()
    assert page.count('badge-ready">Taken<') == 1
    assert page.count("Already known") == 1
    assert "The file is empty." in page
    assert "2 not accepted" in page
    assert document.collection.documents.filter(title="good.txt").exists()


def test_reports_name_failures_duplicates_and_storage(root, alice, bob, document):
    broken = ready_document(alice, title="broken.pdf")
    broken.versions.update(**FAILED)
    twin = ready_document(bob, title="twin.pdf")
    twin.versions.update(sha256=document.current.sha256)
    pages = {
        name: root.get(reverse(f"admin:documents_document_{name}")).content.decode()
        for name in ("failures", "duplicates", "storage")
    }
    assert "?state=failed&amp;failure=no_text" in pages["failures"]
    assert "twin.pdf" in pages["duplicates"]
    assert "handbook.pdf" in pages["duplicates"]
    assert "broken.pdf" not in pages["duplicates"]
    assert "My documents (bob)" in pages["storage"]
    for by in ("owner", "type", "nonsense"):
        address = reverse("admin:documents_document_storage")
        assert root.get(address, {"by": by}).status_code == 200


def test_staff_without_permission_is_sent_away(alice):
    alice.is_staff = True
    alice.save()
    client = Client()
    client.force_login(alice)
    names = ("document_upload", "document_storage", "collection_lab")
    for name in names:
        assert client.get(reverse(f"admin:documents_{name}")).status_code == 403
