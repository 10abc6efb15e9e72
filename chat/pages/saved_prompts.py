"""The prompt library: texts that somebody keeps and puts into the box by their titles."""

from typing import ClassVar
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.credentials.authentication import user_of
from aiapp.concurrency.locks import lock_until_commit
from aiapp.text.invisible import remove_invisible
from chat.conversations import access
from chat.models import Origin, SavedPrompt


class PromptForm(forms.ModelForm):
    class Meta:
        model = SavedPrompt
        fields = ("title", "text")
        labels: ClassVar = {"title": gettext_lazy("Title"), "text": gettext_lazy("Text")}
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 8})}

    def clean_title(self) -> str:
        title = remove_invisible(self.cleaned_data["title"]).strip()
        if not title:
            raise forms.ValidationError(_("Enter a title."))
        others = access.prompts(self.instance.owner).exclude(pk=self.instance.pk)
        if others.filter(title=title).exists():
            raise forms.ValidationError(_("You already have a prompt with this title."))
        return title


def _save_form(form: PromptForm) -> bool:
    if not form.is_bound:
        return False
    with transaction.atomic():
        # Of two of one title at once, the second finds the first.
        lock_until_commit(f"prompts {form.instance.owner_id}")
        if form.is_valid():
            form.save()
        return form.is_valid()


@login_required
@require_http_methods(["GET", "POST"])
def prompts(request: HttpRequest) -> HttpResponse:
    """All of them, and the form for another."""
    user = user_of(request)
    form = PromptForm(request.POST or None, instance=SavedPrompt(owner=user))
    if _save_form(form):
        messages.success(request, _("Saved. Type / in the message box to use it."))
        return redirect("chat:prompts")
    return render(request, "chat/prompts.html", {"prompts": access.prompts(user), "form": form})


@login_required
@require_http_methods(["GET", "POST"])
def prompt(request: HttpRequest, prompt_id: UUID) -> HttpResponse:
    """One to change; with the name `delete` in the form, to delete."""
    saved = access.get_prompt(user_of(request), prompt_id)
    if "delete" in request.POST:
        saved.delete()
        messages.success(request, _("Deleted."))
        return redirect("chat:prompts")
    form = PromptForm(request.POST or None, instance=saved)
    if form.is_valid() and "text" in form.changed_data:
        form.instance.origin = Origin.OWN
    if _save_form(form):
        messages.success(request, _("Saved."))
        return redirect("chat:prompts")
    return render(request, "chat/prompt.html", {"form": form, "prompt": saved})
