"""Make, rename, share and delete collections; only an owner's own, and without JavaScript."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials.authentication import user_of
from aiapp.errors import Conflict
from documents.access import get_collection, get_own_collection
from documents.library import collections, sharing
from documents.models import Collection
from documents.pages.forms import GrantForm, NameForm, group_names
from documents.pages.parts import is_fragment, show_refusals


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST or None)
    if form.is_valid():
        try:
            made = collections.create(user_of(request), form.cleaned_data["name"])
        except Conflict as error:
            form.add_error("name", error.message)
        else:
            return _redirect_to_list(made)
    name = "documents/_collection_new.html" if is_fragment(request) else "documents/form_page.html"
    context = {"form": form, "part": "documents/_collection_new.html", "title": _("New collection")}
    return render(request, name, context)


@login_required
@require_GET
def collection(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Its name, who reads it, and its end."""
    user = user_of(request)
    found = get_own_collection(user, collection_id)
    context = {
        "collection": found,
        "name_form": NameForm({"name": found.name}),
        "shares": found.shares.select_related("user", "group").order_by("pk"),
        "groups": group_names(user),
        "count": found.documents.count(),
    }
    return render(request, "documents/collection.html", context)


@login_required
@require_POST
def rename(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    found = get_own_collection(user_of(request), collection_id)
    form = NameForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Enter a name of at most 200 characters."))
        return _redirect_to_page(found)
    with show_refusals(request):
        collections.rename(user_of(request), found, form.cleaned_data["name"])
        messages.success(request, _("Renamed."))
    return _redirect_to_page(found)


@login_required
@require_POST
def share(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """One more person or group, or another role for one that is there."""
    found = get_own_collection(user_of(request), collection_id)
    with show_refusals(request):
        grant = GrantForm(request.POST).grant()
        sharing.add_collection_share(user_of(request), found, grant)
        messages.success(request, _("Shared with %(name)s.") % {"name": grant.user or grant.group})
    return _redirect_to_page(found)


@login_required
@require_POST
def unshare(request: HttpRequest, collection_id: UUID, share_id: int) -> HttpResponse:
    found = get_own_collection(user_of(request), collection_id)
    sharing.remove_collection_share(user_of(request), found, share_id)
    messages.success(request, _("No longer shared with them."))
    return _redirect_to_page(found)


@login_required
@require_POST
def everyone(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    found = get_own_collection(user_of(request), collection_id)
    is_open = request.POST.get("everyone") == "on"
    sharing.set_everyone(user_of(request), found, is_open)
    if is_open:
        messages.success(request, _("Everyone who is signed in may read it."))
        if not user_of(request).has_perm(sharing.PUBLISH):
            messages.info(request, _("It is used for their questions only if they choose it."))
    else:
        messages.success(request, _("Only the people below may read it."))
    return _redirect_to_page(found)


@login_required
@require_POST
def set_searched(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Set whether the user's own searches look into it when no collection is chosen."""
    found = get_collection(user_of(request), collection_id)
    is_searched = request.POST.get("searched") == "on"
    sharing.choose_searched(user_of(request), found, is_searched)
    if is_searched:
        messages.success(request, _("It is used for your questions as well."))
    else:
        messages.success(request, _("It is used for your questions only if you choose it."))
    return _redirect_to_list(found)


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest, collection_id: UUID) -> HttpResponse:
    """Asks first, then deletes the collection with all its documents."""
    found = get_own_collection(user_of(request), collection_id)
    if request.method == "POST":
        collections.delete(user_of(request), found)
        messages.success(request, _("Deleted: %(title)s") % {"title": found.name})
        return redirect("documents:list")
    part = "documents/_collection_delete.html"
    context = {
        "collection": found,
        "count": found.documents.count(),
        "part": part,
        "title": _("Delete this collection?"),
    }
    return render(request, part if is_fragment(request) else "documents/form_page.html", context)


def _redirect_to_list(collection: Collection) -> HttpResponse:
    return redirect(f"{resolve_url('documents:list')}?collection={collection.pk}")


def _redirect_to_page(collection: Collection) -> HttpResponse:
    return redirect("documents:collection", collection.pk)
