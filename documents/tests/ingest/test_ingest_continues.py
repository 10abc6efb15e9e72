import contextlib
import subprocess
import sys
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections
from django.db.models.functions import Now

from aiapp.llm.embedding import client
from documents.files import deletion
from documents.ingest import claim as claims
from documents.ingest import pipeline as ingest_module
from documents.ingest import reading
from documents.ingest.pipeline import ingest
from documents.models import Chunk, ChunkVector, Document, Page, Version
from documents.tests.parsing import pdf
from tests.processes.site import until

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = [f"Page number {n}\n" + "\n".join(f"line {n} {m}" for m in range(60)) for n in range(12)]


class Killed(BaseException):
    """Ends a worker on the spot, like a signal: no handler of the code runs but `finally`."""


def kill_after(monkeypatch, module, name, calls):
    """Let a function be called so often; the next call finds the worker dead."""
    original = getattr(module, name)
    left = [calls]

    def call(*args, **kwargs):
        if not left[0]:
            raise Killed
        left[0] -= 1
        return original(*args, **kwargs)

    monkeypatch.setattr(module, name, call)


def abandon(version, monkeypatch, name, calls):
    """Run until the worker dies there; then let its claim run out."""
    with monkeypatch.context() as patch:
        kill_after(patch, reading if name == "parse" else ingest_module, name, calls)
        with contextlib.suppress(Killed):
            ingest(version.pk)
    version.refresh_from_db()
    assert version.state == Version.State.PROCESSING
    let_claim_run_out(version)


def before_embedding(monkeypatch, action):
    """Have something happen each time that the model is about to be asked."""
    original = client.embed_batch

    def embed(texts, space):
        try:
            action()
        finally:
            # Those of the thread that asks the model, which has no other use for the database.
            connections.close_all()
        return original(texts, space)

    monkeypatch.setattr(ingest_module, "embed_batch", embed)


def let_claim_run_out(version):
    Version.objects.filter(pk=version.pk).update(claimed_until=Now() - timedelta(seconds=1))


def assert_whole(version):
    """Ready, every page and chunk once, every chunk with one vector."""
    version.refresh_from_db()
    assert version.state == Version.State.READY
    pages = Page.objects.filter(version=version).order_by("number")
    assert [page.number for page in pages] == list(range(1, len(PAGES) + 1))
    assert all(f"Page number {page.number - 1}" in page.text for page in pages)
    ordinals = Chunk.objects.filter(version=version).order_by("ordinal")
    assert list(ordinals.values_list("ordinal", flat=True)) == list(range(version.chunk_count))
    assert ChunkVector.objects.filter(chunk__version=version).count() == version.chunk_count


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("parse", 0),
        ("pieces", 0),
        ("store_chunks", 0),
        ("active_space", 0),
        ("embed_batch", 0),
        ("embed_batch", 2),
        ("store_vectors", 1),
        ("_publish", 0),
    ],
)
def test_it_goes_on_where_a_killed_worker_stopped(upload, fake, monkeypatch, settings, name, calls):
    settings.EMBEDDING_BATCH = 4
    version = upload(pdf.pages(*PAGES))
    abandon(version, monkeypatch, name, calls)
    ingest(version.pk)
    assert_whole(version)


def test_pages_that_were_saved_are_not_parsed_again(upload, fake, monkeypatch):
    monkeypatch.setattr(reading, "PAGES_AT_ONCE", 3)
    monkeypatch.setattr(reading, "SECONDS_BETWEEN_SAVES", 3600)
    version = upload(pdf.pages(*PAGES))
    with monkeypatch.context() as patch:
        calls: list[list[Page]] = []
        saves = Page.objects.bulk_create

        def bulk_create(manager, pages):
            if len(calls) == 2:
                raise Killed
            calls.append(saves(pages))

        patch.setattr(type(Page.objects), "bulk_create", bulk_create)
        with contextlib.suppress(Killed):
            ingest(version.pk)
    before = list(Page.objects.filter(version=version).values_list("pk", flat=True))
    assert len(before) == 6
    let_claim_run_out(version)
    ingest(version.pk)
    assert_whole(version)
    assert set(before) < set(Page.objects.filter(version=version).values_list("pk", flat=True))


