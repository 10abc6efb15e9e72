"""Somebody else's document is exactly like one that does not exist, on every page."""

from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client

from documents.models import Document
from documents.tests.library import ready_document

PATHS = ["", "?page=1", "?start=0&end=5", "retry/", "delete/"]


make_document = sync_to_async(ready_document)


def answer(response):
    return response.status_code, response.content


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_of_a_stranger_is_not_found(alice, bob, storage, path, method):
    document = ready_document(alice, title="secret merger.pdf")
    client = Client()
    client.force_login(bob)
    foreign = answer(getattr(client, method)(f"/documents/{document.pk}/{path}"))
    unknown = answer(getattr(client, method)(f"/documents/{uuid4()}/{path}"))
    if (method, path) in {("get", "retry/"), ("post", ""), *(("post", p) for p in PATHS[1:3])}:
        assert foreign[0] == 405
    else:
        assert foreign[0] == 404
    assert foreign == unknown
    assert b"merger" not in foreign[1]
    assert Document.objects.filter(pk=document.pk).exists()


@pytest.mark.django_db
def test_a_list_holds_only_what_its_reader_may_open(alice, bob, storage, client):
    document = ready_document(alice, title="secret merger.pdf")
    client.force_login(bob)
    for url in ("/documents/", "/documents/rows/", f"/documents/?q=merger&after={uuid4()}"):
        text = client.get(url).content.decode()
        assert str(document.pk) not in text
        assert "secret" not in text


@pytest.mark.django_db(transaction=True)
async def test_the_file_is_an_attachment_in_a_sandbox(alice, storage, async_client: AsyncClient):
    document = await make_document(alice, ["<script>alert(1)</script>"], title='a "b"\r\nX: y.html')
    await async_client.aforce_login(alice)
    response = await async_client.get(f"/documents/{document.pk}/file/")
    assert response.status_code == 200
    assert b"".join([part async for part in response]) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment")
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db(transaction=True)
async def test_a_file_of_a_stranger_or_one_that_is_gone_is_not_found(
    alice, bob, storage, async_client: AsyncClient
):
    document = await make_document(alice)
    other = await make_document(bob)
    await async_client.aforce_login(bob)
    foreign = await async_client.get(f"/documents/{document.pk}/file/")
    unknown = await async_client.get(f"/documents/{uuid4()}/file/")
    assert foreign.status_code == 404
    assert answer(foreign) == answer(unknown)
    mixed = f"/documents/{other.pk}/file/?version={document.current_id}"
    assert (await async_client.get(mixed)).status_code == 404
    other.current.file.storage.delete(other.current.file.name)
    assert (await async_client.get(f"/documents/{other.pk}/file/")).status_code == 404
