import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from aiapp.db import in_db
from documents.models import Collection, Document, Version
from documents.tests.library import HANDBOOK, PHYSICS, Reader, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]


@pytest.fixture
def anna() -> Reader:
    return reader("anna")


def _file(name="notes.txt", body=b"Some notes about the weather."):
    return SimpleUploadedFile(name, body)


async def _send(reader, method, path, body=None):
    call = getattr(reader.client, method)
    if body is None:
        return await call(path)
    return await call(path, data=json.dumps(body), content_type="application/json")


async def test_a_collection_is_made_renamed_read_and_deleted(anna):
    made = await _send(anna, "post", "/api/collections", {"name": "  Contracts "})
    assert made.status_code == 201
    assert (made.json()["name"], made.json()["documents"]) == ("Contracts", 0)
    path = f"/api/collections/{made.json()['id']}"
    assert (await _send(anna, "patch", path, {"name": "Deals"})).json()["name"] == "Deals"
    assert (await anna.client.get(path)).json()["name"] == "Deals"
    assert (await anna.client.delete(path)).status_code == 204
    assert (await anna.client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": "a\x00b"},
        {"name": "x" * 201},
        {"name": 5},
        {"name": "a", "owner": "me"},
    ],
)
async def test_a_collection_needs_a_proper_name(anna, body):
    answer = await _send(anna, "post", "/api/collections", body)
    assert answer.status_code == 422, answer.content
    assert answer.json()["error"]["code"] == "validation_error"


async def test_half_a_character_in_a_name_becomes_a_mark(anna):
    answer = await _send(anna, "post", "/api/collections", {"name": "Deals \ud800"})
    assert (answer.status_code, answer.json()["name"]) == (201, "Deals \ufffd")


async def test_a_name_is_used_once_but_by_everybody(anna):
    ben = await in_db(reader, "ben")
    for who, status in ((anna, 201), (anna, 409), (ben, 201)):
        assert (await _send(who, "post", "/api/collections", {"name": "A"})).status_code == status


def _of_collection(user, name):
    collection = Collection.objects.create(owner=user, name=name)
    return ready_document(user, collection=collection)


async def test_deleting_a_collection_deletes_its_documents_with_their_files(anna):
    document = await in_db(_of_collection, anna.user, "Old")
    stored = await in_db(lambda: document.current.file.path)
    answer = await anna.client.get(f"/api/collections/{document.collection_id}")
    assert answer.json()["documents"] == 1
    await anna.client.delete(f"/api/collections/{document.collection_id}")
    assert not await in_db(Document.objects.exists)
    assert not Path(stored).exists()


async def test_an_upload_answers_with_its_status(anna):
    answer = await anna.client.post("/api/documents", {"file": _file()})
    assert answer.status_code == 202, answer.content
    document = answer.json()
    assert document["title"] == document["filename"] == "notes.txt"
    assert (document["status"], document["progress"], document["failure"]) == ("queued", 0, None)
    assert (await anna.client.get(f"/api/documents/{document['id']}")).json() == document


async def test_an_upload_goes_into_the_collection_that_it_names(anna):
    made = (await _send(anna, "post", "/api/collections", {"name": "A"})).json()
    answer = await anna.client.post("/api/documents", {"file": _file(), "collection": made["id"]})
    assert answer.json()["collection"] == made["id"]


async def test_an_upload_without_a_file_or_with_an_unknown_type_is_refused(anna):
    assert (await anna.client.post("/api/documents", {})).status_code == 422
    wrong = await anna.client.post("/api/documents", {"file": _file("a.exe", b"MZ\x90\x00" * 9)})
    assert wrong.status_code == 415
    stray = {"file": _file(), "colection": "misspelt"}
    assert (await anna.client.post("/api/documents", stray)).status_code == 422