def test_texts_that_were_embedded_are_not_embedded_again(upload, fake, monkeypatch, settings):
    settings.EMBEDDING_BATCH = 4
    version = upload(pdf.pages(*PAGES))
    abandon(version, monkeypatch, "embed_batch", 2)
    ingest(version.pk)
    texts = [text for text in fake.texts if text != "dimension"]
    assert len(texts) == len(set(texts)) == Chunk.objects.count() > 8


def test_a_version_that_somebody_works_on_is_left_alone(upload, fake):
    version = upload(b"Some text.", "notes.txt")
    held = claims.claim(version.pk)
    assert held
    ingest(version.pk)
    version.refresh_from_db()
    assert (version.attempt, version.state) == (held.attempt, Version.State.PROCESSING)


def test_two_workers_at_once_do_the_work_once(upload, fake):
    version = upload(pdf.pages(*PAGES))

    def work():
        try:
            ingest(version.pk)
        finally:
            connections.close_all()

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert_whole(version)
    assert version.attempt == 1


def test_a_worker_that_was_overtaken_writes_nothing_more(upload, fake, monkeypatch, settings):
    settings.EMBEDDING_BATCH = 4
    version = upload(pdf.pages(*PAGES))
    overtaken: list[claims.Claim] = []

    def overtake():
        if not overtaken:
            let_claim_run_out(version)
            other = claims.claim(version.pk)
            assert other
            overtaken.append(other)

    before_embedding(monkeypatch, overtake)
    ingest(version.pk)
    version.refresh_from_db()
    assert version.attempt == overtaken[0].attempt == 2
    assert version.state == Version.State.PROCESSING
    assert ChunkVector.objects.count() == 0


def test_a_document_deleted_meanwhile_leaves_nothing_behind(
    upload, fake, alice, storage, monkeypatch
):
    version = upload(pdf.pages(*PAGES))

    def delete():
        if Document.objects.exists():
            deletion.delete(alice, version.document)

    before_embedding(monkeypatch, delete)
    ingest(version.pk)
    assert not Document.objects.exists()
    assert not Version.objects.exists()
    assert not any(model.objects.exists() for model in (Page, Chunk, ChunkVector))
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_claim_is_renewed_while_a_step_takes_long(upload, fake, monkeypatch, settings):
    settings.INGEST_LEASE_SECONDS = 4
    version = upload(b"Some text.", "notes.txt")
    seen = []

    def claim():
        first = Version.objects.get(pk=version.pk).claimed_until
        until(lambda: Version.objects.get().claimed_until != first, "the renewal")
        seen.append(claims.claim(version.pk))

    before_embedding(monkeypatch, claim)
    ingest(version.pk)
    assert seen == [None]


def test_a_version_whose_workers_always_die_fails(upload, fake, monkeypatch, settings):
    version = upload(pdf.pages(*PAGES))
    for _ in range(settings.INGEST_MAX_ATTEMPTS):
        abandon(version, monkeypatch, "pieces", 0)
    ingest(version.pk)
    version.refresh_from_db()
    assert (version.state, version.failure_code) == (Version.State.FAILED, "interrupted")


@pytest.mark.process
def test_it_goes_on_after_a_worker_process_was_killed(upload, fake, settings, tmp_path):
    settings.EMBEDDING_BATCH = 4
    version = upload(pdf.pages(*PAGES))
    database = connections["default"].settings_dict["NAME"]
    worker = f"""
import os, signal, django
django.setup()
from django.conf import settings
from django.db import connections
connections['default'].settings_dict['NAME'] = {database!r}
settings.EMBEDDING_BASE_URL = {settings.EMBEDDING_BASE_URL!r}
settings.EMBEDDING_MODEL = 'fake'
settings.EMBEDDING_API_KEY = 'key'
settings.MEDIA_ROOT = {str(settings.MEDIA_ROOT)!r}
settings.EMBEDDING_BATCH = 4
from documents.ingest import pipeline as ingest
original = ingest.store_vectors
calls = []
def store(*args):
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    calls.append(original(*args))
ingest.store_vectors = store
import uuid
ingest.ingest(uuid.UUID({str(version.pk)!r}))
"""
    done = subprocess.run([sys.executable, "-c", worker], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    assert ChunkVector.objects.count() == 8
    let_claim_run_out(version)
    ingest(version.pk)
    assert_whole(version)
