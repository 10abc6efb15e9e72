from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from kombu.exceptions import OperationalError

from accounts.models import User
from aiapp.errors import InvalidInput, NotAllowed, NotFound, TooLarge, UnsupportedType
from documents import tasks
from documents.access import default_collection
from documents.library import uploads, versions
from documents.models import Collection, CollectionShare, Document, Version
from documents.parsing.formats import BY_SUFFIX
from documents.tests import files
from documents.tests.parsing import pdf

pytestmark = pytest.mark.django_db(transaction=True)


def accept(user, data, name="report.pdf", collection=None):
    return uploads.accept(user, SimpleUploadedFile(name, data), collection)


@pytest.fixture
def queue(monkeypatch):
    """The ids of versions that were queued."""
    ids = []
    monkeypatch.setattr(tasks.ingest, "apply_async", lambda args, *_, **__: ids.append(args[0]))
    return ids


def list_files(storage):
    return [path for path in storage.rglob("*") if path.is_file()]


def test_a_file_is_kept_and_queued(alice, storage, queue):
    data = pdf.pages("Hello")
    document = accept(alice, data)
    version = document.versions.get()
    assert (document.title, version.filename) == ("report.pdf", "report.pdf")
    assert document.collection == default_collection(alice)
    assert document.added_by == alice
    assert (version.media_type, version.paged) == ("application/pdf", True)
    assert version.state == Version.State.QUEUED
    assert version.size == len(data)
    assert version.file.read() == data
    version.file.close()
    assert queue == [str(version.pk)]


def test_the_name_on_disk_is_ours(alice, storage):
    accept(alice, b"Text.", "..\\..\\evil.txt")
    (path,) = list_files(storage)
    assert "evil" not in path.name
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (b"Text.", "a.txt", "text/plain"),
        (b"# Title", "a.md", "text/markdown"),
        (b"# Title", "A.MARKDOWN", "text/markdown"),
        ("Hangul 한글".encode("utf-16"), "a.txt", "text/plain"),
        ("Plain".encode("utf-16-le"), "a.txt", "text/plain"),
        ("Grüße".encode("cp1252"), "a.txt", "text/plain"),
        (b"No ending", "README", "text/plain"),
        (b".TH LS 1\n.SH NAME\nls", "ls.man", "text/plain"),
        (b"@settitle Manual", "manual.texi", "text/plain"),
        (b"puts hello", "hello.tcl", "text/plain"),
        (pdf.pages("x"), "Anlage 3.a", "application/pdf"),
        (b"It is so.", "why it is.so", "text/plain"),
        (pdf.pages("x"), "no-ending", "application/pdf"),
        (files.book(), "a.epub", "application/epub+zip"),
        (files.workbook(), "a.xlsx", BY_SUFFIX[".xlsx"].media_type),
        (files.word(), "a.docx", BY_SUFFIX[".docx"].media_type),
        (files.slides(), "no-ending", BY_SUFFIX[".pptx"].media_type),
        (files.picture("x"), "a.png", "image/png"),
        # A picture by the name of another kind of picture, and a recording likewise.
        (files.picture("x"), "a.jpg", "image/png"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "a.wav", "audio/mpeg"),
        (b"\n\n" + pdf.pages("x"), "a.PDF", "application/pdf"),
        # What stands behind the last dot is no type.
        (b"Text.", "report.v2", "text/plain"),
        (b"Text.", "Meeting 3.5 notes", "text/plain"),
        (pdf.pages("x"), "report.final", "application/pdf"),
        (files.word(), "Minutes 2026.11", BY_SUFFIX[".docx"].media_type),
        (files.word(), "a.docm", BY_SUFFIX[".docx"].media_type),
        # Texts about files of other kinds.
        (b"A file begins with %PDF-1.7 if it is a PDF.", "a.txt", "text/plain"),
        (b"%PDF-1.7 is how a PDF begins.", "a.md", "text/markdown"),
        (b"ID3 tags name the artist.", "a.txt", "text/plain"),
        (b"OggS and fLaC are marks.", "notes", "text/plain"),
        (b"GIF89a came after GIF87a.", "notes", "text/plain"),
        (b"The ftyp box comes first.", "a.txt", "text/plain"),
        (b"def f():\n    return 1\n", "a.py", "text/x-code"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "a.mp3", "audio/mpeg"),
    ],
)
def test_the_type_is_what_the_file_holds(alice, storage, data, name, expected):
    assert accept(alice, data, name).versions.get().media_type == expected


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"PK\x03\x04 an archive", "a.docx"),
        (b"PK\x03\x04 an archive", "a.txt"),
        (b"\x89PNG\r\n\x1a\n", "a.pdf"),
        (b"\x7fELF\x02\x01", "a.txt"),
        (b"\x7fELF\x02\x01", "libc.so"),
        (b"Just text.", "a.pdf"),
        (pdf.pages("x"), "a.txt"),
        (b"<html></html>", "a.exe"),
        (b"<html><script>alert(1)</script>", "a.wav"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a.html"),
        (b"MZ\x90\x00\x03", "a.md"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "backup.7z"),
        (b"\x00\x00\x01\xba film", "film.v2"),
        (bytes(range(256)) * 4, "a.txt"),
    ],
)
def test_another_type_or_a_wrong_name_is_refused(alice, storage, data, name):
    with pytest.raises(UnsupportedType):
        accept(alice, data, name)
    assert not Document.objects.exists()
    assert list_files(storage) == []


def test_an_empty_file_is_refused(alice, storage):
    with pytest.raises(InvalidInput) as error:
        accept(alice, b"", "a.txt")
    assert error.value.reason == "empty_file"


