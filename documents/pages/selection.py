"""Several documents at once, and pages of the web: what the list's smaller forms do."""

from typing import cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import alogin_required, user_of
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput, NotFound
from documents.access import get_writable_collection, get_writable_document
from documents.files import deletion
from documents.library import collections, web_pages
from documents.models import Document
from documents.pages.forms import ChosenForm, WebPageForm
from documents.pages.parts import redirect_back, show_refusals


@login_required
@require_POST
def change_selected(request: HttpRequest) -> HttpResponse:
    """Moves the ticked documents, or asks whether to delete them and then does."""
    form = ChosenForm(request.POST)
    documents: list[Document] = []
    with show_refusals(request):
        ids = form.documents(request)
        documents = [get_writable_document(user_of(request), each) for each in ids]
    if documents and request.POST.get("do") == "delete":
        if request.POST.get("sure") != "yes":
            return _ask(request, documents)
        _delete(request, documents)
    elif documents:
        _move(request, documents, form)
    return redirect_back(request, "documents:list")


def _ask(request: HttpRequest, documents: list[Document]) -> HttpResponse:
    context = {
        "documents": documents,
        "next": request.POST.get("next", ""),
        "part": "documents/_chosen_delete.html",
        "title": _("Delete these documents?"),
    }
    return render(request, "documents/form_page.html", context)


def _delete(request: HttpRequest, documents: list[Document]) -> None:
    for document in documents:
        deletion.delete(user_of(request), document)
    n = len(documents)
    messages.success(request, ngettext("%(n)d deleted.", "%(n)d deleted.", n) % {"n": n})


def _move(request: HttpRequest, documents: list[Document], form: ChosenForm) -> None:
    with show_refusals(request):
        into: UUID | None = form.cleaned_data.get("into") if form.is_valid() else None
        if into is None:
            raise InvalidInput(_("Choose the collection to move them to."))
        collection = get_writable_collection(user_of(request), into)
        moved = 0
        for document in documents:
            with show_refusals(request, document.title):
                collections.move(user_of(request), document, into)
                moved += 1
        if moved:
            said = ngettext("%(n)d moved to %(name)s.", "%(n)d moved to %(name)s.", moved)
            messages.success(request, said % {"n": moved, "name": collection.name})


@alogin_required
@require_POST
async def web_page(request: HttpRequest) -> HttpResponse:
    """Take in a web page by its address, where the operator allows it."""
    if not settings.FETCH_PAGES:
        raise NotFound
    user = cast(User, await request.auser())
    form = WebPageForm(request.POST)
    with show_refusals(request):
        address, into = form.address(), form.collection_id()
        collection = await in_db(get_writable_collection, user, into) if into else None
        await rate_limit.aenforce(user, "upload")
        # The page's server may take its time.
        await release_request_connection()
        document = await web_pages.add(user, address, collection)
        messages.success(request, _("Added: %(title)s") % {"title": document.title})
    return redirect_back(request, "documents:list")
