"""The first passages of a new document are embedded while its pages are still read."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from documents.ingest import early_vectors
from documents.ingest.early_vectors import EarlyVectors
from documents.ingest.pipeline import ingest
from documents.library import uploads
from documents.models import ChunkVector, Version
from documents.spaces.spaces import active_space
from documents.spaces.storing import compose_embedding_text
from documents.tests import fake_embeddings
from documents.tests.parsing import pdf
from tests.processes.site import until

pytestmark = pytest.mark.django_db(transaction=True)


def page(number: int) -> str:
    """About a chunk of text, which no other page has."""
    return "\n".join(f"Line {n} of page {number} tells of harbours and tides." for n in range(20))


@pytest.fixture
def space(fake):
    """The space of a site that has embedded something before."""
    space = active_space()
    fake.batches.clear()
    return space


def test_passages_are_embedded_before_the_last_page_is_there(upload, fake, space):
    version = upload(pdf.pages("A page", "Another"))
    early = EarlyVectors.of(version)
    for number in range(1, 61):
        early.add(number, page(number))
    # Nobody said that the document is over.
    until(lambda: fake.batches, "the first batch")
    early.finish()
    text = fake.texts[0]
    assert text.startswith(f"{version.document.title}\nLine 0 of page 1 ")
    assert early.find(text, space) == pytest.approx(fake_embeddings.vector(text), abs=1e-6)
    assert early.find("Another text", space) is None


def test_each_passage_is_embedded_once_and_has_its_own_vector(upload, fake, space):
    version = upload(pdf.pages(*map(page, range(120))))
    ingest(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.READY
    assert len(fake.texts) == len(set(fake.texts)) == version.chunk_count
    vectors = ChunkVector.objects.filter(chunk__version=version).select_related("chunk")
    for vector in vectors:
        chunk = vector.chunk
        text = compose_embedding_text(version.document.title, chunk.heading, chunk.full_text)
        expected = fake_embeddings.vector(text)
        assert list(vector.embedding) == pytest.approx(expected, abs=1e-2)
    assert len(vectors) == version.chunk_count


def test_so_many_and_no_more(upload, fake, space, monkeypatch):
    monkeypatch.setattr(early_vectors, "MAX_PASSAGES", 64)
    early = EarlyVectors.of(upload(pdf.pages("A page")))
    for number in range(1, 400):
        early.add(number, page(number))
    until(lambda: len(fake.texts) == 64, "two batches")
    early.finish()
    assert len(fake.texts) == 64


@pytest.mark.parametrize("mode", ["refused", "malformed", "wrong_dimension"])
def test_a_service_that_fails_meanwhile_fails_the_document_with_its_reason(
    upload, fake, space, mode
):
    fake.mode = mode
    version = upload(pdf.pages(*map(page, range(80))))
    ingest(version.pk)
    version.refresh_from_db()
    assert version.failure_code == "embedding_unavailable"
    fake.mode = "up"
    Version.objects.update(state=Version.State.QUEUED, claimed_until=None, failure_code="")
    ingest(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.READY
    assert ChunkVector.objects.filter(chunk__version=version).count() == version.chunk_count


def test_a_new_version_waits_for_what_the_last_one_has(alice, upload, fake, space):
    texts = [*map(page, range(80))]
    ingest(upload(pdf.pages(*texts)).pk)
    fake.batches.clear()
    changed = pdf.pages(*texts[:-1], "Nothing of this was there.")
    document = uploads.accept(alice, SimpleUploadedFile("report.pdf", changed))
    ingest(document.versions.get(number=2).pk)
    (text,) = fake.texts
    assert text.endswith("Nothing of this was there.")


def test_a_short_document_begins_no_thread(upload, fake, space):
    early = EarlyVectors.of(upload(b"Some words.", "notes.txt"))
    early.add(1, "Some words.")
    assert not [each for each in threading.enumerate() if each.name == "embed early"]
