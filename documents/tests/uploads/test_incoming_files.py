"""Files that a killed process was receiving are deleted, and those of living ones are not."""

import os
import time

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler

from documents.tasks import sweep_incoming


@pytest.fixture
def folder(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    settings.BODY_MAX_SECONDS = 3600
    return tmp_path


def create_file(folder, name, age):
    path = folder / name
    path.write_bytes(b"half of it")
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_what_nobody_receives_any_more_is_deleted(folder):
    left = [create_file(folder, name, 3 * 3600) for name in ("tmpa.upload.pdf", "tmpb.upload")]
    received_now = create_file(folder, "tmpc.upload.docx", 0)
    slow = create_file(folder, "tmpd.upload.docx", 3600)
    sweep_incoming()
    assert not any(path.exists() for path in left)
    assert received_now.exists()
    assert slow.exists()


def test_so_is_a_repository_that_a_killed_sync_was_fetching(folder):
    for name in ("tmprepo", "tmpanother"):
        (folder / name / "objects").mkdir(parents=True)
        create_file(folder / name, "pack", 3 * 3600)
        os.utime(folder / name, (time.time() - 3 * 3600,) * 2)
    fetched_now = folder / "tmpnow"
    fetched_now.mkdir()
    left = create_file(folder, "tmpz.upload", 3 * 3600)
    sweep_incoming()
    assert not left.exists()
    assert list(folder.iterdir()) == [fetched_now]


def test_a_folder_that_holds_nothing_is_as_good(folder):
    sweep_incoming()
    assert list(folder.iterdir()) == []


def test_a_large_upload_lies_there_and_is_gone_afterwards(folder):
    """The sweep looks where Django puts it."""
    handler = TemporaryFileUploadHandler()
    handler.new_file("file", "a.pdf", "application/pdf", 10)
    assert [path.suffix for path in folder.iterdir()] == [".pdf"]
    handler.file.close()
    assert list(folder.iterdir()) == []