def test_a_file_that_is_too_large_is_refused(alice, storage, settings):
    settings.DOCUMENT_MAX_BYTES = 10
    with pytest.raises(TooLarge):
        accept(alice, b"eleven bytes", "a.txt")
    assert accept(alice, b"ten bytes!", "a.txt")


def test_the_same_file_again_is_the_same_document(alice, storage, queue):
    first = accept(alice, b"Text.", "a.txt")
    assert accept(alice, b"Text.", "another name.txt") == first
    assert len(list_files(storage)) == len(queue) == 1


def test_the_same_file_elsewhere_is_another_document(alice, bob, storage):
    other = Collection.objects.create(owner=alice, name="Other")
    documents = [accept(alice, b"Text.", "a.txt"), accept(alice, b"Text.", "a.txt", other)]
    documents.append(accept(bob, b"Text.", "a.txt"))
    assert len({document.pk for document in documents}) == 3


def test_a_file_whose_document_failed_is_read_anew(alice, storage):
    first = accept(alice, b"Text.", "a.txt")
    Version.objects.update(state=Version.State.FAILED)
    assert accept(alice, b"Text.", "a.txt") == first
    assert [version.number for version in first.versions.all()] == [2, 1]


def test_many_uploads_of_one_file_at_once_make_one_document(alice, storage, queue):
    default_collection(alice)
    documents = []

    def work():
        try:
            documents.append(accept(alice, b"Text.", "a.txt").pk)
        finally:
            connections.close_all()

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(documents) == 8
    assert len(set(documents)) == len(list_files(storage)) == len(queue) == 1


def at_once(works):
    """Do all at the same moment, and return what came of each: a document, or an error."""
    together = Barrier(len(works))

    def run(work):
        try:
            together.wait()
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        asked = [threads.submit(run, work) for work in works]
    return [each.exception() or each.result() for each in asked]


@pytest.mark.parametrize("data", [b"Text.", b"Text of %d."])
def test_uploads_of_several_people_at_once_meet_in_what_all_of_them_may_change(
    alice, bob, storage, queue, data
):
    """Never in what is hidden from them, though it has the name and the bytes."""
    shared = Collection.objects.create(owner=alice, name="Shared")
    carol = User.objects.create_user("carol", "carol@example.org", "a long password 1")
    for user in (bob, carol):
        CollectionShare.objects.create(collection=shared, user=user, role="editor")
    hidden = accept(alice, b"Text.", "a.txt", shared)
    Document.objects.filter(pk=hidden.pk).update(restricted=True)
    works = [
        partial(accept, user, data % n if b"%" in data else data, "a.txt", shared)
        for n in range(4)
        for user in (bob, carol)
    ]
    met = {document.pk for document in at_once(works)}
    (made,) = shared.documents.exclude(pk=hidden.pk)
    assert met == {made.pk}
    assert hidden.versions.count() == 1
    numbers = sorted(version.number for version in made.versions.all())
    assert numbers == list(range(1, len(numbers) + 1))
    # What somebody else has brought in between is another version again.
    assert len(numbers) in (range(4, 9) if b"%" in data else [1])


def test_uploads_by_name_and_versions_of_the_document_at_once_are_all_kept(
    alice, bob, storage, queue
):
    shared = Collection.objects.create(owner=alice, name="Shared")
    CollectionShare.objects.create(collection=shared, user=bob, role="editor")
    document = accept(alice, b"Text.", "a.txt", shared)
    works = []
    for n in range(4):
        works.append(partial(accept, bob, b"By name %d." % n, "a.txt", shared))
        file = SimpleUploadedFile("a.txt", b"As a version %d." % n)
        works.append(partial(versions.add, document, file))
    faults = [each for each in at_once(works) if isinstance(each, Exception)]
    assert faults == []
    assert sorted(document.versions.values_list("number", flat=True)) == list(range(1, 10))


class LongFile(SimpleUploadedFile):
    """A file in whose middle something happens."""

    def __init__(self, meanwhile):
        super().__init__("a.txt", b"Another text.")
        self.meanwhile = meanwhile

    def chunks(self, chunk_size=None):
        self.meanwhile()
        return super().chunks(chunk_size)


@pytest.mark.parametrize("way", ["file", "version"])
@pytest.mark.parametrize("end", ["unshared", "reads", "deactivated"])
def test_access_that_ends_while_a_file_comes_keeps_it_out(alice, bob, storage, way, end):
    shared = Collection.objects.create(owner=alice, name="Shared")
    CollectionShare.objects.create(collection=shared, user=bob, role="editor")
    document = accept(alice, b"Text.", "a.txt", shared)

    def meanwhile():
        if end == "deactivated":
            User.objects.filter(pk=bob.pk).update(is_active=False)
        elif end == "reads":
            shared.shares.update(role="reader")
        else:
            shared.shares.all().delete()

    file = LongFile(meanwhile)
    upload = {
        "file": lambda: uploads.accept(bob, file, shared),
        "version": lambda: versions.add(document, file, by=bob),
    }
    with pytest.raises((NotAllowed, NotFound)):
        upload[way]()
    assert Version.objects.count() == len(list_files(storage)) == 1


def test_without_a_queue_the_document_is_kept_for_the_sweep(alice, storage, settings, monkeypatch):
    def fail(*args, **options):
        raise OperationalError

    monkeypatch.setattr(tasks.ingest, "apply_async", fail)
    assert accept(alice, b"Text.", "a.txt").versions.get().state == Version.State.QUEUED


def test_a_file_is_not_left_behind_when_its_row_cannot_be_written(alice, storage, monkeypatch):
    def fail(*args, **options):
        raise RuntimeError

    monkeypatch.setattr(Version, "save", fail)
    with pytest.raises(RuntimeError):
        accept(alice, b"Text.", "a.txt")
    assert list_files(storage) == []
    assert not Document.objects.exists()
