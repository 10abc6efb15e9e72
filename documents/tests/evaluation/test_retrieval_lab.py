import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from documents.models import CollectionShare
from documents.tests.library import reader, ready_document
from documents.text.highlighting import mark_words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage", "fake")]


@pytest.fixture
def alice(db) -> User:
    return reader("alice").user


@pytest.fixture
def document(alice, fake):
    return ready_document(alice, embedded=True)


@pytest.fixture
def curator(db) -> User:
    user = reader("curator").user
    user.is_staff = True
    user.save()
    user.user_permissions.add(*Permission.objects.filter(codename__in=["view_chunk"]))
    return user


def _search(user: User, **asked: object) -> str:
    client = Client()
    client.force_login(user)
    values = {"query": "vacation days", "as_user": user.pk, "k": 3, "mode": "hybrid"} | asked
    return client.get(reverse("admin:documents_collection_lab"), values).content.decode()


def test_passages_are_shown_with_both_ranks_and_marked_words(curator, alice, document):
    CollectionShare.objects.create(collection=document.collection, user=curator)
    page = _search(curator)
    assert "Employees accrue two <mark>days</mark> of <mark>vacation</mark> per month" in page
    assert "BM25" in page
    assert "similarity" in page
    assert f"/admin/documents/document/{document.pk}/" in page


def test_a_curator_searches_as_himself_unless_he_may_more(curator, alice, document):
    assert "finds nothing" in _search(curator)
    assert "Select a valid choice" in _search(curator, as_user=alice.pk)
    assert not LogEntry.objects.exists()
    curator.user_permissions.add(Permission.objects.get(codename="search_as"))
    assert "<mark>vacation</mark>" in _search(curator, as_user=alice.pk)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_repr) == (curator, "alice")
    assert "vacation days" in entry.change_message


def test_two_settings_stand_side_by_side(curator, document):
    CollectionShare.objects.create(collection=document.collection, user=curator)
    page = _search(curator, compare="on", **{"a-dense_weight": "0", "b-dense_weight": "1"})
    assert page.count('<ol class="places">') == 2
    refused = _search(curator, compare="on", **{"b-dense_weight": "7"})
    assert "less than or equal to 1" in refused


def test_a_collection_that_the_person_may_not_read_is_told(curator, document):
    hidden = _search(curator, collection=document.collection_id)
    assert "Select a valid choice" in hidden
    assert "My documents (alice)" not in hidden
    curator.user_permissions.add(Permission.objects.get(codename="view_collection"))
    page = _search(User.objects.get(pk=curator.pk), collection=document.collection_id)
    assert "may not read this collection" in page
    assert "<mark>" not in page
    assert _search(curator, collection="nonsense", document="nonsense", mode="other")


def test_words_are_marked_by_their_stems_and_by_characters(db):
    assert mark_words(["Waters boil high."], "boiling water") == [
        [("Waters", True), (" ", False), ("boil", True), (" high.", False)]
    ]
    assert mark_words(["휴가는 한 달"], "휴가") == [[("휴가", True), ("는 한 달", False)]]
    assert mark_words(["", "no\x00thing"], "a") == [[], [("no\x00thing", False)]]
