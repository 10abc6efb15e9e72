"""The forms of sign-up, sign-in and the account's own page."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib.auth import forms as auth_forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.limits.rate_limit import limit, limit_session
from accounts.lookalikes import BAD_EMAIL
from accounts.models import TAKEN, User
from accounts.names import (
    count_key,
    find_account,
    is_taken,
    refuse_controls,
)
from accounts.tasks import send_reset_link
from aiapp.errors import TooManyRequests

MAX_PASSWORD_CHARS = 1000
# Of an e-mail address, which signs in as a user name does.
MAX_NAME = 254


def current_password(**options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
    return forms.CharField(strip=False, max_length=MAX_PASSWORD_CHARS, widget=widget, **options)


class RateLimitedForm(forms.BaseForm):
    """Counts its tries. The view answers 429 when `retry_after` is set."""

    retry_after = 0

    def count_try(self, request: HttpRequest | None, group: str, name: str = "") -> None:
        if request is None:
            return
        self._count(lambda: limit(request, group, name))

    def count_confirmation(self, request: HttpRequest, user: User) -> None:
        """Count a password that somebody who is signed in gives once more."""
        self._count(lambda: limit_session(request, user))

    def _count(self, count: Callable[[], None]) -> None:
        try:
            count()
        except TooManyRequests as error:
            self.retry_after = error.retry_after or 1
            raise ValidationError(
                _("Too many attempts. Try again in %(seconds)s seconds."),
                code="too_many_requests",
                params={"seconds": self.retry_after},
            ) from error


class SignUpForm(RateLimitedForm, auth_forms.BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean(self) -> dict[str, Any]:
        self.count_try(self._request, "sign-up")
        super().clean()
        return self.cleaned_data

    def validate_unique(self) -> None:
        """In place of Django's, which says which of the two is taken, and minds the case."""
        names = [self.cleaned_data[n] for n in ("username", "email") if n in self.cleaned_data]
        # What looks like a name that is taken was refused before, in the same words.
        is_refused = self.has_error(NON_FIELD_ERRORS, "account_exists")
        if names and not is_refused and is_taken(*names):
            self.add_error(None, ValidationError(TAKEN, code="account_exists"))


class SignInForm(RateLimitedForm, auth_forms.AuthenticationForm):
    """Takes the user name or the e-mail address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        username = self.fields["username"]
        username.label = _("Username or email address")
        # An address may be longer than a user name; Django's form takes the model's length.
        username.max_length = MAX_NAME  # type: ignore[attr-defined]
        username.widget.attrs["maxlength"] = MAX_NAME
        # Stripped later, for of control characters some would count as white space here.
        username.strip = False  # type: ignore[attr-defined]
        username.validators.append(refuse_controls)

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username", "")
        # Counted also where it was refused.
        written = name or str(self.data.get("username", ""))[:MAX_NAME]
        self.count_try(self.request, "sign-in", count_key(written))
        if user := find_account(name):
            self.cleaned_data["username"] = user.username
        return super().clean()


class ProfileForm(RateLimitedForm, forms.ModelForm):
    """Whoever changes the address can have the password reset, so it takes the password."""

    current_password = current_password(
        label=_("Your password"),
        required=False,
        help_text=_("Required to change the email address."),
    )

    class Meta:
        model = User
        fields: ClassVar = ["first_name", "last_name", "email"]
        labels: ClassVar = {"email": _("Email address")}

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean(self) -> dict[str, Any]:
        super().clean()
        email = self.cleaned_data.get("email")
        if email and email != self.initial["email"].lower():
            self._check_password()
            if not email.rpartition("@")[0].isascii():
                self.add_error("email", ValidationError(BAD_EMAIL, code="bad_email"))
            if is_taken(email, besides=self.instance):
                self.add_error("email", ValidationError(TAKEN, code="account_exists"))
        return self.cleaned_data

    def validate_unique(self) -> None:
        """Done in `clean`."""

    def _check_password(self) -> None:
        self.count_confirmation(self._request, self.instance)
        if not self.instance.check_password(self.cleaned_data.get("current_password", "")):
            self.add_error("current_password", _("This is not your password."))


class PasswordChangeForm(RateLimitedForm, auth_forms.PasswordChangeForm):
    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_old_password(self) -> str:
        self.count_confirmation(self._request, self.user)
        return super().clean_old_password()


class SignOutEverywhereForm(RateLimitedForm, forms.Form):
    password = current_password(label=_("Your password"))

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self._user = user

    def clean_password(self) -> str:
        self.count_confirmation(self._request, self._user)
        password: str = self.cleaned_data["password"]
        if not self._user.check_password(password):
            raise ValidationError(_("This is not your password."))
        return password


class LeaveForm(RateLimitedForm, forms.Form):
    """The password; or the user name, from whom signs in elsewhere and has none here."""

    confirmation = forms.CharField(max_length=200)

    def __init__(self, *args: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request
        self._user = user
        field = self.fields["confirmation"]
        if user.has_usable_password():
            self.fields["confirmation"] = current_password(label=_("Your password"))
        else:
            field.label = _("Your username, to confirm")

    def clean_confirmation(self) -> str:
        self.count_confirmation(self._request, self._user)
        confirmation: str = self.cleaned_data["confirmation"]
        if self._user.has_usable_password():
            if not self._user.check_password(confirmation):
                raise ValidationError(_("This is not your password."))
        elif confirmation != self._user.username:
            raise ValidationError(_("This is not your username."))
        return confirmation


class PasswordResetForm(RateLimitedForm, auth_forms.PasswordResetForm):
    """The mail is sent by a worker: a mail server's answer would tell who has an account."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.count_try(self._request, "password-reset", count_key(email))
        return email

    def save(self, *args: Any, **kwargs: Any) -> None:
        for user in self.get_users(self.cleaned_data["email"]):
            send_reset_link.delay(str(user.pk), get_language() or "en")
