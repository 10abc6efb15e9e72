"""Sharing has to say that nobody has a name; it does not say so to who goes through a list."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import AuditEntry, User
from aiapp.db import in_db
from aiapp.errors import InvalidInput, TooManyRequests
from documents.library import sharing
from documents.models import Collection, CollectionShare
from documents.tests.library import reader, ready_document
from tests.outages.test_bounds_at_once import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]


@pytest.fixture
def papers(alice: User) -> Collection:
    return Collection.objects.create(owner=alice, name="Papers")


def count_refusals(user: User) -> int:
    return AuditEntry.objects.filter(user=user, action=AuditEntry.Action.REFUSED).count()


@pytest.mark.parametrize(
    "grant",
    [
        sharing.Grant(user="nobody"),
        sharing.Grant(user="gone"),
        sharing.Grant(user="BOB"),
        sharing.Grant(group="nothing"),
        sharing.Grant(group="theirs"),
        sharing.Grant(user="bob\x1f"),
    ],
    ids=["unknown", "switched off", "another case", "no group", "a foreign group", "a control"],
)
def test_whatever_cannot_be_shared_with_is_unknown_alike(alice, bob, papers, grant):
    User.objects.create_user("gone", "gone@example.org", "a long password 1", is_active=False)
    bob.groups.add(Group.objects.create(name="theirs"))
    with pytest.raises(InvalidInput) as refused:
        sharing.add_collection_share(alice, papers, grant)
    assert (refused.value.reason, refused.value.message) == ("unknown_name", sharing.UNKNOWN)
    assert count_refusals(alice) == 1


def test_after_a_few_nothing_is_told_of_any_name(alice, bob, papers, settings):
    settings.LOGIN_RATE = "3/h"
    for n in range(3):
        with pytest.raises(InvalidInput):
            sharing.add_collection_share(alice, papers, sharing.Grant(user=f"name{n}"))
    for name in ("another", "bob"):
        with pytest.raises(TooManyRequests):
            sharing.add_collection_share(alice, papers, sharing.Grant(user=name))
    assert count_refusals(alice) == 3
    own = Collection.objects.create(owner=bob, name="Own")
    sharing.add_collection_share(bob, own, sharing.Grant(user="alice"))


def test_names_that_are_tried_at_once_are_counted_as_well(alice, bob, papers, settings):
    settings.LOGIN_RATE = "3/h"
    at_once(lambda n: sharing.add_collection_share(alice, papers, sharing.Grant(user=f"name{n}")))
    assert count_refusals(alice) == 3
    with pytest.raises(TooManyRequests):
        sharing.add_collection_share(alice, papers, sharing.Grant(user="bob"))


def test_who_names_people_that_there_are_may_go_on(alice, papers, settings):
    settings.LOGIN_RATE = "3/h"
    for n in range(10):
        User.objects.create_user(f"name{n}", f"name{n}@example.org", "a long password 1")
        sharing.add_collection_share(alice, papers, sharing.Grant(user=f"name{n}"))
    assert CollectionShare.objects.count() == 10
    assert count_refusals(alice) == 0


def test_pages_and_documents_count_together(alice, papers, settings):
    settings.LOGIN_RATE = "3/h"
    document = ready_document(alice, collection=papers)
    client = Client()
    client.force_login(alice)
    paths = [f"/documents/collections/{papers.pk}/share/", f"/documents/{document.pk}/share/"]
    for path in [*paths, *paths, *paths]:
        client.post(path, {"user": "nobody"})
    assert count_refusals(alice) == 3
    client.get("/documents/")
    page = client.post(paths[0], {"user": "nobody"}, follow=True).content.decode()
    assert sharing.UNKNOWN not in page


@pytest.mark.parametrize("kind", ["collection", "document", "new collection"])
async def test_the_api_notes_it_though_it_changes_nothing(kind, settings):
    owner = await in_db(reader, "owner")
    settings.LOGIN_RATE = "100/h"
    body = {"shares": [{"user": "alice"}, {"user": "nobody"}]}
    sent = {"content_type": "application/json"}
    if kind == "new collection":
        answer = await owner.client.post("/api/collections", {"name": "New"} | body, **sent)
    else:
        document = await in_db(ready_document, owner.user)
        at = document.collection_id if kind == "collection" else document.pk
        answer = await owner.client.patch(f"/api/{kind}s/{at}", body, **sent)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_name")
    assert await AuditEntry.objects.filter(action=AuditEntry.Action.REFUSED).acount() == 1
    assert not await CollectionShare.objects.aexists()
    assert not await Collection.objects.filter(name="New").aexists()
