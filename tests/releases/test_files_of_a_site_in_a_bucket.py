"""A site whose files lie in a bucket: the same as one with a folder, and what an outage costs."""

import io
import json
import zipfile
from collections.abc import Iterator
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from celery import current_app
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from accounts import tasks
from accounts.models import DataExport, User
from accounts.people import data_export
from aiapp.files import probe
from aiapp.files.errors import FilesUnavailable
from aiapp.files.store import save
from aiapp.files.store import store as files
from aiapp.redis import sync_redis
from chat.importing import saving
from chat.importing import uploads as imports
from chat.models import ChatImport, Conversation
from documents.access import default_collection
from documents.errors import StoreUnavailable
from documents.files import deletion
from documents.ingest.pipeline import ingest
from documents.library import uploads
from documents.library.quota import QuotaExceeded
from documents.models import Document, Transcription, Version
from documents.recordings import jobs as recordings
from documents.tests import fake_embeddings
from documents.tests.library import Reader, TokenClient, reader
from documents.tests.parsing import pdf
from tests.processes import object_store
from tests.processes.object_store import Fault, ObjectStore

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "The harbour opens at seven."
CHATS = [{"title": "Tea", "mapping": {
    "a": {"id": "a", "parent": None, "message": {
        "author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Which tea?"]},
    }},
}, "current_node": "a", "conversation_id": "c-1"}]  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[ObjectStore]:
    with object_store.running() as running:
        object_store.make_bucket(running)
        yield running


@pytest.fixture
def store(server: ObjectStore, settings) -> Iterator[ObjectStore]:
    """The store of a site that has no file in it yet."""
    server.heal()
    options = site.FILES_BUCKET_STORE["OPTIONS"] | {
        "bucket_name": object_store.BUCKET,
        "endpoint_url": server.url,
        "location": str(uuid4()),
        "access_key": "key",
        "secret_key": "secret",
        "addressing_style": "path",
    }
    settings.FILES_BUCKET = object_store.BUCKET
    # A new one: what is changed in place, the next tests get as well.
    settings.STORAGES = settings.STORAGES | {
        "default": site.FILES_BUCKET_STORE | {"OPTIONS": options}
    }
    with sync_redis() as redis:
        redis.delete(queue_of_deletions())
    yield server
    server.heal()


def queue_of_deletions() -> str:
    return current_app.amqp.router.route({}, tasks.delete_file.name)["queue"].name


@pytest.fixture
def embeddings(settings) -> Iterator[None]:
    with fake_embeddings.running() as server:
        settings.EMBEDDING_BASE_URL = server.base_url
        settings.EMBEDDING_API_KEY = "key"
        settings.EMBEDDING_MODEL = "fake"
        yield


@pytest.fixture
def anna(store: ObjectStore) -> Reader:
    return reader("anna")


def upload(user: User, body: bytes, name: str = "harbour.txt") -> Document:
    return uploads.accept(user, SimpleUploadedFile(name, body))


def read(version: Version) -> Version:
    """Have a worker come by, whose time it is."""
    Version.objects.filter(pk=version.pk, claimed_until__isnull=False).update(claimed_until=Now())
    ingest(version.pk)
    version.refresh_from_db()
    return version


def break_off(store: ObjectStore) -> None:
    for method in ("GET", "PUT", "DELETE", "HEAD"):
        store.fail(Fault(method, 403, "InvalidAccessKeyId", times=1000))


@async_to_sync
async def fetch(client: TokenClient, path: str, **headers: str) -> tuple[int, bytes]:
    answer = await client.get(path, headers=headers)
    return answer.status_code, b"".join([piece async for piece in answer.streaming_content])


def test_a_document_is_read_handed_out_and_deleted(anna, embeddings):
    body = pdf.pages("The first page", WORDS)
    document = upload(anna.user, body, "harbour.pdf")
    assert read(document.versions.get()).state == Version.State.READY
    path = f"/api/documents/{document.pk}/file"
    assert fetch(anna.client, path) == (200, body)
    assert fetch(anna.client, path, Range="bytes=10-19") == (206, body[10:20])
    assert fetch(anna.client, path, Range="bytes=-9") == (206, body[-9:])
    deletion.remove(document)
    assert list(files().walk()) == []


def test_a_range_does_not_cost_the_whole_file(anna, store):
    document = upload(anna.user, b"long text\n" * 500_000)
    store.heal()
    fetch(anna.client, f"/api/documents/{document.pk}/file", Range="bytes=4000000-4000099")
    asked = [each["range"] for each in store.requests()]
    assert asked == ["bytes=4000000-4262143"]


def test_a_stranger_is_not_even_looked_up_in_the_store(anna, store):
    document = upload(anna.user, WORDS.encode())
    store.heal()
    stranger = reader("stranger")
    answer = async_to_sync(stranger.client.get)(f"/api/documents/{document.pk}/file")
    assert answer.status_code == 404
    assert store.requests() == []


