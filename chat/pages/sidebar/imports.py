"""The page where chats are brought in from elsewhere."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.credentials.authentication import user_of
from aiapp.errors import AppError, InvalidInput
from chat.conversations import access
from chat.importing import uploads

SHOWN = 5


@login_required
@require_http_methods(["GET", "POST"])
def import_chats(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    error: AppError | None = None
    if request.method == "POST":
        try:
            file = request.FILES.get("file")
            if file is None:
                raise InvalidInput(_("Choose a file first."))
            uploads.accept(user, file)
        except AppError as refused:
            error = refused
        else:
            return redirect("chat:import")
    context = {
        "imports": access.imports(user)[:SHOWN],
        "error": error,
        "max_megabytes": settings.DOCUMENT_MAX_BYTES // (1024 * 1024),
    }
    return render(request, "chat/import.html", context, status=error.status if error else 200)


@login_required
@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """The list alone, for a page that follows it."""
    context = {"imports": access.imports(user_of(request))[:SHOWN]}
    return render(request, "chat/_imports.html", context)
