"""Each kind of share opens its own: readers read, editors write, owners decide who does."""

import json

import pytest
from django.contrib.auth.models import Group

from aiapp.db import in_db
from documents.models import Collection, Document
from documents.search import search
from documents.tests.library import reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]

CHANGES = [
    ("patch", "", {"title": "mine"}),
    ("patch", "", {"restricted": True}),
    ("delete", "", None),
    ("post", "/retry", None),
    ("post", "/cancel", None),
    ("post", "/reingest", None),
    ("post", "/restore", {"version": 1}),
]


async def send(client, method, path, body=None):
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body else {}
    return await getattr(client, method)(path, **sent)


@pytest.fixture(autouse=True)
def _rate(settings):
    settings.LOGIN_RATE = "1000/m"


@pytest.fixture
def owner():
    return reader("owner")


@pytest.fixture
def friend():
    return reader("friend")


@pytest.fixture
def document(owner):
    return ready_document(owner.user)


async def share(owner, document, **body):
    answer = await send(owner.client, "patch", f"/api/collections/{document.collection_id}", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


async def test_a_reader_reads_and_is_refused_every_change(owner, friend, document):
    told = await share(owner, document, shares=[{"user": "friend"}])
    assert told["shares"] == [{"user": "friend", "group": None, "role": "reader"}]
    path = f"/api/documents/{document.pk}"
    seen = (await friend.client.get(path)).json()
    assert (seen["writable"], seen["shares"]) == (False, None)
    for method, tail, body in CHANGES:
        answer = await send(friend.client, method, path + tail, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "read_only"), tail
    collection = f"/api/collections/{document.collection_id}"
    assert (await friend.client.get(collection)).json()["shares"] is None
    for method, body in (("patch", {"everyone": True}), ("delete", None)):
        assert (await send(friend.client, method, collection, body)).status_code == 403
    assert await in_db(Document.objects.filter(pk=document.pk, restricted=False).exists)
    assert (await search(friend.user, "vacation", mode="lexical")).passages


async def test_an_editor_changes_documents_and_not_who_reads_them(owner, friend, document):
    await share(owner, document, shares=[{"user": "friend", "role": "editor"}])
    path = f"/api/documents/{document.pk}"
    assert (await send(friend.client, "patch", path, {"title": "new.pdf"})).status_code == 200
    for body in ({"restricted": True}, {"shares": []}):
        assert (await send(friend.client, "patch", path, body)).status_code == 403
    own = await in_db(Collection.objects.create, owner=friend.user, name="Mine")
    assert (
        await send(friend.client, "patch", path, {"collection": str(own.pk)})
    ).status_code == 403
    assert (await friend.client.delete(path)).status_code == 204


async def test_a_share_with_a_group_ends_for_who_leaves_it(owner, friend, document):
    crew = await in_db(Group.objects.create, name="crew")
    for user in (owner.user, friend.user):
        await user.groups.aadd(crew)
    await share(owner, document, shares=[{"group": "crew"}])
    path = f"/api/documents/{document.pk}"
    assert (await friend.client.get(path)).status_code == 200
    await friend.user.groups.aclear()
    assert (await friend.client.get(path)).status_code == 404
    assert not (await search(friend.user, "vacation", mode="lexical")).passages


async def test_everyone_reads_until_it_is_taken_back(owner, friend, document):
    await share(owner, document, everyone=True)
    path = f"/api/documents/{document.pk}/chunks"
    assert (await friend.client.get(path)).status_code == 200
    await share(owner, document, everyone=False)
    assert (await friend.client.get(path)).status_code == 404


async def test_a_restricted_document_is_hidden_in_a_shared_collection(owner, friend, document):
    await share(owner, document, everyone=True)
    path = f"/api/documents/{document.pk}"
    await send(owner.client, "patch", path, {"restricted": True})
    assert (await friend.client.get(path)).status_code == 404
    collection = f"/api/collections/{document.collection_id}"
    assert (await friend.client.get(collection)).json()["documents"] == 0
    await send(owner.client, "patch", path, {"shares": [{"user": "friend"}]})
    assert (await friend.client.get(path)).json()["restricted"] is True


async def test_an_unknown_name_and_a_foreign_group_get_the_same_answer(owner, document, settings):
    await in_db(Group.objects.create, name="secret club")
    path = f"/api/collections/{document.collection_id}"
    answers = [
        await send(owner.client, "patch", path, {"shares": [{kind: name}]})
        for kind, name in (("user", "nobody"), ("group", "nothing"), ("group", "secret club"))
    ]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (422, answers[0].content)
    }
    settings.LOGIN_RATE = "1/m"
    guesses = [await send(owner.client, "patch", path, {"shares": [{"user": n}]}) for n in "xy"]
    assert [guess.status_code for guess in guesses] == [422, 429]


async def test_what_is_not_a_field_is_refused(owner, document):
    for path in (f"/api/collections/{document.collection_id}", f"/api/documents/{document.pk}"):
        assert (await send(owner.client, "patch", path, {"owner": 1})).status_code == 422
    share = {"shares": [{"user": "a", "group": "b"}]}
    path = f"/api/collections/{document.collection_id}"
    assert (await send(owner.client, "patch", path, share)).status_code == 422
