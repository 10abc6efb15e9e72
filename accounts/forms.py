"""The forms of sign-up, sign-in and the account's own page."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.rate_limit import limit
from aiapp.errors import TooManyRequests


class SignUpForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean(self) -> dict[str, Any]:
        _limit(self._request, "sign-up")
        super().clean()
        return self.cleaned_data


class SignInForm(AuthenticationForm):
    """Takes the user name or the e-mail address."""

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        if self.request is not None:
            _limit(self.request, "sign-in", name)
        if "@" in name:
            user = User.objects.filter(email__iexact=name).first()
            self.cleaned_data["username"] = user.username if user else name
        return super().clean()


class ProfileForm(forms.ModelForm):
    class Meta:
        model = User
        fields: ClassVar = ["first_name", "last_name", "email"]


def _limit(request: HttpRequest, group: str, name: str = "") -> None:
    try:
        limit(request, group, name)
    except TooManyRequests as error:
        raise ValidationError(
            _("Too many tries. Wait %(seconds)s seconds and try again."),
            code="too_many_requests",
            params={"seconds": error.retry_after},
        ) from error
