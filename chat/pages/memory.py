"""The pages of what is kept in mind: facts about a user, and what a model got for an answer."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.errors import AppError, NotFound
from chat.conversations import access
from chat.memory import facts
from chat.turns import prompt_snapshot

NAMES = {
    "rules": gettext_lazy("The rules of this site"),
    "instructions": gettext_lazy("Your instructions"),
    "facts": gettext_lazy("What is known about you"),
    "notes": gettext_lazy("Notes on earlier messages"),
    "history": gettext_lazy("The chat so far"),
    "passages": gettext_lazy("Passages"),
    "tools": gettext_lazy("Tools"),
    "question": gettext_lazy("Your question"),
    "request": gettext_lazy("A program's messages"),
}


@login_required
@require_http_methods(["GET", "POST"])
def facts_page(request: HttpRequest) -> HttpResponse:
    """All facts. A form holds `switch`, `forget`, or the `text` of another one."""
    user = user_of(request)
    if request.method == "POST":
        return _after(request, user)
    return render(
        request,
        "chat/facts.html",
        {"facts": facts.of(user), "on": facts.are_on(user), "most": facts.MAX_CHARS},
    )


def _after(request: HttpRequest, user: User) -> HttpResponse:
    if "switch" in request.POST:
        facts.switch(user, on=request.POST["switch"] == "on")
        messages.success(request, _("Saved."))
    elif "forget" in request.POST:
        facts.of(user).delete()
        messages.success(request, _("Everything is forgotten."))
    else:
        try:
            facts.add(user, request.POST.get("text", ""))
            messages.success(request, _("Saved."))
        except AppError as error:
            messages.error(request, error.message)
    return redirect("chat:facts")


@login_required
@require_POST
def fact(request: HttpRequest, fact_id: UUID) -> HttpResponse:
    """Correct a fact; with the name `delete` in the form, forget it."""
    found = facts.get(user_of(request), fact_id)
    if "delete" in request.POST:
        found.delete()
        messages.success(request, _("Deleted."))
        return redirect("chat:facts")
    try:
        facts.change(found, request.POST.get("text", ""))
        messages.success(request, _("Saved."))
    except AppError as error:
        messages.error(request, error.message)
    return redirect("chat:facts")


@login_required
@require_GET
def show_prompt(request: HttpRequest, message_id: UUID) -> HttpResponse:
    user = user_of(request)
    answer = access.get_message(user, message_id)
    found = prompt_snapshot.load_snapshot(user, answer)
    if found is None:
        raise NotFound("There is no such prompt.")
    parts = [(NAMES[part.name], part) for part in found.parts]
    return render(request, "chat/told.html", {"answer": answer, "told": found, "parts": parts})
