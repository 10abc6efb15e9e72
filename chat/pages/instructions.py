"""The page of a user's own instructions."""

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.credentials.authentication import user_of
from chat.models import Instructions
from chat.pages.transcript import model_choices


class InstructionsForm(forms.ModelForm):
    model = forms.ChoiceField(label=gettext_lazy("Model for new chats"), required=False)

    class Meta:
        model = Instructions
        fields = ("text", "enabled", "model", "titles", "follow_ups")
        labels: ClassVar = {
            "text": gettext_lazy("About you, and how to answer"),
            "enabled": gettext_lazy("Use them in new answers"),
            "titles": gettext_lazy("Have a model name new chats"),
            "follow_ups": gettext_lazy("Suggest questions to go on with after an answer"),
        }
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = model_choices(self.instance.owner)
        self.fields["model"].choices = [("", _("The one used most recently")), *names]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        # PostgreSQL stores no NUL.
        text: str = self.cleaned_data["text"]
        return text.replace("\x00", "")


@login_required
@require_http_methods(["GET", "POST"])
def instructions(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    kept = Instructions.objects.filter(owner=user).first() or Instructions(owner=user)
    form = InstructionsForm(request.POST or None, instance=kept)
    if form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("chat:instructions")
    return render(request, "chat/instructions.html", {"form": form})
