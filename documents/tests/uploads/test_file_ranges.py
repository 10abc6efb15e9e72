"""The original file, whole and in parts, and always as something to save."""

import pytest
from django.core.files.base import ContentFile
from django.test import AsyncClient

from aiapp.db import in_db
from documents.models import Document
from documents.tests.library import ready_document

DATA = bytes(range(256)) * 4


@pytest.fixture
def document(alice, storage, transactional_db) -> Document:
    document = ready_document(alice)
    version = document.current
    version.file.save("file", ContentFile(DATA))
    version.size, version.sha256, version.media_type = len(DATA), "a" * 64, "application/pdf"
    version.save()
    return document


async def fetch(document: Document, alice, **headers: str):
    client = AsyncClient()
    await in_db(client.force_login, alice)
    response = await client.get(f"/documents/{document.pk}/file/?version=1", headers=headers)
    if response.streaming:
        body = b"".join([part async for part in response.streaming_content])
    else:
        body = response.content
    return response, body


async def test_the_whole_file_says_that_parts_may_be_asked_for(alice, document) -> None:
    response, body = await fetch(document, alice)
    assert (response.status_code, body) == (200, DATA)
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize(
    ("asked", "expected", "told"),
    [
        ("bytes=0-99", DATA[:100], "bytes 0-99/1024"),
        ("bytes=1000-", DATA[1000:], "bytes 1000-1023/1024"),
        ("bytes=-24", DATA[-24:], "bytes 1000-1023/1024"),
        ("bytes=-5000", DATA, "bytes 0-1023/1024"),
        ("bytes=1023-9999", DATA[1023:], "bytes 1023-1023/1024"),
    ],
)
async def test_a_part_is_exactly_what_was_asked_for(
    alice, document, asked: str, expected: bytes, told: str
) -> None:
    response, body = await fetch(document, alice, Range=asked)
    assert (response.status_code, body) == (206, expected)
    assert response["Content-Range"] == told
    assert response["Content-Length"] == str(len(expected))


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
async def test_a_part_behind_the_end_cannot_be_had(alice, document, asked: str) -> None:
    response, body = await fetch(document, alice, Range=asked)
    assert (response.status_code, body) == (416, b"")
    assert response["Content-Range"] == "bytes */1024"


@pytest.mark.parametrize(
    "asked", ["bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=a-b"]
)
async def test_what_is_no_range_of_ours_gets_the_whole_file(alice, document, asked: str) -> None:
    response, body = await fetch(document, alice, Range=asked)
    assert (response.status_code, body) == (200, DATA)


async def test_a_part_of_a_file_that_has_changed_is_the_whole_new_one(alice, document) -> None:
    old = {"Range": "bytes=0-9", "If-Range": '"another"'}
    response, _body = await fetch(document, alice, **old)
    assert response.status_code == 200
    same = {"Range": "bytes=0-9", "If-Range": response["ETag"]}
    response, body = await fetch(document, alice, **same)
    assert (response.status_code, body) == (206, DATA[:10])


@pytest.mark.parametrize("asked", ["", "bytes=0-9", "bytes=9999-"])
@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml"])
async def test_no_answer_can_be_run_in_our_name(alice, document, asked: str, kind: str) -> None:
    await document.versions.aupdate(media_type=kind)
    response, _body = await fetch(document, alice, Range=asked)
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "no-store"
