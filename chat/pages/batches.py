"""The pages of batches: many questions at once, or a document's summary, with their results."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.credentials.authentication import user_of
from accounts.limits import rate_limit
from accounts.models import User
from aiapp.errors import AppError
from aiapp.sql.deletion import delete_rows
from chat.batches import results, starting
from chat.conversations import access
from chat.conversations.withholding import withhold_batches
from chat.models import Batch
from chat.pages import transcript
from documents.access import readable_collections

SHOWN = 20
LINES = {"rows": 8, "placeholder": gettext_lazy("One question per line")}


class BatchForm(forms.Form):
    questions = forms.CharField(
        label=gettext_lazy("Questions"), required=False, widget=forms.Textarea(attrs=LINES)
    )
    file = forms.FileField(
        label=gettext_lazy("Or a file: one question per line, or the first column of a CSV"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".txt,.csv,text/plain,text/csv"}),
    )
    collection: Any = forms.ModelChoiceField(
        label=gettext_lazy("Documents"), queryset=None, required=False
    )
    model = forms.ChoiceField(label=gettext_lazy("Model"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        collection: Any = self.fields["collection"]
        collection.queryset = readable_collections(user).order_by("name")
        collection.empty_label = _("Everything I may read")
        self.fields["model"].choices = transcript.model_choices(user)  # type: ignore[attr-defined]

    def start(self, user: User) -> Batch:
        """Raises InvalidInput."""
        told = self.cleaned_data
        questions = told["questions"].splitlines()
        if told["file"] is not None:
            questions += starting.parse_questions(told["file"])
        chosen = told["collection"]
        return starting.ask_all(user, questions, told["model"], [chosen.pk] if chosen else None)


@login_required
@require_http_methods(["GET", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """The list, and the form for another."""
    user, error = user_of(request), None
    form = BatchForm(user, request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            rate_limit.enforce(user, "ask")
            return redirect(form.start(user))
        except AppError as refused:
            error = refused
    shown = withhold_batches(user, access.batches(user)[:SHOWN])
    context = {"batches": shown, "form": form, "error": error}
    return render(request, "chat/batches.html", context, status=error.status if error else 200)


@login_required
@require_POST
def summarise(request: HttpRequest, document_id: UUID) -> HttpResponse:
    """Have a document summed up by the model that new chats begin with."""
    user = user_of(request)
    rate_limit.enforce(user, "ask")
    return redirect(starting.summarise(user, document_id, transcript.model_of_new_chats(user)))


@login_required
@require_GET
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    return render(request, "chat/batch.html", _context(request, batch_id))


@login_required
@require_GET
def batch_state(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Return the batch's progress and results, for a page that follows it."""
    return render(request, "chat/_batch.html", _context(request, batch_id))


@login_required
@require_POST
def act(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """With `cancel`, `resume` or `delete` in the form."""
    found = access.get_batch(user_of(request), batch_id)
    if "delete" in request.POST:
        delete_rows(found)
        return redirect("chat:batches")
    if "cancel" in request.POST:
        starting.cancel(found)
    elif "resume" in request.POST:
        starting.resume(found)
    return redirect(found)


@login_required
@require_GET
def result(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The result as a table for spreadsheets."""
    user = user_of(request)
    found = access.get_batch(user, batch_id)
    return table(user, found)


def table(user: User, found: Batch) -> HttpResponse:
    text = results.format_table(results.items(user, found))
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="answers.csv"'
    return response


def _context(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    user = user_of(request)
    found = access.get_batch(user, batch_id)
    items = results.items(user, found)
    return {
        "batch": found,
        "items": items,
        "done": sum(item.state != item.State.PENDING for item in items),
        "failed": sum(item.state == item.State.FAILED for item in items),
        # Of a summary, the whole stands first.
        "whole": items[-1] if found.kind == found.Kind.SUMMARY and items else None,
    }
