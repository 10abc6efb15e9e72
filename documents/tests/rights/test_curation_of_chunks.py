from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import Conflict, InvalidInput
from documents.library import curation
from documents.models import Chunk, ChunkVector
from documents.models.tuning import Tuning
from documents.search import search
from documents.spaces import embedding
from documents.spaces.spaces import active_space
from documents.spaces.storing import rederive
from documents.tests import fake_embeddings
from documents.tests.library import HANDBOOK, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage", "fake")]

EDITED = "Employees accrue three days of sabbatical per month."


@pytest.fixture
def alice(db) -> User:
    return reader("alice").user


@pytest.fixture
def chunk(alice, fake) -> Chunk:
    return ready_document(alice, embedded=True).current.chunks.get(ordinal=0)


@pytest.fixture
def root(db) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's own"))
    return client


async def _texts(user: User, query: str, mode: str = "lexical") -> list[str]:
    return [each.text for each in (await search(user, query, mode=mode)).passages]


async def test_an_edit_is_found_by_its_words_at_once_and_by_meaning_when_embedded(alice, chunk):
    edited = await in_db(curation.edit_chunk, chunk, EDITED)
    assert edited.original == HANDBOOK[0]
    assert await _texts(alice, "sabbatical") == [EDITED]
    assert await _texts(alice, "vacation") == []
    assert EDITED not in await _texts(alice, "sabbatical", "dense")
    assert await in_db(embedding.embed_changed) == 1
    assert (await _texts(alice, "sabbatical", "dense"))[0] == EDITED
    assert not await in_db(embedding.has_changed)


async def test_an_edit_can_be_undone(alice, chunk):
    await in_db(curation.edit_chunk, chunk, EDITED)
    await in_db(curation.edit_chunk, chunk, "And once more.")
    reverted = await in_db(curation.revert_chunk, chunk)
    assert (reverted.text, reverted.original) == (HANDBOOK[0], None)
    assert await _texts(alice, "vacation") == [HANDBOOK[0]]
    with pytest.raises(Conflict):
        await in_db(curation.revert_chunk, chunk)


async def test_a_disabled_chunk_is_not_found_until_it_is_enabled(alice, chunk):
    assert await in_db(curation.disable, [chunk]) == 1
    for mode in ("lexical", "dense", "hybrid"):
        assert HANDBOOK[0] not in await _texts(alice, "vacation days", mode)
    assert await in_db(curation.enable, [chunk]) == 1
    assert HANDBOOK[0] in await _texts(alice, "vacation days", "hybrid")


@pytest.mark.parametrize("touch", ["hidden", "rewritten", "untouched"])
async def test_what_a_curator_touched_comes_back_with_no_neighbour(alice, fake, touch):
    """Passages are read together with those around them, two on each side."""
    document = await in_db(ready_document, alice, ["One opens. Two is secret. Three ends. Four."])
    pieces = ["One opens.", "Two is secret.", "Three ends.", "Four."]

    def cut() -> None:
        (chunk,) = document.current.chunks.all()
        text = chunk.text
        for ordinal, piece in enumerate(pieces):
            chunk.pk = uuid4() if ordinal else chunk.pk
            chunk.ordinal, chunk.text, chunk.start = ordinal, piece, text.index(piece)
            chunk.end = chunk.start + len(piece)
            chunk.save(force_insert=bool(ordinal))
            rederive(chunk)
        second = document.current.chunks.get(ordinal=1)
        if touch == "hidden":
            curation.disable([second])
        elif touch == "rewritten":
            curation.edit_chunk(second, "Two is public.")

    await in_db(cut)
    found = await search(alice, "ends", mode="lexical", tuning=Tuning(neighbours=2))
    whole = " ".join(pieces)
    expected = whole if touch == "untouched" else "Three ends. Four."
    assert [each.text for each in found.passages] == [expected]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 8_001, "a\x00b"])
def test_a_text_that_cannot_be_searched_is_refused(chunk, text):
    with pytest.raises(InvalidInput):
        curation.edit_chunk(chunk, text)


def test_a_vector_of_a_text_that_changed_meanwhile_is_thrown_away(chunk):
    taken = curation.edit_chunk(chunk, EDITED)
    vector = fake_embeddings.vector(EDITED)
    curation.edit_chunk(chunk, "The newer text.")
    assert not embedding.store(active_space(), taken, vector)
    assert embedding.embed_changed() == 1
    assert ChunkVector.objects.filter(chunk=chunk).count() == 1


def test_without_the_embedding_service_the_chunk_waits(chunk, fake):
    curation.edit_chunk(chunk, EDITED)
    fake.mode = "refused"
    assert embedding.embed_changed() == 0
    assert embedding.has_changed()
    fake.mode = "up"
    assert embedding.embed_changed() == 1


def test_a_curator_edits_and_reverts_in_the_admin(root, chunk):
    url = reverse("admin:documents_chunk_change", args=[chunk.pk])
    assert chunk.text in root.get(url).content.decode()
    refused = root.post(url, {"text": " "})
    assert "This field is required." in refused.content.decode()
    assert root.post(url, {"text": EDITED, "disabled": "on"}).status_code == 302
    chunk.refresh_from_db()
    assert (chunk.text, chunk.disabled, chunk.unembedded) == (EDITED, True, True)
    page = root.get(url).content.decode()
    assert HANDBOOK[0] in page
    assert "Restore the original text" in page
    root.post(url, {"_revert": "1"})
    chunk.refresh_from_db()
    assert chunk.text == HANDBOOK[0]
    history = root.get(reverse("admin:documents_chunk_history", args=[chunk.pk]))
    assert "Changed Text and Keep out of search." in history.content.decode()
    assert "Restored the original text." in history.content.decode()


def test_chunks_are_found_by_document_and_within_it_by_words(root, chunk):
    url = reverse("admin:documents_chunk_changelist")
    assert "accrue two days" in root.get(url, {"q": "handbook"}).content.decode()
    assert "accrue two days" not in root.get(url, {"q": "cafeteria"}).content.decode()
    within = {"version": str(chunk.version_id), "q": "cafeteria"}
    found = root.get(url, within).content.decode()
    assert "serves soup" in found
    assert "accrue two days" not in found
    chosen = {"action": "disable", "_selected_action": [chunk.pk]}
    assert "1 chunk changed." in root.post(url, chosen, follow=True).content.decode()
    assert "accrue two days" in root.get(url, {"changed": "disabled"}).content.decode()
