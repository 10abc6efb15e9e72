"""A document's versions: the next one takes the place of the one before when it is ready."""

import pytest
from asgiref.sync import async_to_sync
from django.core.files.uploadedfile import SimpleUploadedFile

from aiapp.errors import Conflict, NotAllowed, NotFound
from documents.access import default_collection, get_writable_document
from documents.files import deletion
from documents.ingest.pipeline import ingest
from documents.library import uploads, versions
from documents.models import Chunk, ChunkVector, CollectionShare, Document, Page, Version
from documents.search import search

pytestmark = pytest.mark.django_db(transaction=True)

PARAGRAPHS = [f"Paragraph {n} speaks of subject{n} at some length. " * 20 for n in range(4)]


def file(text: str, name: str = "rules.txt") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode())


def ready(user, text, name="rules.txt") -> Document:
    document = uploads.accept(user, file(text, name))
    ingest(document.versions.first().pk)
    document.refresh_from_db()
    return document


def search_texts(user, query) -> list[str]:
    return [p.text for p in async_to_sync(search)(user, query, mode="lexical").passages]


def test_another_file_of_the_same_name_is_the_next_version(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    assert uploads.accept(alice, file("The limit is twelve.")) == document
    assert search_texts(alice, "limit") == ["The limit is ten."]
    ingest(document.versions.first().pk)
    assert search_texts(alice, "limit") == ["The limit is twelve."]
    assert [version.number for version in document.versions.all()] == [2, 1]


def test_a_file_under_another_name_can_be_the_next_version(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    version = versions.add(document, file("The limit is twelve.", "new rules.txt"))
    ingest(version.pk)
    document.refresh_from_db()
    assert (document.current, document.title) == (version, "rules.txt")


def test_the_same_file_again_is_no_new_version(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    assert versions.add(document, file("The limit is ten.", "b.txt")) == document.current


def test_what_a_version_before_was_quoted_from_stays(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    old = document.current
    ready(alice, "The limit is twelve.")
    assert Page.objects.get(version=old).text == "The limit is ten."
    assert not Chunk.objects.filter(version=old).exists()


def test_a_version_that_fails_leaves_the_one_before(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    uploads.accept(alice, file("   \n  "))
    ingest(document.versions.first().pk)
    assert document.versions.first().failure_code == "no_text"
    assert search_texts(alice, "limit") == ["The limit is ten."]


def test_chunks_that_did_not_change_keep_their_vectors(alice, storage, fake):
    document = ready(alice, "\n\n".join(PARAGRAPHS))
    before = len(fake.texts)
    changed = [*PARAGRAPHS[:3], "The last one is new and speaks of dragons. " * 20]
    ready(alice, "\n\n".join(changed))
    new = Chunk.objects.filter(version=document.versions.first())
    assert ChunkVector.objects.filter(chunk__in=new).count() == new.count()
    assert 0 < len(fake.texts) - before < new.count()


def test_what_a_curator_did_to_a_chunk_holds_in_the_next_version(alice, storage, fake):
    document = ready(alice, "\n\n".join(PARAGRAPHS))
    first, second = Chunk.objects.filter(version=document.current)[:2]
    Chunk.objects.filter(pk=first.pk).update(text="Corrected.", original=first.text)
    Chunk.objects.filter(pk=second.pk).update(disabled=True)
    ready(alice, "\n\n".join(PARAGRAPHS) + "\n\nOne more.")
    kept = list(Chunk.objects.filter(version=document.versions.first()))
    assert (kept[0].text, kept[0].original) == ("Corrected.", first.text)
    assert [chunk.disabled for chunk in kept[:3]] == [False, True, False]


def test_an_older_version_can_be_brought_back(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    ready(alice, "The limit is twelve.")
    ingest(versions.restore(document, 1).pk)
    assert search_texts(alice, "limit") == ["The limit is ten."]
    assert document.versions.first().number == 3


def test_a_document_read_anew_stays_searchable_meanwhile(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    again = versions.reingest(document)
    assert search_texts(alice, "limit") == ["The limit is ten."]
    with pytest.raises(Conflict):
        versions.reingest(document)
    ingest(again.pk)
    document.refresh_from_db()
    assert document.current == again


def test_a_later_version_that_was_quicker_stays_current(alice, storage, fake):
    document = uploads.accept(alice, file("The limit is ten."))
    versions.add(document, file("The limit is twelve.", "b.txt"))
    second, first = document.versions.all()
    ingest(second.pk)
    ingest(first.pk)
    assert search_texts(alice, "limit") == ["The limit is twelve."]
    assert not Chunk.objects.filter(version=first).exists()


def test_a_file_goes_with_the_last_version_that_has_it(alice, storage, fake):
    document = ready(alice, "The limit is ten.")
    ingest(versions.reingest(document).pk)
    (kept,) = [path for path in storage.rglob("*") if path.is_file()]
    Version.objects.get(document=document, number=1).delete()
    assert kept.exists()
    deletion.delete(alice, document)
    assert not kept.exists()


def test_the_files_of_a_deleted_user_are_deleted(alice, storage, fake):
    ready(alice, "The limit is ten.")
    alice.delete()
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_only_who_may_write_changes_versions(alice, bob, storage, fake):
    document = ready(alice, "The limit is ten.")
    with pytest.raises(NotFound):
        get_writable_document(bob, document.pk)
    share = CollectionShare.objects.create(collection=default_collection(alice), user=bob)
    for act in (get_writable_document, lambda user, pk: deletion.delete(user, document)):
        with pytest.raises(NotAllowed):
            act(bob, document.pk)
    with pytest.raises(NotAllowed):
        uploads.accept(bob, file("Ours."), default_collection(alice))
    share.role = CollectionShare.Role.EDITOR
    share.save()
    assert uploads.accept(bob, file("Ours."), default_collection(alice)) == document
