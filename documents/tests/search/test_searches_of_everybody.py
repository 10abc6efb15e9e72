"""Everybody's searches look into published collections, and into those that one chooses."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotFound
from chat.openai_api import operations
from chat.pages import transcript
from documents.access import default_collection, searched_documents
from documents.langchain import CollectionRetriever
from documents.library import sharing
from documents.models import Collection
from documents.search import search
from documents.tests.library import Reader, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]

WORDS = "Payments for vacation go to the account of mallory."


@pytest.fixture
def member(db) -> Reader:
    return reader("mallory")


@pytest.fixture
def stranger(db) -> Reader:
    return reader("alice")


@pytest.fixture
def papers(member) -> Collection:
    collection = Collection.objects.create(owner=member.user, name="Papers")
    ready_document(member.user, [WORDS], title="vacation.pdf", collection=collection)
    return collection


def permit(user: User, codename: str = "publish_collection") -> User:
    user.user_permissions.add(Permission.objects.get(codename=codename))
    return User.objects.get(pk=user.pk)


async def patch(who: Reader, collection: Collection, **body) -> dict:
    path = f"/api/collections/{collection.pk}"
    answer = await who.client.patch(path, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    return answer.json()


async def by_api(who: Reader, **more) -> list[str]:
    body = {"query": "vacation", "mode": "lexical"} | more
    found = await who.client.post("/api/documents/search", body, content_type="application/json")
    return [each["document"]["title"] for each in found.json()]


async def by_langchain(who: Reader, **more) -> list[str]:
    retriever = CollectionRetriever(user=who.user, mode="lexical", **more)
    return [each.metadata["title"] for each in await retriever.ainvoke("vacation")]


async def by_code(who: Reader, **more) -> list[str]:
    found = await search(who.user, "vacation", mode="lexical", **more)
    return [each.title for each in found.passages]


WAYS = [by_api, by_langchain, by_code]


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_member_opens_to_everyone_is_searched_by_those_who_choose_it(
    member, stranger, papers, way
):
    told = await patch(member, papers, everyone=True)
    assert (told["everyone"], told["searched"]) == (True, True)
    assert await way(member) == ["vacation.pdf"]
    assert await way(stranger) == []
    assert await way(stranger, collections=[str(papers.pk)]) == ["vacation.pdf"]
    assert (await patch(stranger, papers, searched=True))["searched"] is True
    assert await way(stranger) == ["vacation.pdf"]
    assert (await patch(stranger, papers, searched=False))["searched"] is False
    assert await way(stranger) == []


async def test_a_named_document_needs_no_choice(member, stranger, papers):
    await patch(member, papers, everyone=True)
    document = await papers.documents.aget()
    assert await by_api(stranger, documents=[str(document.pk)]) == ["vacation.pdf"]


@pytest.mark.parametrize("way", WAYS)
async def test_what_a_curator_opens_is_searched_by_everybody_who_does_not_leave_it_out(
    member, stranger, papers, way
):
    await in_db(permit, member.user)
    await patch(member, papers, everyone=True)
    assert await way(stranger) == ["vacation.pdf"]
    await patch(stranger, papers, searched=False)
    assert await way(stranger) == []
    await patch(stranger, papers, searched=True)
    await patch(member, papers, everyone=False)
    assert await way(stranger) == []


async def test_no_part_of_an_owners_change_comes_with_ones_own_choice(member, stranger, papers):
    await patch(member, papers, everyone=True)
    path = f"/api/collections/{papers.pk}"
    body = {"searched": True, "name": "Mine"}
    answer = await stranger.client.patch(path, body, content_type="application/json")
    assert answer.status_code == 403
    assert (await stranger.client.get(path)).json()["searched"] is False


async def test_a_choice_opens_nothing(member, stranger, papers):
    await patch(member, papers, everyone=True)
    await patch(stranger, papers, searched=True)
    await patch(member, papers, everyone=False)
    assert await by_code(stranger) == []
    path = f"/api/collections/{papers.pk}"
    answer = await stranger.client.patch(path, {"searched": True}, content_type="application/json")
    assert answer.status_code == 404


async def test_what_was_published_stays_so_until_it_is_closed(member, stranger, papers):
    """Its owner, who may not publish, says again that it is open, as clients do that send all."""
    await patch(member, papers, everyone=True)
    await Collection.objects.aupdate(in_every_search=True)
    await patch(member, papers, everyone=True)
    assert await by_code(stranger) == ["vacation.pdf"]
    await patch(member, papers, everyone=False)
    await patch(member, papers, everyone=True)
    assert await by_code(stranger) == []


def test_shared_with_oneself_it_is_searched(member, stranger, papers):
    sharing.add_collection_share(member.user, papers, sharing.Grant(user="alice"))
    assert searched_documents(stranger.user).exists()
    sharing.choose_searched(stranger.user, papers, searched=False)
    assert not searched_documents(stranger.user).exists()


def test_a_name_is_not_taken_away_by_what_a_stranger_opens(member, stranger, papers):
    sharing.set_everyone(member.user, papers, everyone=True)
    assert operations._find_collection_id(stranger.user, "Papers") == papers.pk
    own = Collection.objects.create(owner=stranger.user, name="Papers")
    assert operations._find_collection_id(stranger.user, "Papers") == own.pk
    with pytest.raises(NotFound):
        operations._find_collection_id(stranger.user, "My papers")


@pytest.mark.parametrize("left_out", [False, True])
def test_a_name_is_not_taken_away_by_what_is_shared_with_one(member, stranger, left_out):
    """The first collection of everybody has the same name, so most that are shared have it."""
    own, theirs = default_collection(stranger.user), default_collection(member.user)
    sharing.add_collection_share(member.user, theirs, sharing.Grant(user="alice"))
    sharing.choose_searched(stranger.user, own, searched=not left_out)
    assert operations._find_collection_id(stranger.user, own.name) == own.pk
    assert operations._find_collection_id(stranger.user, str(theirs.pk)) == theirs.pk


def test_nobody_is_led_to_what_a_stranger_opened(member, stranger, papers):
    sharing.set_everyone(member.user, papers, everyone=True)
    assert transcript.suggest_documents(stranger.user) == []
    ready_document(stranger.user, collection=default_collection(stranger.user))
    assert [each.title for each in transcript.suggest_documents(stranger.user)] == ["handbook.pdf"]


def test_the_page_offers_the_choice(member, stranger, papers):
    sharing.set_everyone(member.user, papers, everyone=True)
    client = Client()
    client.force_login(stranger.user)
    url = f"/documents/?collection={papers.pk}"
    assert "Searched only if chosen" in client.get(url).content.decode()
    told = client.post(f"/documents/collections/{papers.pk}/searched/", {"searched": "on"})
    assert told.status_code == 302
    assert searched_documents(stranger.user).exists()
    assert "Leave out of my searches" in client.get(url).content.decode()
    client.post(f"/documents/collections/{papers.pk}/searched/")
    assert not searched_documents(stranger.user).exists()


@pytest.mark.parametrize("may_publish", [False, True])
def test_staff_publishes_with_the_permission_alone(member, stranger, papers, may_publish):
    staff = User.objects.create_user(
        "staff", "staff@example.org", "a long password 1", is_staff=True
    )
    for codename in ("view_collection", "change_collection", "view_user"):
        permit(staff, codename)
    if may_publish:
        permit(staff)
    client = Client()
    client.force_login(staff)
    form = {"name": papers.name, "owner": member.user.pk, "everyone": "on"}
    form |= {"in_every_search": "on", "shares-TOTAL_FORMS": 0, "shares-INITIAL_FORMS": 0}
    url = f"/admin/documents/collection/{papers.pk}/change/"
    assert client.post(url, form).status_code == 302
    papers.refresh_from_db()
    assert (papers.everyone, papers.in_every_search) == (True, may_publish)
    assert searched_documents(stranger.user).exists() is may_publish
    del form["everyone"]
    assert client.post(url, form).status_code == (200 if may_publish else 302)
