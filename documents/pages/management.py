"""The page on which a document's editors change it: versions, collection, who reads it."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.credentials.authentication import user_of
from accounts.limits import rate_limit
from documents.access import get_writable_document
from documents.library import collections, listing, origins, sharing, uploads, versions
from documents.library.describing import describe
from documents.library.shelves import list_shelves, upload_choices
from documents.metadata.lines import write_lines
from documents.models import Document
from documents.pages.forms import DetailsForm, GrantForm, group_names
from documents.pages.parts import show_refusals


@login_required
@require_GET
def manage(request: HttpRequest, document_id: UUID) -> HttpResponse:
    user = user_of(request)
    document = get_writable_document(user, document_id)
    context = {
        "document": document,
        "row": listing.row(user, document),
        "origin": origins.find_origin(document),
        # Who reads it, and where it is, is decided by its collection's owner and who added it.
        "is_own": user.pk in {document.collection.owner_id, document.added_by_id},
        "shares": document.shares.select_related("user", "group").order_by("pk"),
        "groups": group_names(user),
        "choices": upload_choices(list_shelves(user)),
        "accepted": uploads.ACCEPTED,
        "metadata": write_lines(document.metadata),
    }
    return render(request, "documents/manage.html", context)


@login_required
@require_POST
def change(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Another title, another collection."""
    user = user_of(request)
    document = get_writable_document(user, document_id)
    form = DetailsForm(request.POST)
    if not form.is_valid():
        reasons = form.errors.get("metadata")
        default = _("Enter a title of at most 300 characters.")
        messages.error(request, str(reasons[0]) if reasons else default)
        return _redirect_to_page(document)
    with show_refusals(request):
        if "metadata" in form.data and form.cleaned_data["metadata"] != document.metadata:
            describe(document, form.cleaned_data["metadata"])
        if form.cleaned_data["title"] != document.title:
            collections.retitle(document, form.cleaned_data["title"])
        into = form.collection_id()
        if into and into != document.collection_id:
            collections.move(user, document, into)
        messages.success(request, _("Saved."))
    return _redirect_to_page(document)


@login_required
@require_POST
def add_version(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = get_writable_document(user_of(request), document_id)
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("Choose a file."))
        return _redirect_to_page(document)
    with show_refusals(request, file.name or ""):
        rate_limit.enforce(user_of(request), "upload")
        version = versions.add(document, file, by=user_of(request))
        messages.success(request, _("Reading version %(n)d.") % {"n": version.number})
    return _redirect_to_page(document)


@login_required
@require_POST
def restrict(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = sharing.get_own_document(user_of(request), document_id)
    is_restricted = request.POST.get("restricted") == "on"
    sharing.restrict(user_of(request), document, is_restricted)
    messages.success(request, _("Saved."))
    return _redirect_to_page(document)


@login_required
@require_POST
def share(request: HttpRequest, document_id: UUID) -> HttpResponse:
    document = sharing.get_own_document(user_of(request), document_id)
    with show_refusals(request):
        grant = GrantForm(request.POST).grant()
        sharing.add_document_share(user_of(request), document, grant)
        messages.success(request, _("Shared with %(name)s.") % {"name": grant.user or grant.group})
    return _redirect_to_page(document)


@login_required
@require_POST
def unshare(request: HttpRequest, document_id: UUID, share_id: int) -> HttpResponse:
    document = sharing.get_own_document(user_of(request), document_id)
    sharing.remove_document_share(user_of(request), document, share_id)
    messages.success(request, _("No longer shared with them."))
    return _redirect_to_page(document)


def _redirect_to_page(document: Document) -> HttpResponse:
    return redirect("documents:manage", document.pk)