async def test_documents_are_listed_in_pages_newest_first(anna):
    made = [await in_db(ready_document, anna.user, title=f"{n}.pdf") for n in range(5)]
    seen, cursor = [], ""
    while True:
        page = (await anna.client.get(f"/api/documents?limit=2{cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [str(document.pk) for document in reversed(made)]


async def test_documents_are_filtered_by_collection_and_status(anna):
    inside = await in_db(_of_collection, anna.user, "A")
    failed = await in_db(ready_document, anna.user)
    await in_db(failed.versions.update, state=Version.State.FAILED, failure_code="no_text")

    async def list_ids(query):
        items = (await anna.client.get(f"/api/documents?{query}")).json()["items"]
        return [item["id"] for item in items]

    assert await list_ids(f"collection={inside.collection_id}") == [str(inside.pk)]
    assert await list_ids("status=failed") == [str(failed.pk)]
    assert await list_ids("status=ready") == [str(inside.pk)]
    for wrong in ("status=none", "cursor=x", "limit=0", "limit=101", "collection=1"):
        assert (await anna.client.get(f"/api/documents?{wrong}")).status_code == 422


async def test_a_document_is_deleted(anna):
    document = await in_db(ready_document, anna.user)
    path = f"/api/documents/{document.pk}"
    assert (await anna.client.delete(path)).status_code == 204
    assert (await anna.client.get(path)).status_code == 404


async def test_only_a_failed_document_is_tried_again(anna):
    document = await in_db(ready_document, anna.user)
    path = f"/api/documents/{document.pk}/retry"
    assert (await anna.client.post(path)).status_code == 409
    await in_db(document.versions.update, state=Version.State.FAILED, failure_code="no_text")
    answer = await anna.client.post(path)
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


async def test_chunks_are_read_in_pages_in_the_order_of_the_text(anna):
    document = await in_db(ready_document, anna.user)
    path = f"/api/documents/{document.pk}/chunks"
    first = (await anna.client.get(f"{path}?limit=2")).json()
    rest = (await anna.client.get(f"{path}?limit=2&cursor={first['next']}")).json()
    items = first["items"] + rest["items"]
    assert [item["content"] for item in items] == list(HANDBOOK)
    assert [item["page"] for item in items] == [1, 2, 3]
    assert rest["next"] is None
    assert (await anna.client.get(f"{path}?cursor=-1")).status_code == 422


async def test_the_file_comes_back_as_a_download_that_cannot_run(anna):
    document = await in_db(ready_document, anna.user, title='a "quoted" näme.pdf')
    answer = await anna.client.get(f"/api/documents/{document.pk}/file")
    body = b"".join([piece async for piece in answer.streaming_content])
    assert body == "\n".join(HANDBOOK).encode()
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "no-store"


async def test_a_file_that_is_gone_is_not_found(anna):
    document = await in_db(ready_document, anna.user)
    await in_db(lambda: document.current.file.delete(save=False))
    answer = await anna.client.get(f"/api/documents/{document.pk}/file")
    assert answer.status_code == 404


async def test_search_answers_with_passages_best_first(anna, embedding):
    handbook = await in_db(ready_document, anna.user, embedded=True)
    await in_db(ready_document, anna.user, PHYSICS, title="physics.pdf", embedded=True)
    answer = await _send(
        anna, "post", "/api/documents/search", {"query": "When is lunch served?", "k": 2}
    )
    assert answer.status_code == 200, answer.content
    best, other = answer.json()
    assert best["content"] == HANDBOOK[2]
    assert best["document"] == {
        "id": str(handbook.pk),
        "title": "handbook.pdf",
        "metadata": {},
    }
    assert (best["page"], best["end"] - best["start"]) == (3, len(HANDBOOK[2]))
    assert best["score"] >= other["score"]
    assert not answer.has_header("Search-Notice")


async def test_search_says_when_it_goes_by_words_only(anna, embedding, settings, tmp_path):
    await in_db(ready_document, anna.user, embedded=True)
    settings.EMBEDDING_BASE_URL = f"unix://{tmp_path}/nobody.sock"
    answer = await _send(anna, "post", "/api/documents/search", {"query": "soup"})
    assert answer.json()[0]["similarity"] is None
    assert answer["Search-Notice"].startswith("Keyword search only")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": 1},
        {"query": "a", "k": 0},
        {"query": "a", "k": 51},
        {"query": "a", "mode": "magic"},
        {"query": "a", "collections": ["1"]},
        {"query": "a", "top": 3},
    ],
)
async def test_a_wrong_search_is_refused(anna, body):
    answer = await _send(anna, "post", "/api/documents/search", body)
    assert answer.status_code == 422
    assert answer.json()["error"]["data"]["fields"]
