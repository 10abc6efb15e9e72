"""The page of one's API keys. A new secret is in the answer to its form and nowhere else."""

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from accounts.credentials import keys
from accounts.models import ApiKey
from accounts.pages.account import require_user
from aiapp.errors import AppError, NotFound

DAYS = [
    ("30", gettext_lazy("30 days")),
    ("90", gettext_lazy("90 days")),
    ("365", gettext_lazy("a year")),
    ("", gettext_lazy("until it is deleted")),
]


# What is done in the administration, which is for staff.
FOR_STAFF = {ApiKey.Scope.SOURCES_READ, ApiKey.Scope.SOURCES_WRITE}


class KeyForm(forms.Form):
    name = forms.CharField(max_length=100, label=gettext_lazy("Purpose"))
    scopes = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=gettext_lazy("Permissions"),
    )
    days = forms.ChoiceField(choices=DAYS, required=False, label=gettext_lazy("Valid for"))

    def __init__(self, *args: Any, is_for_staff: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [scope for scope in ApiKey.Scope if is_for_staff or scope not in FOR_STAFF]
        scopes = cast("forms.MultipleChoiceField", self.fields["scopes"])
        scopes.choices = [(scope.value, scope.label) for scope in offered]


class Keys(LoginRequiredMixin, FormView):
    template_name = "accounts/keys.html"
    form_class = KeyForm

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"is_for_staff": require_user(self.request).is_staff}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(keys=require_user(self.request).api_keys.all(), **kwargs)

    def form_valid(self, form: KeyForm) -> HttpResponse:
        data = form.cleaned_data
        days = data["days"] and int(data["days"])
        expires = timezone.now() + timedelta(days=days) if days else None
        try:
            key_and_secret = keys.create(
                require_user(self.request),
                data["name"],
                data["scopes"],
                expires,
                self.request,
            )
        except AppError as error:
            form.add_error(None, error.message)
            return self.form_invalid(form)
        # No redirect: the secret would have to be kept somewhere on the way.
        form = KeyForm(is_for_staff=require_user(self.request).is_staff)
        return self.render_to_response(self.get_context_data(form=form, secret=key_and_secret[1]))


@login_required
@require_POST
def delete(request: HttpRequest, key_id: UUID) -> HttpResponse:
    try:
        keys.delete(require_user(request), key_id, request)
    except NotFound:
        messages.info(request, _("This key has already been deleted."))
    else:
        messages.success(
            request, _("The key has been deleted. Programs that use it are signed out.")
        )
    return redirect("accounts:keys")
