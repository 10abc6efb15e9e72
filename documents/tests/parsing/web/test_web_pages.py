"""Documents from the addresses of web pages."""

import json
from ipaddress import ip_network

import pytest

from aiapp.db import in_db
from documents.models import Collection, CollectionShare, Document
from documents.tests.library import reader
from documents.tests.parsing import pdf
from tests.processes import web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("storage")]

ADDRESS = "127.0.0.2"


@pytest.fixture
def anna():
    return reader("anna")


@pytest.fixture
def site(settings):
    with web_server.running(ADDRESS) as server:
        settings.FETCH_PAGES = True
        settings.FETCH_PRIVATE_NETWORKS = [ip_network(ADDRESS)]
        settings.FETCH_PORTS = [str(server.port)]
        yield server


async def add(who, url, **more):
    body = json.dumps({"url": url, **more})
    return await who.client.post(
        "/api/documents/from-url", data=body, content_type="application/json"
    )


async def test_a_web_page_becomes_a_document_named_by_its_title(anna, site):
    page = "<title> Terms &amp; <b>conditions</title><h1>Terms</h1>"
    answer = await add(anna, site.serve("/terms.html", page))
    assert answer.status_code == 202, answer.content
    document = answer.json()
    assert (document["title"], document["status"]) == ("Terms & <b>conditions.html", "queued")


@pytest.mark.parametrize(
    ("path", "body", "sent", "name"),
    [
        ("/rates.pdf", pdf.pages("Rates"), "application/pdf", "rates.pdf"),
        ("/notes", "Notes", "text/plain", "notes.txt"),
        ("/", "No title", "text/html", "127.0.0.2.html"),
        ("/x", "<title>a/b\\c</title>", "text/html", "a - b - c.html"),
    ],
)
async def test_the_name_says_what_it_is(anna, site, path, body, sent, name):
    answer = await add(anna, site.serve(path, body, Content_Type=sent))
    assert answer.json()["filename"] == name, answer.content


async def test_a_page_that_is_not_what_its_server_says_is_refused(anna, site):
    url = site.serve("/x", b"\x7fELF" + bytes(100), Content_Type="application/pdf")
    assert (await add(anna, url)).status_code == 415
    assert not await in_db(Document.objects.exists)


async def test_it_goes_into_a_collection_that_one_may_write_to(anna, site):
    ben = await in_db(reader, "ben")
    shared = await in_db(Collection.objects.create, owner=ben.user, name="Shared")
    url = site.serve("/", "<p>x</p>")
    assert (await add(anna, url, collection=str(shared.pk))).status_code == 404
    share = await in_db(
        CollectionShare.objects.create, collection=shared, user=anna.user, role="reader"
    )
    assert (await add(anna, url, collection=str(shared.pk))).status_code == 403
    assert site.hits == []
    share.role = "editor"
    await in_db(share.save)
    assert (await add(anna, url, collection=str(shared.pk))).status_code == 202


async def test_it_is_refused_while_it_is_off_or_without_signing_in(anna, site, settings, client):
    settings.FETCH_PAGES = False
    answer = await add(anna, site.url())
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "fetching_is_off"
    anna.client._sent.clear()
    assert (await add(anna, site.url())).status_code == 401
    assert site.hits == []


@pytest.mark.parametrize(
    "body", [{}, {"url": ""}, {"url": 5}, {"url": "http://x/", "path": "/etc"}]
)
async def test_a_body_of_another_form_is_refused(anna, site, body):
    answer = await anna.client.post(
        "/api/documents/from-url", data=json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == 422
