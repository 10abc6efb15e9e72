"""The page of a document and its file. The page works without JavaScript, as text."""

from typing import cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.credentials.authentication import alogin_required, user_of
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.errors import NotFound
from documents.access import get_document
from documents.files.download import download
from documents.ingest.notes import describe
from documents.library import listing, origins
from documents.metadata.lines import write_lines
from documents.models import Document, Version
from documents.pages import viewer
from documents.pages.forms import ViewQuery


@login_required
@require_GET
def detail(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """A document at a page, or with a passage marked: as its file shows it, and as text."""
    user = user_of(request)
    document = get_document(user, document_id)
    query = ViewQuery(request.GET)
    version = _version(document, query.wanted_version())
    window = viewer.window(version, query.target())
    context = {
        "document": document,
        "version": version,
        "versions": document.versions.order_by("-number"),
        "row": listing.row(user, document),
        "origin": origins.find_origin(document),
        "is_old": document.current_id is not None and version.pk != document.current_id,
        "target": query.target(),
        "window": window,
        "columns": viewer.find_columns(version, query.target()),
        "metadata": write_lines(document.metadata),
        "look": viewer.look(version),
        "notes": describe(version.notes),
    }
    return render(request, "documents/detail.html", context)


@alogin_required
@require_safe
async def file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The original; a reader on a slow line holds no connection to the database meanwhile."""
    user = cast(User, await request.auser())

    def find_version() -> Version:
        document = get_document(user, document_id)
        return _version(document, ViewQuery(request.GET).wanted_version())

    version = await in_db(find_version)
    await release_request_connection()
    return await download(version, request)


def _version(document: Document, wanted: UUID | int | None) -> Version:
    """The version that a citation names by id or number, or the one that readers see now."""
    versions = Version.objects.filter(document=document)
    named = wanted or document.current_id
    if isinstance(named, int):
        found = versions.filter(number=named).first()
    else:
        found = versions.filter(pk=named).first() if named else versions.first()
    if found is None:
        raise NotFound(_("This version of the document no longer exists."))
    return found
