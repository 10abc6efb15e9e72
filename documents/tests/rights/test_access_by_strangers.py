"""Somebody else's things look as if they did not exist; nobody's token opens anything."""

import json
import re
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import AsyncClient

from aiapp.db import in_db
from aiapp.errors import NotFound
from documents.api import collections, documents, versions
from documents.models import Collection, Document, Version
from documents.search import has_documents, search
from documents.tests.library import HANDBOOK, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]

OF_A_COLLECTION = [
    ("get", "/api/collections/{collection}", None),
    ("patch", "/api/collections/{collection}", {"name": "mine now"}),
    ("delete", "/api/collections/{collection}", None),
    ("get", "/api/documents?collection={collection}", None),
    ("post", "/api/documents/search", {"query": "vacation", "collections": ["{collection}"]}),
]
OF_A_DOCUMENT = [
    ("get", "/api/documents/{document}", None),
    ("delete", "/api/documents/{document}", None),
    ("post", "/api/documents/{document}/retry", None),
    ("get", "/api/documents/{document}/chunks", None),
    ("get", "/api/documents/{document}/file", None),
    ("get", "/api/documents/{document}/versions", None),
    ("post", "/api/documents/{document}/cancel", None),
    ("post", "/api/documents/{document}/reingest", None),
    ("post", "/api/documents/{document}/restore", {"version": 1}),
    ("patch", "/api/documents/{document}", {"title": "mine now"}),
    ("get", "/api/documents/{document}/events", None),
    ("post", "/api/documents/search", {"query": "vacation", "documents": ["{document}"]}),
]
# Tested below, since each takes a file.
OF_A_FILE = [("post", "/api/documents/{document}/versions", None)]
OF_NOTHING = [
    ("get", "/api/collections", None),
    ("post", "/api/collections", {"name": "A"}),
    ("post", "/api/documents", None),
    ("get", "/api/documents", None),
    ("post", "/api/documents/search", {"query": "vacation"}),
]


async def _ask(client, call, *, headers=None, **ids):
    method, path, body = call
    content = json.dumps(body)
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", str(value))
        content = content.replace(f"{{{name}}}", str(value))
    sent = {"data": content, "content_type": "application/json"} if body else {}
    return await getattr(client, method)(path, headers=headers, **sent)


@pytest.fixture
def owner():
    return reader("owner")


@pytest.fixture
def stranger():
    return reader("stranger")


@pytest.fixture
def document(owner):
    return ready_document(owner.user)


@pytest.mark.parametrize("call", OF_A_COLLECTION + OF_A_DOCUMENT, ids=lambda c: f"{c[0]} {c[1]}")
async def test_a_foreign_id_answers_like_a_random_one(owner, stranger, document, call):
    real = {"collection": document.collection_id, "document": document.pk}
    foreign = await _ask(stranger.client, call, **real)
    random = await _ask(stranger.client, call, collection=uuid4(), document=uuid4())
    assert foreign.status_code == random.status_code == 404
    assert foreign.content == random.content
    assert await in_db(Document.objects.filter(pk=document.pk, title="handbook.pdf").exists)
    assert await in_db(Collection.objects.filter(name="My documents").exists)


async def test_a_stranger_cannot_try_again_what_failed(stranger, document):
    await in_db(document.versions.update, state=Version.State.FAILED)
    assert (await stranger.client.post(f"/api/documents/{document.pk}/retry")).status_code == 404
    assert await in_db(document.versions.filter(state=Version.State.FAILED).exists)


async def test_a_stranger_cannot_upload_into_a_foreign_collection(stranger, document):
    body = {"file": SimpleUploadedFile("a.txt", b"text"), "collection": document.collection_id}
    assert (await stranger.client.post("/api/documents", body)).status_code == 404
    assert await in_db(Document.objects.count) == 1


async def test_a_stranger_cannot_add_a_version(stranger, document):
    answers = [
        await stranger.client.post(
            f"/api/documents/{each}/versions", {"file": SimpleUploadedFile("a.txt", b"text")}
        )
        for each in (document.pk, uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert await in_db(document.versions.count) == 1


@pytest.mark.parametrize("token", ["", "Bearer nonsense", "Basic b3duZXI6eA=="])
async def test_nothing_is_answered_without_a_valid_token(document, token):
    ids = {"collection": document.collection_id, "document": document.pk}
    headers = {"Authorization": token} if token else {}
    for call in OF_A_COLLECTION + OF_A_DOCUMENT + OF_A_FILE + OF_NOTHING:
        answer = await _ask(AsyncClient(), call, headers=headers, **ids)
        assert answer.status_code == 401, call
        assert answer.json()["error"]["code"] in {"not_authenticated", "invalid_token"}


def test_every_operation_is_in_these_tables():
    tested = {
        (method, re.sub(r"{.*?}", "*", path.partition("?")[0]))
        for method, path, _ in OF_A_COLLECTION + OF_A_DOCUMENT + OF_A_FILE + OF_NOTHING
    }
    served = {
        (method.lower(), "/api" + re.sub(r"{.*?}", "*", path))
        for router in (documents.router, collections.router, versions.router)
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert served == tested


async def test_lists_hold_only_what_is_ones_own(owner, stranger, document):
    for path in ("/api/collections", "/api/documents"):
        assert len((await owner.client.get(path)).json()["items"]) == 1
        assert (await stranger.client.get(path)).json() == {"items": [], "next": None}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
async def test_search_never_shows_a_strangers_passage(embedding, mode):
    owner, stranger = await in_db(reader, "owner"), await in_db(reader, "stranger")
    await in_db(ready_document, owner.user, HANDBOOK, embedded=True)
    own = await in_db(ready_document, stranger.user, ["Bicycles stand outside."], embedded=True)
    for question in (HANDBOOK[0], "vacation", "bicycles"):
        found = await search(stranger.user, question, 50, mode=mode)
        assert {p.document_id for p in found.passages} <= {own.pk}


async def test_a_filter_by_a_foreign_id_is_refused_beside_ones_own(stranger, document):
    own = await in_db(ready_document, stranger.user)
    for filters in (
        {"documents": [own.pk, document.pk]},
        {"collections": [own.collection_id, document.collection_id]},
        {"documents": [uuid4()]},
    ):
        with pytest.raises(NotFound):
            await search(stranger.user, "vacation", mode="lexical", **filters)


async def test_who_has_nothing_to_search_is_told_so(stranger, document):
    assert not await has_documents(stranger.user, None)
    assert not await has_documents(stranger.user, [document.collection_id])
