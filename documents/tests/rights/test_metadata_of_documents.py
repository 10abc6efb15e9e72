"""Metadata are set wherever a document is, and filters look at them at once."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from aiapp.db import in_db
from documents.access import default_collection
from documents.models import CollectionShare, Document
from documents.tests.library import HANDBOOK, Reader, reader, ready_document

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]


@pytest.fixture
def anna() -> Reader:
    return reader("anna")


def build_file(body: bytes = b"Some notes about the weather.") -> SimpleUploadedFile:
    return SimpleUploadedFile("notes.txt", body)


async def send(client: Any, method: str, path: str, body: object) -> Any:
    call = getattr(client, method)
    return await call(path, data=json.dumps(body), content_type="application/json")


async def upload(anna: Reader, **fields: str) -> Any:
    return await anna.client.post("/api/documents", {"file": build_file(), **fields})


async def test_a_file_is_uploaded_with_metadata_that_a_later_upload_replaces(anna):
    first = await upload(anna, metadata='{"author": "Ann", "year": 2024}')
    assert first.status_code == 202
    assert first.json()["metadata"] == {"author": "Ann", "year": 2024}
    again = await upload(anna, metadata='labels: ["draft"]')
    assert (again.json()["id"], again.json()["metadata"]) == (
        first.json()["id"],
        {"labels": ["draft"]},
    )
    # Without metadata those that there are stay.
    assert (await upload(anna)).json()["metadata"] == {"labels": ["draft"]}


async def test_bad_metadata_keep_the_file_out(anna):
    for bad in ('{"a": ', '{"$or": 1}', "no colon"):
        refused = await upload(anna, metadata=bad)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "bad_metadata")
    assert await in_db(Document.objects.count) == 0


async def test_metadata_are_changed_by_who_may_change_the_document(anna):
    document = await in_db(lambda: ready_document(anna.user))
    bea = await in_db(reader, "bea")
    await in_db(
        lambda: CollectionShare.objects.create(collection=document.collection, user=bea.user)
    )
    path = f"/api/documents/{document.pk}"
    changed = await send(anna.client, "patch", path, {"metadata": {"year": 2024}})
    assert changed.json()["metadata"] == {"year": 2024}
    assert (await bea.client.get(path)).json()["metadata"] == {"year": 2024}
    assert (await send(bea.client, "patch", path, {"metadata": {}})).status_code == 403
    bad = await send(anna.client, "patch", path, {"metadata": {"$x": 1}})
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "bad_metadata")
    assert (await send(anna.client, "patch", path, {"title": "New"})).json()["metadata"]
    assert (await send(anna.client, "patch", path, {"metadata": {}})).json()["metadata"] == {}


async def test_lists_and_searches_are_filtered(anna, embedding):
    def fill() -> None:
        for title, metadata in (("old", {"year": 2019}), ("new", {"year": 2024})):
            made = ready_document(anna.user, HANDBOOK, title=title, embedded=True)
            Document.objects.filter(pk=made.pk).update(metadata=metadata)

    await in_db(fill)
    asked = {"year": {"$gte": 2020}}
    listed = await anna.client.get("/api/documents", {"filter": json.dumps(asked)})
    assert [each["title"] for each in listed.json()["items"]] == ["new"]
    body = {"query": "vacation", "filter": asked}
    found = (await send(anna.client, "post", "/api/documents/search", body)).json()
    assert {each["document"]["title"] for each in found} == {"new"}
    assert found[0]["document"]["metadata"] == {"year": 2024}
    for bad in ({"year": {"gte": 1}}, {"$nor": []}):
        refused = await send(anna.client, "post", "/api/documents/search", body | {"filter": bad})
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "validation_error")
    assert (await anna.client.get("/api/documents", {"filter": "{"})).status_code == 422
    assert (await anna.client.get("/api/documents", {"filter": '{"a": {}}'})).status_code == 422


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_pages_set_and_show_metadata(alice, browser):
    fields = {"files": build_file(), "metadata": "author: Ann\nyear: 2024"}
    browser.post(reverse("documents:upload"), fields)
    document = Document.objects.get()
    assert document.metadata == {"author": "Ann", "year": 2024}
    path = reverse("documents:manage", args=[document.pk])
    # PostgreSQL keeps names in an order of its own.
    assert "year: 2024\nauthor: Ann</textarea>" in browser.get(path).content.decode()
    change = reverse("documents:change", args=[document.pk])
    browser.post(change, {"title": "Notes", "metadata": "year: 2025\nnote: <b>"})
    document.refresh_from_db()
    assert (document.title, document.metadata) == ("Notes", {"year": 2025, "note": "<b>"})
    shown = browser.get(reverse("documents:detail", args=[document.pk])).content.decode()
    assert "note: &lt;b&gt;\nyear: 2025</pre>" in shown
    refused = browser.post(change, {"title": "Other", "metadata": "no colon"}, follow=True)
    assert "Write a name, a colon and a value" in refused.content.decode()
    document.refresh_from_db()
    assert (document.title, document.metadata["year"]) == ("Notes", 2025)


def test_an_upload_from_a_page_with_bad_metadata_says_why(browser):
    fields = {"files": build_file(), "metadata": "no colon"}
    answer = browser.post(reverse("documents:upload"), fields, follow=True)
    assert "Write a name, a colon and a value" in answer.content.decode()
    assert not Document.objects.exists()


def test_the_administration_sets_metadata(alice):
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@example.org", "root's own"))
    fields = {
        "collection": default_collection(alice).pk,
        "files": build_file(),
        "metadata": "author: Ann",
    }
    client.post(reverse("admin:documents_document_upload"), fields)
    document = Document.objects.get()
    assert document.metadata == {"author": "Ann"}
    path = reverse("admin:documents_document_change", args=[document.pk])
    assert "author: Ann</textarea>" in client.get(path).content.decode()
    inlines = {
        f"{name}-{field}": "0"
        for name in ("shares", "versions")
        for field in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    client.post(path, {"metadata": "author: Bob\nyear: 2024", **inlines})
    document.refresh_from_db()
    assert document.metadata == {"author": "Bob", "year": 2024}
    assert (
        "does not begin with $"
        in client.post(path, {"metadata": "$x: 1", **inlines}).content.decode()
    )
