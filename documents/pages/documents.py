"""The list of documents and what is done to one. Each page works without JavaScript."""

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials.authentication import user_of
from accounts.limits import rate_limit
from documents.access import get_writable_collection, get_writable_document
from documents.files import deletion
from documents.library import listing, shelves, uploads, versions
from documents.pages.forms import ListQuery, UploadForm
from documents.pages.parts import is_fragment, redirect_back, show_refusals


@login_required
@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    query = ListQuery(request.GET).query()
    every = shelves.list_shelves(user)
    context = {
        "listing": listing.load_listing(user, query),
        "choices": shelves.upload_choices(every),
        "shelves": every,
        "total": sum(shelf.count for shelf in every),
        "shelf": shelves.find_shelf(every, query.collection),
        "filters": {name: words for name, (words, _states) in listing.FILTERS.items()},
        "kinds": listing.KINDS,
        "max_megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
        "accepted": uploads.ACCEPTED,
        "fetches_pages": settings.FETCH_PAGES,
    }
    return render(request, "documents/list.html", context)


@login_required
@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """The rows alone, for a page that follows unfinished documents."""
    user = user_of(request)
    every = shelves.list_shelves(user)
    context = {
        "listing": listing.load_listing(user, ListQuery(request.GET).query()),
        "shelves": every,
        "total": sum(shelf.count for shelf in every),
    }
    return render(request, "documents/_rows.html", context)


@login_required
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Any number of files from a form; what cannot be taken is named with its reason."""
    files = cast("list[UploadedFile]", request.FILES.getlist("files"))
    if not files:
        messages.error(request, _("Choose at least one file."))
    form = UploadForm(request.POST)
    chosen = form.collection_id()
    into = get_writable_collection(user_of(request), chosen) if chosen else None
    added = 0
    for file in files:
        with show_refusals(request, file.name or ""):
            metadata = form.values()
            rate_limit.enforce(user_of(request), "upload")
            uploads.accept(user_of(request), file, into, metadata=metadata)
            added += 1
    if added:
        text = ngettext("%(n)d document added.", "%(n)d documents added.", added)
        messages.success(request, text % {"n": added})
    return redirect_back(request, "documents:list")


@login_required
@require_POST
def retry(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = get_writable_document(user_of(request), document_id)
    with show_refusals(request, document.title):
        rate_limit.enforce(user_of(request), "upload")
        versions.retry(document)
    return redirect_back(request, "documents:list")


@login_required
@require_POST
def cancel(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = get_writable_document(user_of(request), document_id)
    with show_refusals(request, document.title):
        versions.cancel(document)
    return redirect_back(request, "documents:list")


@login_required
@require_POST
def reingest(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = get_writable_document(user_of(request), document_id)
    with show_refusals(request, document.title):
        rate_limit.enforce(user_of(request), "upload")
        versions.reingest(document)
        messages.success(request, _("Reading %(title)s again.") % {"title": document.title})
    return redirect_back(request, "documents:list")


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Asks first, then deletes the document with its text, its vectors and its file."""
    document = get_writable_document(user_of(request), document_id)
    if request.method == "POST":
        deletion.delete(user_of(request), document)
        messages.success(request, _("Deleted: %(title)s") % {"title": document.title})
        return redirect("documents:list")
    name = "documents/_delete.html" if is_fragment(request) else "documents/delete.html"
    return render(request, name, {"document": document})
