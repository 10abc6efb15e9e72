"""All files of a site on their way from one store to another, ended and begun again."""

import io
import tarfile
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.db.models import FileField

from aiapp.files import holding, moving
from aiapp.files.errors import FilesUnavailable
from aiapp.files.folder import Folder
from aiapp.files.store import delete_now
from aiapp.management import inventory
from tests.processes.object_store import Fault


@pytest.fixture
def folder(tmp_path):
    folder = Folder(tmp_path / "files")
    for number in range(5):
        folder.save(f"documents/{number}", ContentFile(b"words" * number))
    return folder


@pytest.fixture
def target(open_bucket):
    return open_bucket(location=str(uuid4()))


def move(source, target, journal, wanted=()):
    """Move all, and return how many were copied, known and deleted."""
    for moved in moving.copy_all(source, target, journal, lambda: wanted):
        last = moved
    return last.copied, last.known, last.deleted


def read_all(store):
    read = {}
    for name, _ in store.walk():
        with store.open(name) as file:
            read[name] = file.read()
    return read


def test_all_files_arrive_and_come_back(folder, target, tmp_path):
    assert move(folder, target, tmp_path / "there") == (5, 0, 0)
    assert read_all(target) == read_all(folder)
    back = Folder(tmp_path / "back")
    assert move(target, back, tmp_path / "back.journal") == (5, 0, 0)
    assert read_all(back) == read_all(folder)


def test_a_move_that_was_ended_goes_on(folder, target, store, tmp_path):
    journal = tmp_path / "journal"
    going = moving.copy_all(folder, target, journal, tuple)
    next(going)
    next(going)
    going.close()
    assert move(folder, target, journal) == (3, 2, 0)


def test_a_store_that_fails_midway_costs_no_file(folder, target, store, tmp_path):
    journal = tmp_path / "journal"
    store.fail(Fault("PUT", 507, "XMinioStorageFull", path="documents/2"))
    with pytest.raises(FilesUnavailable):
        move(folder, target, journal)
    move(folder, target, journal)
    assert read_all(target) == read_all(folder)


def test_a_second_move_brings_what_changed_since(folder, target, tmp_path):
    move(folder, target, tmp_path / "journal")
    folder.save("documents/new", ContentFile(b"later"))
    folder.delete("documents/1")
    target.save("documents/of-the-target", ContentFile(b"its own"))
    assert move(folder, target, tmp_path / "journal") == (1, 4, 1)
    assert read_all(target) == read_all(folder) | {"documents/of-the-target": b"its own"}


def test_a_move_from_a_folder_that_was_cleared_deletes_nothing(folder, target, tmp_path):
    """As the operator may who has moved, and moves once more by mistake."""
    move(folder, target, tmp_path / "journal")
    before = read_all(target)
    empty = Folder(tmp_path / "empty")
    assert move(empty, target, tmp_path / "journal", wanted=before) == (0, 0, 0)
    assert read_all(target) == before


def test_what_an_earlier_move_left_broken_is_replaced(folder, target, tmp_path):
    target.save("documents/3", ContentFile(b"broken"))
    move(folder, target, tmp_path / "journal")
    assert read_all(target) == read_all(folder)


def test_a_copy_that_differs_is_told(folder, tmp_path):
    class Careless(Folder):
        def save(self, name, content):
            return super().save(name, ContentFile(b"something else"))

    with pytest.raises(moving.Differs):
        move(folder, Careless(tmp_path / "careless"), tmp_path / "journal")


def test_an_archive_holds_all_and_nothing_outside_is_written(folder, target, store):
    packed = io.BytesIO()
    moving.pack(folder, packed)
    packed.seek(0)
    with tarfile.open(fileobj=packed, mode="a") as archive:
        archive.addfile(tarfile.TarInfo("elsewhere/a"))
        archive.addfile(tarfile.TarInfo("/etc/a"))
    packed.seek(0)
    moving.unpack(packed, target)
    assert read_all(target) == read_all(folder)


def test_every_column_of_files_is_known_to_backups():
    models = apps.get_models()
    fields = {
        (each._meta.label, field.name)
        for each in models
        for field in each._meta.fields
        if isinstance(field, FileField)
    }
    assert fields == set(inventory.LASTING)


def test_nothing_is_deleted_while_a_backup_copies(settings):
    settings.FILES_BUCKET = "files"
    with holding.hold_deletions(), pytest.raises(FilesUnavailable):
        delete_now("documents/any")
    assert not holding.is_held()