def test_the_same_file_is_stored_once(anna):
    assert upload(anna.user, WORDS.encode()) == upload(anna.user, WORDS.encode())
    assert len(list(files().walk())) == 1


def test_what_the_quota_refuses_does_not_stay(anna, settings):
    settings.DOCUMENT_QUOTA_BYTES = 10
    with pytest.raises(QuotaExceeded):
        upload(anna.user, WORDS.encode())
    assert list(files().walk()) == []


def test_an_upload_during_an_outage_is_refused_and_leaves_no_row(anna, store):
    break_off(store)
    collection = default_collection(anna.user)
    answer = async_to_sync(anna.client.post)(
        "/api/documents",
        {"file": SimpleUploadedFile("a.txt", WORDS.encode()), "collection": collection.pk},
    )
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == FilesUnavailable.code
    assert "Retry-After" in answer
    assert not Document.objects.exists()


def test_a_store_that_takes_its_time_holds_no_connection(anna):
    assert User.objects.filter(pk=anna.user.pk).exists()
    assert connection.connection is not None
    save("documents", ContentFile(WORDS.encode()))
    assert connection.connection is None


def test_a_download_during_an_outage_says_so_before_it_begins(anna, store):
    document = upload(anna.user, WORDS.encode())
    break_off(store)
    answer = async_to_sync(anna.client.get)(f"/api/documents/{document.pk}/file")
    assert answer.status_code == 503


def test_reading_waits_for_the_store(anna, store, embeddings):
    version = upload(anna.user, WORDS.encode()).versions.get()
    break_off(store)
    assert read(version).state == Version.State.QUEUED
    assert version.failure_code == StoreUnavailable.code
    store.heal()
    assert read(version).state == Version.State.READY


def test_a_bucket_that_is_gone_makes_no_document_a_damaged_one(anna, store, embeddings):
    version = upload(anna.user, WORDS.encode()).versions.get()
    for method in ("GET", "HEAD"):
        store.fail(Fault(method, 404, "NoSuchBucket", times=100))
    assert read(version).state == Version.State.QUEUED


def test_a_deletion_is_made_up_for(anna, store):
    document = upload(anna.user, WORDS.encode())
    [(name, _)] = files().walk()
    break_off(store)
    deletion.remove(document)
    store.heal()
    with sync_redis() as redis:
        queued = [json.loads(each)["headers"] for each in redis.lrange(queue_of_deletions(), 0, -1)]
    [put_off] = [each for each in queued if each["task"] == tasks.delete_file.name]
    assert name in put_off["argsrepr"]
    tasks.delete_file(name)
    assert list(files().walk()) == []


def test_an_import_waits_for_the_store(anna, store):
    job = imports.accept(anna.user, SimpleUploadedFile("c.json", json.dumps(CHATS).encode()))
    break_off(store)
    for _ in range(saving.MAX_ATTEMPTS + 1):
        ChatImport.objects.update(claimed_until=Now())
        saving.run(job.pk)
    store.heal()
    ChatImport.objects.update(claimed_until=Now())
    saving.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.imported) == (ChatImport.State.DONE, 1)
    assert Conversation.objects.get().title == "Tea"
    assert list(files().walk()) == []


def test_a_recording_waits_for_the_store(anna, store):
    recording = SimpleUploadedFile("a.mp3", b"ID3\x03" + bytes(2000))
    job = recordings.accept(anna.user, recording)
    break_off(store)
    assert not recordings.run(job.pk)
    job.refresh_from_db()
    assert job.state == Transcription.State.RUNNING


def test_all_that_is_kept_of_somebody_comes_out_of_a_bucket(anna):
    upload(anna.user, WORDS.encode())
    export = data_export.request(anna.user)
    data_export.make(export.pk)
    browser = Client()
    browser.force_login(anna.user)
    sent = browser.get(reverse("accounts:download", args=[export.pk]))
    body = async_to_sync(read_body)(sent)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert WORDS.encode() in [archive.read(name) for name in archive.namelist()]
    DataExport.objects.all().delete()
    assert len(list(files().walk())) == 1


async def read_body(response) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])


def test_a_server_is_ready_once_its_bucket_was_good(store, monkeypatch):
    """An outage afterwards is told, and takes no page away that needs no file."""
    watch = probe.Probe()
    monkeypatch.setattr(probe, "_probe", watch)
    store.fail(Fault("PUT", 403, "InvalidAccessKeyId"))
    assert ask_ready() == (503, "failing")
    watch._looks_again = 0
    assert ask_ready() == (200, "ok")
    store.fail(Fault("PUT", 507, "XMinioStorageFull", times=100))
    watch._looks_again = 0
    assert ask_ready() == (200, "failing")


def ask_ready() -> tuple[int, str]:
    answer = Client().get("/health/ready")
    return answer.status_code, answer.json()["files"]
