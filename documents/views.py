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

from accounts.models import User
from aiapp.errors import AppError
from documents import deletion, listing, uploads, versions
from documents.access import get_writable_document
from documents.forms import ListQuery


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@login_required
@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "documents/list.html",
        {
            "listing": listing.listing(_user(request), ListQuery(request.GET).query()),
            "filters": {name: words for name, (words, _states) in listing.FILTERS.items()},
            "max_megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
            "accepted": uploads.ACCEPTED,
        },
    )


@login_required
@require_GET
def rows(request: HttpRequest) -> HttpResponse:
    """The rows alone, for a page that follows unfinished documents."""
    found = listing.listing(_user(request), ListQuery(request.GET).query())
    return render(request, "documents/_rows.html", {"listing": found})


@login_required
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Any number of files from a form; what cannot be taken is named with its reason."""
    files = cast("list[UploadedFile]", request.FILES.getlist("files"))
    if not files:
        messages.error(request, _("Choose at least one file."))
    added = sum(_is_accepted(request, file) for file in files)
    if added:
        text = ngettext("%(n)d document added.", "%(n)d documents added.", added)
        messages.success(request, text % {"n": added})
    return redirect("documents:list")


def _is_accepted(request: HttpRequest, file: UploadedFile) -> bool:
    try:
        uploads.accept(_user(request), file)
    except AppError as error:
        name = (file.name or "")[:100]
        messages.error(request, _("%(name)s: %(reason)s") % {"name": name, "reason": error.message})
        return False
    return True


@login_required
@require_POST
def retry(request: HttpRequest, document_id: UUID) -> HttpResponse:
    user = _user(request)
    versions.retry(get_writable_document(user, document_id))
    return redirect("documents:list")


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Asks first, then deletes the document with its text, its vectors and its file."""
    user = _user(request)
    document = get_writable_document(user, document_id)
    if request.method == "POST":
        deletion.delete(user, document)
        messages.success(request, _("Deleted: %(title)s") % {"title": document.title})
        return redirect("documents:list")
    is_script = request.headers.get("X-Requested-With") == "fetch"
    name = "documents/_delete.html" if is_script else "documents/delete.html"
    return render(request, name, {"document": document})
