"""Sign-up and the account's own page; the rest are Django's views with our forms."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import CreateView, UpdateView
from django.views.generic.base import ContextMixin

from accounts.forms import ProfileForm, SignInForm, SignUpForm
from accounts.models import User
from accounts.rate_limit import limit
from aiapp.errors import NotAllowed


class SignIn(views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignUp(CreateView):
    template_name = "accounts/signup.html"
    form_class = SignUpForm
    success_url = reverse_lazy("chat:home")

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        if not settings.REGISTRATION_OPEN:
            raise NotAllowed("New accounts are made by the administrator.")
        return super().dispatch(*args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        response = super().form_valid(form)
        login(self.request, form.instance, "django.contrib.auth.backends.ModelBackend")
        return response


class Settings(LoginRequiredMixin, UpdateView, ContextMixin):
    template_name = "accounts/settings.html"
    form_class = ProfileForm
    success_url = reverse_lazy("accounts:settings")

    def get_object(self, queryset: Any = None) -> User:
        user = self.request.user
        if not isinstance(user, User):
            raise NotAllowed()
        return user

    def form_valid(self, form: ProfileForm) -> HttpResponse:
        messages.success(self.request, _("Saved."))
        return super().form_valid(form)


class PasswordChange(views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("accounts:password_change_done")


class PasswordReset(views.PasswordResetView):
    """The mail's link names our own address, never the one that the request came to."""

    template_name = "accounts/password_reset.html"
    email_template_name = "accounts/password_reset_email.txt"
    subject_template_name = "accounts/password_reset_subject.txt"
    success_url = reverse_lazy("accounts:password_reset_done")
    extra_email_context = {"site_url": settings.SITE_URL}  # noqa: RUF012 - Django's own attribute

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        limit(self.request, "password-reset", form.cleaned_data["email"])
        return super().form_valid(form)


class PasswordResetConfirm(views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")
