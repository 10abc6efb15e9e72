"""The page of the administration where models are downloaded for the site's own server."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.credentials.authentication import user_of
from aiapp.embedded.hub.files import HubFile
from aiapp.embedded.hub.shortlist import SUGGESTIONS, suggest
from aiapp.errors import AppError, InvalidInput
from chat.admin.endpoint_pages import by_superusers
from chat.endpoints import downloads, own_server
from chat.models import ModelDownload
from documents.admin.bases import LIVE, page

PAGE, ASK, CHANGE, SHELF = (
    f"chat_endpoint_{name}" for name in ("download", "ask", "change_download", "shelf")
)
TEMPLATE = "admin/chat/endpoint/download.html"


def list_urls(wrap: Callable[..., Callable[..., HttpResponse]]) -> list[URLPattern]:
    """Return the addresses below those of endpoints; `wrap` guards a view."""
    return [
        path("download/", wrap(show), name=PAGE),
        path("download/ask/", wrap(ask), name=ASK),
        path("download/<uuid:pk>/", wrap(change), name=CHANGE),
        path("download/shelf/", wrap(arrange), name=SHELF),
    ]


@by_superusers
def show(request: HttpRequest) -> HttpResponse:
    """Show what can be downloaded, what is under way, and what is here."""
    repository = request.GET.get("repository", "").strip()
    files: list[HubFile] | None = None
    if repository:
        try:
            files = _list_files(repository)
        except AppError as error:
            messages.error(request, error.message)
    shelf = own_server.get_shelf()
    unfinished = list(ModelDownload.objects.exclude(state=ModelDownload.State.DONE))
    context = {
        "is_there": own_server.is_there(),
        "suggestions": SUGGESTIONS,
        "suggestion": suggest(),
        "repository": repository,
        "files": files,
        "downloads": unfinished,
        "is_active": any(row.is_active for row in unfinished),
        "models": shelf.list_models(),
        "choice": shelf.choice,
        "live": LIVE,
    }
    return page(request, TEMPLATE, _("Download a model"), **context)


def _list_files(repository: str) -> list[HubFile]:
    # Imported here: it takes a third of a second, which no other page needs.
    from aiapp.embedded.hub.repository import list_files  # noqa: PLC0415

    files = list_files(repository)
    if not files:
        raise InvalidInput(
            _("%(repository)s has no model in a single GGUF file.") % {"repository": repository}
        )
    return files


@require_POST
@by_superusers
def ask(request: HttpRequest) -> HttpResponse:
    """Begin a download."""
    repository, name = request.POST.get("repository", ""), request.POST.get("name", "")
    try:
        row = downloads.ask_for(user_of(request), repository, name)
    except AppError as error:
        messages.error(request, error.message)
    else:
        told = _("%(model)s is being downloaded. You can leave this page.")
        messages.success(request, told % {"model": row.name})
    return redirect(f"admin:{PAGE}")


@require_POST
@by_superusers
def change(request: HttpRequest, pk: str) -> HttpResponse:
    """Pause a download, go on with it, or give it up."""
    acts: Mapping[str, Callable[[ModelDownload], None]] = {
        "pause": downloads.pause,
        "resume": downloads.resume,
        "discard": downloads.discard,
    }
    row = get_object_or_404(ModelDownload, pk=pk)
    if act := acts.get(request.POST.get("act", "")):
        act(row)
    return redirect(f"admin:{PAGE}")


@require_POST
@by_superusers
def arrange(request: HttpRequest) -> HttpResponse:
    """Have the server serve a model or none, or delete one."""
    name, act = request.POST.get("name", ""), request.POST.get("act", "")
    try:
        if act == "use":
            own_server.use(name)
            told = _("%(model)s is being loaded and will answer in a few seconds.")
            messages.success(request, told % {"model": name})
        elif act == "rest":
            own_server.rest()
        elif act == "remove":
            own_server.remove(name)
    except AppError as error:
        messages.error(request, error.message)
    return redirect(f"admin:{PAGE}")
