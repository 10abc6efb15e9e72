"""Stopping a document that is being read, and room for others beside a long one."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from aiapp.errors import Conflict
from documents.ingest.pipeline import ingest
from documents.library import uploads, versions
from documents.models import Chunk, ChunkVector, Page, Version
from documents.tests.parsing import pdf

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_document_that_waits_is_not_read_once_it_is_stopped(upload, fake, alice):
    version = upload(b"Text.", "a.txt")
    versions.cancel(version.document)
    ingest(version.pk)
    version.refresh_from_db()
    assert (version.state, version.failure_code) == ("failed", "cancelled")
    assert not Page.objects.exists()


def test_a_worker_stops_in_the_middle_and_a_retry_goes_on_there(upload, fake, alice, settings):
    settings.EMBEDDING_BATCH = 2
    version = upload(pdf.pages(*(f"Page {n} of many." for n in range(10))))

    def cancel(request: int) -> None:
        if request == 4:
            versions.cancel(version.document)
            connections.close_all()

    fake.before_answer = cancel
    ingest(version.pk)
    version.refresh_from_db()
    assert version.failure_code == "cancelled"
    done = ChunkVector.objects.count()
    assert 0 < done < 10
    fake.before_answer = None
    versions.retry(version.document)
    ingest(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.READY
    assert ChunkVector.objects.count() == Chunk.objects.count() == 10


def test_what_is_ready_cannot_be_stopped(upload, fake, alice):
    version = upload(b"Text.", "a.txt")
    ingest(version.pk)
    with pytest.raises(Conflict):
        versions.cancel(version.document)


def test_a_long_document_lets_one_that_waits_go_first(alice, storage, fake, settings):
    settings.EMBEDDING_BATCH, settings.INGEST_SLICE_SECONDS = 2, 0
    pages = pdf.pages(*(f"Page {n} of many." for n in range(10)))
    long = uploads.accept(alice, SimpleUploadedFile("long.pdf", pages)).versions.get()
    assert ingest(long.pk) is False
    short = uploads.accept(alice, SimpleUploadedFile("a.txt", b"Short.")).versions.get()
    again = versions.reingest(long.document)
    assert ingest(again.pk) is True
    again.refresh_from_db()
    assert again.state == Version.State.QUEUED
    while ingest(short.pk) or ingest(again.pk):
        pass
    assert set(Version.objects.values_list("state", flat=True)) == {Version.State.READY}


def test_making_room_is_no_failed_attempt(alice, storage, fake, settings):
    settings.EMBEDDING_BATCH, settings.INGEST_SLICE_SECONDS = 1, 0
    other = uploads.accept(alice, SimpleUploadedFile("a.txt", b"Waits.")).versions.get()
    pages = pdf.pages(*(f"Page {n} of many." for n in range(8)))
    long = uploads.accept(alice, SimpleUploadedFile("long.pdf", pages)).versions.get()
    times = 0
    while ingest(long.pk):
        times += 1
    long.refresh_from_db()
    assert times > settings.INGEST_MAX_ATTEMPTS
    assert long.state == Version.State.READY
    other.refresh_from_db()
    assert other.state == Version.State.QUEUED
