"""A quota bounds how much one may keep."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from documents.library import collections, uploads
from documents.library.quota import QuotaExceeded
from documents.models import Collection, CollectionShare, Document, Version

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_too_many_is_refused_and_leaves_nothing(alice, storage, settings):
    settings.DOCUMENT_QUOTA_BYTES = 25
    uploads.accept(alice, SimpleUploadedFile("a.txt", b"Twelve bytes"))
    with pytest.raises(QuotaExceeded) as refused:
        uploads.accept(alice, SimpleUploadedFile("b.txt", b"Fourteen bytes"))
    assert (refused.value.reason, refused.value.status) == ("quota_exceeded", 413)
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 1


def test_what_is_moved_to_somebody_else_takes_up_their_room(alice, bob, storage, settings):
    shared = Collection.objects.create(owner=bob, name="Shared")
    CollectionShare.objects.create(collection=shared, user=alice, role="editor")
    uploads.accept(alice, SimpleUploadedFile("bobs.txt", b"Twelve bytes"), shared)
    hers = uploads.accept(alice, SimpleUploadedFile("a.txt", b"Fourteen bytes"))
    settings.DOCUMENT_QUOTA_BYTES = 25
    with pytest.raises(QuotaExceeded):
        collections.move(alice, hers, shared.pk)
    assert Document.objects.get(pk=hers.pk).collection.owner == alice
    settings.DOCUMENT_QUOTA_BYTES = 26
    collections.move(alice, hers, shared.pk)
    # Between collections of one owner nothing is added.
    other = Collection.objects.create(owner=bob, name="Other")
    CollectionShare.objects.create(collection=other, user=alice, role="editor")
    collections.move(alice, Document.objects.get(pk=hers.pk), other.pk)
    assert other.documents.get() == hers


def test_parallel_uploads_are_counted_one_by_one(alice, storage, settings):
    settings.DOCUMENT_QUOTA_FILES = 3

    def upload(number: int) -> bool:
        try:
            uploads.accept(alice, SimpleUploadedFile(f"{number}.txt", f"Text {number}".encode()))
        except QuotaExceeded:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(upload, range(8))) == 3
    assert Version.objects.count() == 3
