"""Documents from web pages, over the API."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import StringConstraints

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db, release_request_connection
from aiapp.http.outgoing.fetch_guard import MAX_URL_CHARS
from documents import access
from documents.api import examples
from documents.api.schemas import DocumentOut
from documents.ingest.progress import status
from documents.library import web_pages

router = Router(auth=ApiAuth("documents:read", "documents:write"), tags=["documents"])


class PageIn(Strict):
    url: Annotated[str, StringConstraints(min_length=1, max_length=MAX_URL_CHARS)]
    collection: UUID | None = None


@router.post("/documents/from-url", response={202: DocumentOut})
@Note(
    request={"url": "https://example.org/report.html"},
    response=examples.DOCUMENT,
    errors=(404, 409, 415, 502),
)
async def add_web_page(request: HttpRequest, body: PageIn) -> Status[dict[str, Any]]:
    """Take in a web page, text or PDF by its address; it is read meanwhile as a file is.

    409 `fetching_is_off` unless the operator switched it on; 422 `address_refused` for anything
    but a public web page.
    """
    user = caller(request)
    into = None
    if body.collection:
        into = await in_db(access.get_writable_collection, user, body.collection)
    # The page's server may take its time.
    await release_request_connection()
    document = await web_pages.add(user, body.url, into)
    return Status(202, await in_db(status, document))
