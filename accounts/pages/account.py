"""Sign-up and the account's own pages; the rest are Django's views with our forms."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash, views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, UpdateView
from django.views.generic.edit import FormMixin

from accounts import audit
from accounts.credentials import tokens
from accounts.limits import budgets, ledger
from accounts.limits.rate_limit import limit
from accounts.models import Budget, User
from accounts.pages import forms
from accounts.people.sign_up import sign_up
from aiapp.errors import AppError, NotAllowed, NotAuthenticated

LANGUAGE_SECONDS = 365 * 24 * 3600
BACKEND = "django.contrib.auth.backends.ModelBackend"


class RateLimitMixin(FormMixin):
    """Answers 429 when the form says that there were too many tries."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.retry_after:
            response.status_code = 429
            response["Retry-After"] = str(form.retry_after)
        return response


class WithRequest(RateLimitMixin):
    """Gives the form the request, whose client's address it counts."""

    request: HttpRequest

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}


class SignIn(RateLimitMixin, views.LoginView):
    template_name = "accounts/login.html"
    authentication_form = forms.SignInForm
    redirect_authenticated_user = True


class SignUp(WithRequest, FormView):
    template_name = "accounts/signup.html"
    form_class = forms.SignUpForm
    success_url = reverse_lazy("chat:home")

    def dispatch(self, *args: Any, **kwargs: Any) -> Any:
        if not settings.REGISTRATION_OPEN:
            raise NotAllowed("New accounts are made by the administrator.")
        return super().dispatch(*args, **kwargs)

    def form_valid(self, form: forms.SignUpForm) -> HttpResponse:
        data = form.cleaned_data
        try:
            user = sign_up(data["username"], data["email"], data["password1"])
        except AppError as error:
            # Somebody took the name since the form looked.
            form.add_error(None, error.message)
            return self.form_invalid(form)
        login(self.request, user, BACKEND)
        return super().form_valid(form)


class Settings(LoginRequiredMixin, WithRequest, UpdateView):
    template_name = "accounts/settings.html"
    form_class = forms.ProfileForm
    success_url = reverse_lazy("accounts:settings")
    # The page's `user` is the saved one; this is the one that the form changes.
    context_object_name = "profile"

    def get_object(self, queryset: Any = None) -> User:
        return User.objects.get(pk=require_user(self.request).pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = require_user(self.request)
        used = ledger.sum_used_by(user, ledger.period_start(Budget.Period.MONTH))
        return super().get_context_data(
            **kwargs,
            used=used,
            budgets=budgets.list_states(user),
            languages=settings.LANGUAGES,
            language=self.request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, ""),
        )

    def form_valid(self, form: ModelForm) -> HttpResponse:
        messages.success(self.request, _("Saved."))
        return super().form_valid(form)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """The language of the pages in this browser; an empty one is the browser's own."""
    chosen = request.POST.get("language", "")
    response = redirect("accounts:settings")
    if chosen in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            chosen,
            max_age=LANGUAGE_SECONDS,
            secure=settings.SITE_IS_HTTPS,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


class SignOutEverywhere(LoginRequiredMixin, WithRequest, FormView):
    """Ends every other session and every token of the account."""

    template_name = "accounts/sign_out_everywhere.html"
    form_class = forms.SignOutEverywhereForm
    success_url = reverse_lazy("accounts:settings")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "user": require_user(self.request)}

    def form_valid(self, form: forms.SignOutEverywhereForm) -> HttpResponse:
        user = require_user(self.request)
        # Sessions and tokens are bound to the password's hash, which has a new salt now.
        user.set_password(form.cleaned_data["password"])
        with transaction.atomic():
            user.save(update_fields=["password"])
            tokens.revoke_all(user)
            audit.record(audit.Action.TOKENS_REVOKED, user, request=self.request)
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("You are signed out everywhere else."))
        return super().form_valid(form)


class PasswordChange(WithRequest, views.PasswordChangeView):
    template_name = "accounts/password_change.html"
    form_class = forms.PasswordChangeForm
    success_url = reverse_lazy("accounts:password_change_done")

    def form_valid(self, form: Any) -> HttpResponse:
        audit.record(
            audit.Action.PASSWORD_CHANGED, require_user(self.request), request=self.request
        )
        return super().form_valid(form)


class PasswordReset(WithRequest, views.PasswordResetView):
    template_name = "accounts/password_reset.html"
    form_class = forms.PasswordResetForm
    success_url = reverse_lazy("accounts:password_reset_done")


class PasswordResetConfirm(views.PasswordResetConfirmView):
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("accounts:password_reset_complete")

    def form_valid(self, form: Any) -> HttpResponse:
        audit.record(audit.Action.PASSWORD_CHANGED, form.user, request=self.request)
        return super().form_valid(form)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        limit(request, "password-reset-link")
        return super().dispatch(request, *args, **kwargs)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """In place of the admin's own form, which counts no tries and knows no e-mail address."""
    if request.user.is_authenticated:
        raise NotAllowed("Your account may not open the administration.")
    return redirect_to_login(request.GET.get("next", "/admin/"))


def require_user(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise NotAuthenticated()
    return request.user
