import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aiapp.llm.registry import close_clients
from documents.models import Version
from documents.search import dense, has_documents, search
from documents.search.scope import Scope
from documents.spaces.spaces import get_searched_space
from documents.tests.library import HANDBOOK, PHYSICS, add_version, reader, ready_document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two_documents(embedding):
    alice = reader("alice").user
    return (
        alice,
        ready_document(alice, HANDBOOK, embedded=True),
        ready_document(alice, PHYSICS, title="physics.pdf", embedded=True),
    )


@pytest.fixture
def library(two_documents):
    return two_documents[0]


async def test_a_question_in_other_words_finds_the_page(library):
    found = await search(library, "How much holiday do I get each month?", 2)
    best = found.passages[0]
    assert (best.title, best.page, best.text) == ("handbook.pdf", 1, HANDBOOK[0])
    assert found.notice == ""
    assert 0.3 < best.similarity < 1
    assert best.score >= found.passages[1].score


async def test_a_rare_word_finds_the_page(library):
    found = await search(library, "what about the cafeteria and dinosaurs", 1, mode="lexical")
    assert [p.page for p in found.passages] == [3]
    assert found.passages[0].similarity is None


async def test_meaning_alone_finds_the_page(library):
    found = await search(library, "physical constants such as c", 1, mode="dense")
    assert found.passages[0].text == PHYSICS[0]
    assert found.passages[0].similarity is not None


async def test_the_offsets_are_those_of_the_whole_text(library):
    (best,) = (await search(library, "laptop broken screen", 1)).passages
    assert "\n".join(HANDBOOK)[best.start : best.end] == best.text == HANDBOOK[1]


async def test_filters_narrow_what_is_searched(two_documents):
    alice, handbook, physics = two_documents
    question = "vacation days per month"
    everywhere = await search(alice, question, 1)
    narrow = await search(alice, question, 5, documents=[physics.pk])
    assert everywhere.passages[0].document_id == handbook.pk
    assert {p.document_id for p in narrow.passages} == {physics.pk}
    inside = await search(alice, question, 5, collections=[handbook.collection_id])
    assert len(inside.passages) == 5
    assert (await search(alice, question, 5, collections=[])).passages == []
    assert (await search(alice, question, 5, documents=[])).passages == []


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_only_the_current_version_is_found(embedding, mode):
    alice = reader("alice").user
    document = ready_document(alice, ["The secret word is xylophone."], embedded=True)
    newer = add_version(document, ["The secret word is trombone."], embedded=True)
    found = _search(alice, "xylophone or trombone", mode)
    assert [p.text for p in found] == ["The secret word is xylophone."]
    document.current = newer
    document.save()
    found = _search(alice, "xylophone or trombone", mode)
    assert [p.version_id for p in found] == [newer.pk]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_document_that_is_not_ready_is_not_found(embedding, mode):
    alice = reader("alice").user
    document = ready_document(alice, embedded=True)
    Version.objects.update(state=Version.State.PROCESSING)
    document.current = None
    document.save()
    assert _search(alice, "vacation", mode) == []


def test_the_index_of_the_space_can_be_used(library, monkeypatch):
    # In a small scope all vectors are compared, which is exact and quick enough.
    monkeypatch.setattr(dense, "EXACT_CHUNKS", -1)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("SET enable_seqscan = off; SET enable_sort = off")
        dense.rank(Scope(library), get_searched_space(), [0.1] * 384, 10)
        cursor.execute("EXPLAIN " + queries[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_sort")
    assert "vectors_of_space_" in plan


async def test_who_has_no_documents_is_known_at_once(library):
    assert await has_documents(library, None)
    assert not await has_documents(library, [])


def _search(user, query, mode):
    async def once():
        found = await search(user, query, 5, mode=mode)
        await close_clients()
        return found.passages

    return async_to_sync(once)()
