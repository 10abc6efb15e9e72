import pytest
from django.db import transaction

from aiapp.errors import Conflict, NotFound
from documents.access import get_writable_document
from documents.files import deletion
from documents.ingest.pipeline import ingest
from documents.library import versions
from documents.models import Chunk, Document, Page, Version

pytestmark = pytest.mark.django_db(transaction=True)


def test_deleting_takes_the_text_and_the_file_along(upload, fake, alice, storage):
    version = upload(b"Text.", "a.txt")
    ingest(version.pk)
    deletion.delete(alice, version.document)
    assert not any(model.objects.exists() for model in (Document, Version, Page, Chunk))
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_file_stays_until_its_deletion_is_certain(upload, alice, storage):
    version = upload(b"Text.", "a.txt")
    with transaction.atomic():
        deletion.delete(alice, version.document)
        assert (storage / version.file.name).exists()
        transaction.set_rollback(True)
    assert (storage / version.file.name).exists()
    assert Document.objects.exists()


def test_nobody_else_deletes_or_tries_again(upload, bob):
    version = upload(b"Text.", "a.txt")
    with pytest.raises(NotFound):
        deletion.delete(bob, version.document)
    with pytest.raises(NotFound):
        get_writable_document(bob, version.document.pk)
    assert Document.objects.exists()


def test_only_what_failed_can_be_tried_again(upload, alice):
    version = upload(b"Text.", "a.txt")
    with pytest.raises(Conflict):
        versions.retry(version.document)
