from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from documents.ingest import pipeline as ingest_module
from documents.ingest.pipeline import ingest
from documents.library import versions
from documents.models import ChunkVector, EmbeddingSpace, Page, Version
from documents.spaces.spaces import active_space
from documents.tests.parsing import pdf
from tests.full_disk import full_disk

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr("aiapp.llm.embedding.client.FIRST_PAUSE", 0.001)


def run(version):
    ingest(version.pk)
    version.refresh_from_db()
    return version


def let_pause_end(version):
    Version.objects.filter(pk=version.pk).update(claimed_until=Now() - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (pdf.encrypt_pages("Secret."), "a.pdf", "password_protected"),
        (pdf.images_only(1), "a.pdf", "no_text"),
        (pdf.truncate_pages("Text."), "a.pdf", "corrupt_file"),
        (b"%PDF-1.7 and nothing else", "a.pdf", "corrupt_file"),
        (b" \n\t\n ", "a.txt", "no_text"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(upload, fake, data, name, code):
    version = run(upload(data, name))
    assert (version.state, version.failure_code) == (Version.State.FAILED, code)
    assert version.failure_message.endswith(".")
    assert version.document.current is None
    assert version.claimed_until is None


def test_a_document_with_too_many_pages_fails(upload, fake, settings):
    settings.PARSE_MAX_PAGES = 2
    version = run(upload(pdf.pages("One", "Two", "Three")))
    assert version.failure_code == "too_many_pages"


def test_a_document_with_too_much_text_fails(upload, fake, settings):
    settings.PARSE_MAX_CHARS = 100
    version = run(upload(b"word " * 100, "long.txt"))
    assert version.failure_code == "too_large"


def test_a_file_that_vanished_fails(upload, fake, storage):
    version = upload(b"Text.", "a.txt")
    (storage / version.file.name).unlink()
    assert run(version).failure_code == "file_missing"


@pytest.mark.parametrize("mode", ["down", "busy", "short", "nan", "malformed"])
def test_without_embeddings_a_document_waits_and_keeps_its_text(upload, fake, mode):
    fake.mode = mode
    version = run(upload(pdf.pages("Text to keep.")))
    assert version.state == Version.State.QUEUED
    assert version.claimed_until is not None
    assert Page.objects.count() == 1
    ingest(version.pk)
    version.refresh_from_db()
    assert version.attempt == 1  # its pause is not over

    fake.mode = "up"
    let_pause_end(version)
    assert run(version).state == Version.State.READY
    assert version.failure_code == ""


def test_a_vector_of_another_dimension_is_not_stored(upload, fake):
    run(upload(b"First.", "a.txt"))
    fake.mode = "wrong_dimension"
    version = run(upload(b"Second.", "b.txt"))
    assert version.state == Version.State.QUEUED
    assert ChunkVector.objects.count() == 1
    assert EmbeddingSpace.objects.count() == 1


def test_a_short_fault_is_not_noticed(upload, fake):
    fake.faults = ["down", "busy"]
    version = run(upload(b"Text.", "a.txt"))
    assert (version.state, version.attempt) == (Version.State.READY, 1)


def test_an_outage_that_does_not_end_fails_in_the_end(upload, fake):
    fake.mode = "down"
    version = upload(b"Text.", "a.txt")
    for _ in range(ingest_module.OUTAGE_TRIES):
        assert version.state == Version.State.QUEUED
        let_pause_end(version)
        run(version)
    assert (version.state, version.failure_code) == (Version.State.FAILED, "embedding_unavailable")


def test_a_refused_key_fails_at_once(upload, fake):
    fake.mode = "refused"
    version = run(upload(b"Text.", "a.txt"))
    assert (version.state, version.failure_code) == (Version.State.FAILED, "embedding_unavailable")
    assert "administrator" in version.failure_message


def test_a_full_disk_is_waited_for_and_nothing_is_lost(upload, fake, settings):
    version = upload(pdf.pages("Text to keep."))
    with full_disk("documents_chunkvector"):
        for _ in range(settings.INGEST_MAX_ATTEMPTS + 1):
            let_pause_end(version)
            run(version)
            assert (version.state, version.failure_code) == (Version.State.QUEUED, "disk_full")
    assert Page.objects.count() == 1
    let_pause_end(version)
    assert run(version).state == Version.State.READY
    assert (version.failure_code, version.failure_message) == ("", "")


def test_a_failed_document_can_be_tried_again(upload, fake, alice, settings):
    settings.PARSE_MAX_PAGES = 1
    version = run(upload(pdf.pages("One", "Two")))
    assert version.state == Version.State.FAILED
    settings.PARSE_MAX_PAGES = 10
    versions.retry(version.document)
    version.refresh_from_db()
    assert (version.state, version.failure_code) == (Version.State.QUEUED, "")
    assert run(version).state == Version.State.READY


def test_a_document_tried_again_has_all_its_attempts(upload, fake, alice, settings):
    version = upload(b"Text.", "a.txt")
    Version.objects.filter(pk=version.pk).update(attempt=settings.INGEST_MAX_ATTEMPTS)
    assert run(version).failure_code == "interrupted"
    versions.retry(version.document)
    assert run(version).state == Version.State.READY


def test_a_model_s_first_use_makes_its_space_and_index(upload, fake):
    run(upload(b"Text.", "a.txt"))
    space = EmbeddingSpace.objects.get()
    assert (space.model, space.dimension, space.active) == ("fake", fake.dimension, True)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = %s", [f"vectors_of_space_{space.pk}"]
        )
        (definition,) = cursor.fetchone()
    assert f"halfvec({fake.dimension})" in definition.replace("public.", "")
    assert f"space_id = {space.pk}" in definition


def test_another_model_takes_over_from_one_that_nothing_was_embedded_with(upload, fake, settings):
    active_space()
    settings.EMBEDDING_MODEL = "other"
    fake.dimension = 48
    assert run(upload(b"More.", "b.txt")).state == Version.State.READY
    assert list(EmbeddingSpace.objects.order_by("pk").values_list("dimension", "active")) == [
        (32, False),
        (48, True),
    ]
