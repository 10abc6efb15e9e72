"""The statements that a search sends are those of the ORM: what they find is compared with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotFound
from aiapp.sql import pool
from aiapp.sql.pool import Query, Statement
from documents.metadata import parse_condition
from documents.models import (
    Chunk,
    Collection,
    CollectionShare,
    Document,
    DocumentShare,
    SearchChoice,
    Version,
)
from documents.search import Filters, dense, explain, passages, search
from documents.search.fusion import FusedScore
from documents.search.inputs import read_inputs
from documents.search.scope import Scope
from documents.spaces.spaces import active_space
from documents.spaces.storing import store_vectors
from documents.tests.fake_embeddings import DIMENSION
from documents.tests.library import ready_document

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("storage", "fake"),
]

EVERYTHING = 100


@dataclass(frozen=True)
class World:
    """Alice, who reads; what may be read of it is known by its titles."""

    alice: User
    own: Collection
    friends: Collection
    old: Document


@pytest.fixture
def world(alice: User, bob: User) -> World:
    """Build documents of every kind of access: own, shared, of a group, published, hidden."""
    staff = Group.objects.create(name="staff")
    alice.groups.add(staff)
    own = Collection.objects.create(owner=alice, name="own", tuning={"title_weight": 1.5})
    shared, of_group, opened, published, chosen, left_out, secret = (
        Collection.objects.create(owner=bob, name=name, everyone=name in OPEN)
        for name in ("shared", "of group", "opened", "published", "chosen", "left out", "secret")
    )
    Collection.objects.filter(pk__in=[published.pk, left_out.pk]).update(in_every_search=True)
    CollectionShare.objects.create(collection=shared, user=alice)
    CollectionShare.objects.create(collection=of_group, group=staff)
    SearchChoice.objects.create(collection=chosen, user=alice, searched=True)
    SearchChoice.objects.create(collection=left_out, user=alice, searched=False)
    for collection in (shared, of_group, opened, published, chosen, left_out, secret):
        add(bob, collection, f"{collection.name}.pdf")
    old = add(alice, own, "own.pdf")
    Document.objects.filter(pk=old.pk).update(created=timezone.now() - timedelta(days=9))
    Document.objects.filter(pk=old.pk).update(metadata={"years": 10, "since": "2019-05-01"})
    Version.objects.filter(document=old).update(media_type="text/plain")
    add(alice, own, "disabled.pdf").current.chunks.update(disabled=True)
    Document.objects.filter(pk=add(alice, own, "not ready.pdf").pk).update(current=None)
    add(bob, shared, "withheld.pdf", restricted=True)
    for title, to in (("for alice.pdf", {"user": alice}), ("for staff.pdf", {"group": staff})):
        DocumentShare.objects.create(document=add(bob, shared, title, restricted=True), **to)
    return World(alice, own, shared, old)


OPEN = {"opened", "published", "chosen", "left out"}


def add(user: User, collection: Collection, title: str, *, restricted: bool = False) -> Document:
    pages = [f"Vacation rule {page} of {title}." for page in range(3)]
    document = ready_document(user, pages, title=title, collection=collection)
    Document.objects.filter(pk=document.pk).update(restricted=restricted)
    ids = list(document.current.chunks.values_list("pk", flat=True))
    # Of its own direction each, so that the order of all is certain.
    count = Chunk.objects.count()
    vectors = [[1.0, (count + n) / 100, *[0.0] * (DIMENSION - 2)] for n in range(len(ids))]
    store_vectors(active_space(), ids, vectors)
    return document


def scopes(world: World) -> Iterator[tuple[str, Scope, set[str]]]:
    """Name scopes and what is in them, by hand."""
    found = {"own.pdf", "shared.pdf", "of group.pdf", "published.pdf", "chosen.pdf"}
    found |= {"for alice.pdf", "for staff.pdf"}
    scope = partial(Scope, world.alice)
    week_ago = timezone.now() - timedelta(days=7)
    of_friends = {"shared.pdf", "for alice.pdf", "for staff.pdf"}
    yield "everything", scope(), found
    yield "own", scope([world.own.pk]), {"own.pdf"}
    yield "shared", scope([world.friends.pk]), of_friends
    yield "two", scope([world.own.pk, world.friends.pk]), {"own.pdf"} | of_friends
    yield "a document", scope(None, [world.old.pk]), {"own.pdf"}
    yield "both named", scope([world.friends.pk], [world.old.pk]), set()
    yield "new", scope(filters=Filters(added_after=week_ago)), found - {"own.pdf"}
    yield "old", scope(filters=Filters(added_before=week_ago)), {"own.pdf"}
    older = Filters(
        metadata=parse_condition({"years": {"$gte": 9}, "since": {"$lt": "2020-01-01"}})
    )
    yield "by metadata", scope(filters=older), {"own.pdf"}
    yield "texts", scope(filters=Filters(media_types=["text/plain", "text/html"])), {"own.pdf"}
    opened = Collection.objects.get(name="opened")
    yield "opened and named", scope([opened.pk]), {"opened.pdf"}
    left_out = Collection.objects.get(name="left out")
    yield "left out and named", scope([left_out.pk]), {"left out.pdf"}


async def check_each(world: World, check: Callable) -> None:
    cases = await in_db(lambda: list(scopes(world)))
    for name, scope, titles in cases:
        await check(name, scope, titles)


async def test_each_scope_holds_what_the_orm_says(world):
    async def check(name: str, scope: Scope, titles: set[str]) -> None:
        inputs = await read_inputs(scope, ["vacation"])
        assert inputs.chunk_count == await in_db(lambda: scope.chunk_count), name
        assert sorted(inputs.tunings) == await in_db(lambda: scope.tuned_collections), name
        versions = await in_db(lambda: {str(version) for version in scope.versions()})
        assert set((inputs.versions or "{}").strip("{}").split(",")) - {""} == versions, name
        assert inputs.chunk_count == 3 * len(versions), name

    await check_each(world, check)


@pytest.mark.parametrize("exact", [0, 10_000])
async def test_the_nearest_are_those_of_the_orm(world, monkeypatch, exact):
    monkeypatch.setattr(dense, "EXACT_CHUNKS", exact)

    async def check(name: str, scope: Scope, titles: set[str]) -> None:
        inputs = await read_inputs(scope, [])
        vector = [1.0, 0.1, *[0.0] * (DIMENSION - 2)]
        found = await dense.find_nearest(inputs, inputs.space, vector, EVERYTHING)
        known = await in_db(dense.rank, scope, inputs.space, vector, EVERYTHING)
        assert list(found.items()) == list(known.items()), name
        assert len(found) == 3 * len(titles), name

    await check_each(world, check)


async def test_passages_are_those_of_the_orm(world):
    everything = await in_db(lambda: list(Chunk.objects.values_list("pk", flat=True)))
    scores = {pk: FusedScore(1 / n, 0.0, 0.0) for n, pk in enumerate(everything, 1)}

    async def check(name: str, scope: Scope, titles: set[str]) -> None:
        # All are asked for, those of others too.
        fetched = await passages.fetch(scope, scores, {everything[0]: 0.5}, EVERYTHING)
        read = await in_db(passages.read, scope, scores, {everything[0]: 0.5}, EVERYTHING)
        assert fetched == read, name
        assert {passage.title for passage in fetched} == titles, name

    await check_each(world, check)


@pytest.mark.parametrize("mode", ["lexical", "dense", "hybrid"])
async def test_a_search_finds_all_that_is_in_scope_and_nothing_else(world, mode):
    async def check(name: str, scope: Scope, titles: set[str]) -> None:
        limits = {
            "collections": scope.collections,
            "documents": scope.documents,
            "filters": scope.filters,
        }
        query = "a rule for vacation"
        found = await search(world.alice, query, EVERYTHING, mode=mode, **limits)
        assert {passage.title for passage in found.passages} == titles, name
        explained = await explain(world.alice, query, EVERYTHING, mode=mode, **limits)
        assert [each.passage for each in explained] == found.passages, name

    await check_each(world, check)


async def test_both_ways_look_equally_far_in_the_index(db):
    asked = "SELECT current_setting('hnsw.iterative_scan'), current_setting('hnsw.ef_search')"

    def ask() -> tuple[str, str]:
        with connection.cursor() as cursor:
            # The library that knows these settings is loaded with the first vector.
            cursor.execute("SELECT '[1]'::vector")
            cursor.execute(asked)
            return cursor.fetchone()

    load, look = Statement(Query("SELECT '[1]'::vector"), {}), Statement(Query(asked), {})
    [_, [found]] = await pool.run(load, look)
    assert found == await in_db(ask) == ("relaxed_order", "400")


async def test_what_may_not_be_read_cannot_be_named(world, bob):
    secret = await in_db(lambda: Collection.objects.get(name="secret").pk)
    withheld = await in_db(lambda: Document.objects.get(title="withheld.pdf").pk)
    with pytest.raises(NotFound):
        await search(world.alice, "vacation", collections=[world.own.pk, secret])
    with pytest.raises(NotFound):
        await search(world.alice, "vacation", documents=[world.old.pk, withheld])
    with pytest.raises(NotFound):
        await search(bob, "vacation", collections=[world.own.pk])


async def test_who_was_deactivated_finds_nothing(world):
    world.alice.is_active = False
    assert (await search(world.alice, "vacation")).passages == []
    with pytest.raises(NotFound):
        await search(world.alice, "vacation", collections=[world.own.pk])


async def test_filters_of_another_kind_are_not_left_out_in_silence(world):
    class Narrower(Filters):
        pass

    with pytest.raises(TypeError, match="Narrower"):
        await search(world.alice, "vacation", filters=Narrower())
