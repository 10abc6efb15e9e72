import pytest

from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput
from aiapp.llm.errors import BrokenAnswer, ModelError
from documents.ingest import pipeline as ingest_module
from documents.models import Chunk, ChunkVector, EmbeddingSpace, Version
from documents.search import search
from documents.spaces import building, spaces
from documents.tests import fake_embeddings

OPENAI = "text-embedding-3-small"


@pytest.fixture
def vendor(fake, settings):
    """A second provider, with vectors of its own dimension."""
    with fake_embeddings.running() as server:
        server.dimension = 1536
        settings.LOCAL_CHAT = False
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = server.base_url, "key"
        settings.EMBEDDING_BATCH = 4
        yield server


@pytest.fixture
def read(upload, fake):
    """Upload a text and read it in."""

    def call(name: str, text: str = "The cafeteria opens at noon. ") -> Version:
        version = upload((name + text * 3).encode(), f"{name}.txt")
        ingest_module.ingest(version.pk)
        version.refresh_from_db()
        assert version.state == Version.State.READY
        return version

    return call


def vectors(space: EmbeddingSpace) -> int:
    return ChunkVector.objects.filter(space=space).count()


def build(space: EmbeddingSpace) -> EmbeddingSpace:
    while building.build(space.pk):
        pass
    space.refresh_from_db()
    return space


async def test_a_space_is_built_beside_the_active_one_and_takes_its_place(
    transactional_db, read, vendor, alice, fake
):
    await in_db(lambda: [read(name) for name in ("one", "two", "three", "four", "five")])
    old = await in_db(spaces.active_space)
    space = await in_db(building.begin, "openai", OPENAI)
    assert (space.dimension, space.done, space.total) == (1536, 0, 5)
    asked = len(vendor.texts)
    found = await search(alice, "cafeteria", 2)
    assert (len(found.passages), found.notice, len(vendor.texts)) == (2, "", asked)
    space = await in_db(build, space)
    assert (space.active, space.state, space.done) == (True, "ready", 5)
    before = len(fake.texts)
    found = await search(alice, "cafeteria", 2, mode="dense")
    assert (len(found.passages), found.notice, len(fake.texts)) == (2, "", before)
    assert vendor.texts[-1] == "cafeteria"
    await in_db(spaces.switch, old)
    assert (await in_db(spaces.get_searched_space)) == old


def test_a_build_goes_on_where_it_was_cut_off(transactional_db, read, vendor, monkeypatch):
    for number in range(9):
        read(f"file {number}")
    space = building.begin("openai", OPENAI)
    monkeypatch.setattr(building, "SLICE_SECONDS", -1)
    assert building.build(space.pk)
    assert vectors(space) == 4
    assert spaces.get_searched_space() != space
    assert build(space).active
    # The question for the dimension, and each chunk once.
    assert len(vendor.texts) == 1 + 9


def test_documents_that_arrive_meanwhile_are_embedded_too(transactional_db, read, vendor):
    read("one")
    space = building.begin("openai", OPENAI)
    read("two")
    assert build(space).active
    assert vectors(space) == 2


def test_no_version_is_published_in_the_old_space_alone(
    transactional_db, upload, read, vendor, monkeypatch
):
    read("one")
    space = building.begin("openai", OPENAI)
    publish = ingest_module._publish

    def late(claimed, version, used):
        build(space)
        return publish(claimed, version, used)

    monkeypatch.setattr(ingest_module, "_publish", late)
    read("two")
    assert spaces.get_searched_space() == space
    assert not spaces.find_missing_chunks(space).exists()


def test_an_incomplete_space_is_not_switched_to_and_can_be_completed(
    transactional_db, read, vendor
):
    read("one")
    old = spaces.active_space()
    build(building.begin("openai", OPENAI))
    read("two")
    with pytest.raises(Conflict):
        spaces.switch(old)
    assert build(building.begin(old.provider, old.model)) == spaces.get_searched_space() == old


def test_an_outage_puts_the_build_off_and_a_refusal_ends_it(
    transactional_db, read, vendor, monkeypatch
):
    monkeypatch.setattr("aiapp.llm.embedding.client.FIRST_PAUSE", 0.001)
    read("one")
    space = building.begin("openai", OPENAI)
    vendor.mode = "down"
    assert not building.build(space.pk)
    space.refresh_from_db()
    assert (space.state, bool(space.failure_message)) == ("building", True)
    assert building.list_waiting() == []
    vendor.mode = "refused"
    assert not building.build(space.pk)
    space.refresh_from_db()
    assert space.state == "failed"
    vendor.mode = "up"
    assert build(building.begin("openai", OPENAI)).failure_message == ""


@pytest.mark.parametrize("mode", ["nan", "zeros", "short", "wrong_dimension"])
def test_wrong_vectors_are_not_stored(transactional_db, read, vendor, mode):
    read("one")
    space = building.begin("openai", OPENAI)
    vendor.mode = mode
    assert not building.build(space.pk)
    assert vectors(space) == 0
    assert spaces.get_searched_space() != space


def test_a_space_needs_a_configured_provider_and_its_dimension(transactional_db, read, vendor):
    with pytest.raises(InvalidInput):
        building.begin("elsewhere", OPENAI)
    with pytest.raises(BrokenAnswer):
        building.begin("openai", "other", 7)
    vendor.mode = "refused"
    with pytest.raises(ModelError):
        building.begin("openai", OPENAI)


def test_a_chunk_changed_while_its_old_text_was_embedded_is_left_for_later(
    transactional_db, read, vendor
):
    read("one")
    space = building.begin("openai", OPENAI)
    batch = list(spaces.find_missing_chunks(space).select_related("version__document"))
    Chunk.objects.update(text="changed")
    assert building._store(space, batch, [[0.1] * 1536]) == 0
    assert vectors(space) == 0


def test_the_space_in_use_stays_and_another_is_removed(transactional_db, read, vendor, monkeypatch):
    monkeypatch.setattr(building, "REMOVED_AT_ONCE", 2)
    for number in range(5):
        read(f"file {number}")
    old = spaces.active_space()
    with pytest.raises(Conflict):
        building.remove(old)
    space = build(building.begin("openai", OPENAI))
    building.remove(old)
    assert list(EmbeddingSpace.objects.all()) == [space]
    assert ChunkVector.objects.count() == 5


def test_a_new_model_in_the_environment_changes_nothing_by_itself(
    transactional_db, read, fake, settings
):
    read("one")
    old = spaces.active_space()
    settings.EMBEDDING_MODEL = "newer"
    read("two")
    assert spaces.get_searched_space() == old
    assert spaces.find_replacement_model().model == "newer"
