"""Collections on the pages: choosing, making, sharing and deleting them, and what readers see."""

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from documents.library import collections
from documents.models import Collection, CollectionShare, Document, DocumentShare, Version
from documents.tests.library import ready_document
from documents.tests.pages.test_pages_list import html, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, alice, storage) -> Client:
    client.force_login(alice)
    return client


@pytest.fixture
def papers(alice) -> Collection:
    return collections.create(alice, "Papers")


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post_form(client: Client, url: str, sent: dict | None = None) -> str:
    """The page after a form."""
    response = client.post(url, sent or {}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_collection_is_made_renamed_and_deleted(page, alice):
    text = post_form(page, "/documents/collections/new/", {"name": "Papers <1>"})
    assert "Papers &lt;1&gt;" in text
    made = Collection.objects.get(owner=alice, name="Papers <1>")
    again = post_form(page, "/documents/collections/new/", {"name": "Papers <1>"})
    assert "You already have a collection with this name." in again
    own = f"/documents/collections/{made.pk}/"
    assert "Renamed." in post_form(page, f"{own}rename/", {"name": "Letters"})
    assert "Enter a name" in post_form(page, f"{own}rename/", {"name": " "})
    ready_document(alice, collection=made)
    assert "with its 1 document," in html(page, f"{own}delete/")
    assert "Deleted: Letters" in post_form(page, f"{own}delete/")
    assert not Document.objects.exists()


def test_one_collection_is_shown_at_a_time_and_takes_uploads(page, alice, papers):
    ready_document(alice, title="other.pdf")
    ready_document(alice, title="paper.pdf", collection=papers)
    here = f"/documents/?collection={papers.pk}"
    assert titles(html(page, here)) == ["paper.pdf"]
    assert len(titles(html(page))) == 2
    text = post_form(
        page,
        "/documents/upload/",
        {"collection": papers.pk, "next": here, "files": SimpleUploadedFile("a.txt", b"Text.")},
    )
    assert sorted(titles(text)) == ["a.txt", "paper.pdf"]
    assert Document.objects.get(title="a.txt").collection == papers


def test_documents_are_filtered_by_type(page, alice):
    ready_document(alice, title="a.pdf")
    picture = ready_document(alice, title="b.png")
    picture.versions.update(media_type="image/png")
    assert titles(html(page, "/documents/?type=pdf")) == ["a.pdf"]
    assert titles(html(page, "/documents/?type=image")) == ["b.png"]
    assert len(titles(html(page, "/documents/?type=nonsense"))) == 2


def test_a_hidden_collection_is_as_one_that_does_not_exist(alice, bob, papers, storage):
    ready_document(alice, collection=papers)
    stranger = client_of(bob)
    text = html(stranger, f"/documents/?collection={papers.pk}")
    assert titles(text) == []
    assert "Papers" not in text
    sent = {"collection": papers.pk, "files": SimpleUploadedFile("a.txt", b"Text.")}
    assert stranger.post("/documents/upload/", sent).status_code == 404
    assert Document.objects.count() == 1


def test_a_collection_is_shared_and_taken_back(page, alice, bob, papers):
    group = Group.objects.create(name="crew")
    own = f"/documents/collections/{papers.pk}/"
    assert "Shared with bob." in post_form(page, f"{own}share/", {"user": "bob", "role": "editor"})
    assert papers.shares.get().role == CollectionShare.Role.EDITOR
    for sent in ({"user": "nobody"}, {"group": "crew"}, {}, {"user": "bob", "group": "crew"}):
        text = post_form(page, f"{own}share/", sent)
        assert "There is no user or group" in text or "Enter a username" in text
    alice.groups.add(group)
    assert "Shared with crew." in post_form(page, f"{own}share/", {"group": "crew"})
    for share in papers.shares.all():
        post_form(page, f"{own}shares/{share.pk}/remove/")
    assert not papers.shares.exists()
    assert "Everyone who is signed in" in post_form(page, f"{own}everyone/", {"everyone": "on"})
    assert titles(html(client_of(bob), f"/documents/?collection={papers.pk}")) == []
    assert "Papers" in html(client_of(bob))
    post_form(page, f"{own}everyone/")
    assert "Papers" not in html(client_of(bob))


def test_a_reader_is_offered_nothing_that_changes(alice, bob, papers, storage):
    document = ready_document(alice, collection=papers)
    document.versions.update(state="failed")
    CollectionShare.objects.create(collection=papers, user=bob)
    reader = client_of(bob)
    text = html(reader, f"/documents/?collection={papers.pk}")
    assert titles(text) == ["handbook.pdf"]
    assert "Read only" in text
    assert "Owned by alice" in text
    main = text[text.index("<main") :]
    for offer in ("retry/", "delete/", "manage/", "upload/", 'type="checkbox"'):
        assert offer not in main
    at = f"/documents/{document.pk}/"
    for path in ("retry/", "cancel/", "reingest/", "versions/", "change/", "restrict/", "share/"):
        assert reader.post(f"{at}{path}").status_code == 403
    for path in ("", "rename/", "share/", "everyone/", "delete/"):
        url = f"/documents/collections/{papers.pk}/{path}"
        response = reader.post(url) if path else reader.get(url)
        assert response.status_code == 403
    post_form(
        reader, "/documents/chosen/", {"document": document.pk, "do": "delete", "sure": "yes"}
    )
    assert Document.objects.filter(pk=document.pk).exists()


def test_a_document_is_read_as_its_state_allows(page, alice):
    document = ready_document(alice)
    at = f"/documents/{document.pk}/"
    assert "Read again" in html(page, f"{at}manage/")
    assert "Reading " in post_form(page, f"{at}reingest/", {"next": f"{at}manage/"})
    assert "Stop reading" in html(page, f"{at}manage/")
    assert "is being read already" in post_form(page, f"{at}reingest/")
    post_form(page, f"{at}cancel/")
    assert document.versions.first().state == Version.State.FAILED
    assert "Try again" in html(page, f"{at}manage/")
    sent = {"file": SimpleUploadedFile("new.txt", b"Another text.")}
    assert "Reading version 3." in post_form(page, f"{at}versions/", sent)
    assert "Choose a file." in post_form(page, f"{at}versions/")
    assert "The file is empty." in post_form(
        page, f"{at}versions/", {"file": SimpleUploadedFile("e", b"")}
    )


def test_a_document_is_renamed_moved_and_restricted(page, alice, bob, papers):
    document = ready_document(alice)
    at = f"/documents/{document.pk}/"
    post_form(page, f"{at}change/", {"title": "Lease", "collection": papers.pk})
    document.refresh_from_db()
    assert (document.title, document.collection) == ("Lease", papers)
    assert "Enter a title" in post_form(page, f"{at}change/", {"title": ""})
    CollectionShare.objects.create(collection=papers, user=bob)
    post_form(page, f"{at}restrict/", {"restricted": "on"})
    assert titles(html(client_of(bob))) == []
    assert "Shared with bob." in post_form(page, f"{at}share/", {"user": "bob"})
    assert titles(html(client_of(bob))) == ["Lease"]
    assert "Restricted" in html(page)
    post_form(page, f"{at}shares/{DocumentShare.objects.get().pk}/remove/")
    assert titles(html(client_of(bob))) == []


def test_several_documents_are_moved_and_deleted_at_once(page, alice, papers):
    ticked = [ready_document(alice, title=f"{n}.pdf").pk for n in range(2)]
    third = ready_document(alice, title="kept.pdf")
    at = "/documents/chosen/"
    assert "Select documents first." in post_form(page, at, {"do": "move", "into": papers.pk})
    assert "Choose the collection" in post_form(page, at, {"do": "move", "document": ticked})
    moved = post_form(page, at, {"do": "move", "document": ticked, "into": papers.pk})
    assert "2 moved to Papers." in moved
    assert papers.documents.count() == 2
    asked = post_form(page, at, {"do": "delete", "document": ticked})
    assert "Delete these documents?" in asked
    assert Document.objects.count() == 3
    assert "2 deleted." in post_form(page, at, {"do": "delete", "document": ticked, "sure": "yes"})
    assert list(Document.objects.all()) == [third]


def test_nobody_is_led_to_another_site(page):
    response = page.post("/documents/upload/", {"next": "https://example.org/"})
    assert response["Location"] == "/documents/"


@pytest.mark.django_db(transaction=True)
def test_web_pages_are_offered_only_where_they_are_fetched(page, settings):
    settings.FETCH_PAGES = False
    assert "Add a web page" not in html(page)
    assert page.post("/documents/web-page/", {"url": "https://example.org"}).status_code == 404
    settings.FETCH_PAGES = True
    assert "Add a web page" in html(page)
    for url in ("", "http://127.0.0.1/"):
        text = post_form(page, "/documents/web-page/", {"url": url})
        assert 'class="notice danger"' in text
    assert not Document.objects.exists()
