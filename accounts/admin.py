from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from accounts.credentials.authentication import user_of
from accounts.limits import budgets, ledger
from accounts.models import (
    ApiKey,
    AuditEntry,
    Budget,
    LedgerEntry,
    Price,
    RefreshSession,
    User,
)
from accounts.people.powers import (
    OF_SUPERUSERS,
    OF_THE_SITE,
    BySuperusers,
    OfAccounts,
    is_superuser,
    may_change_account,
)
from aiapp.admin import (
    DeletedTogether,
    Guarded,
    ModelAdmin,
    NeverAdded,
    ReadOnly,
)

admin.site.unregister(Group)


@admin.register(Group)
class GroupsAdmin(BySuperusers, DeletedTogether, Guarded, GroupAdmin):
    """A group gives its members permissions, and what is shared with it by its name."""


@admin.register(User)
class AccountAdmin(OfAccounts, DeletedTogether, Guarded, UserAdmin):
    """Staff changes accounts that can do no more than itself, and only superusers give powers."""

    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser")
    list_filter += (("groups", admin.RelatedOnlyFieldListFilter),)
    ordering = ("username",)
    date_hierarchy = "date_joined"
    # Django's own leaves the address out, of which there may be no two empty ones.
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": ("username", "email", "usable_password", "password1", "password2"),
            },
        ),
    )

    def may_touch(self, request: HttpRequest, obj: User) -> bool:
        return may_change_account(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        fields = [*super().get_readonly_fields(request, obj), *OF_THE_SITE]
        if is_superuser(request):
            return fields
        # Whoever changes their own address shows that they know their password (settings).
        own = ["email"] if obj is not None and obj.pk == request.user.pk else []
        return [*fields, *OF_SUPERUSERS, *own]

    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """One's own password is changed by who knows it, and tries are counted there."""
        user = self.get_object(request, unquote(id))
        if user is not None and user.pk == request.user.pk and user.has_usable_password():
            return redirect("accounts:password_change")
        return super().user_change_password(request, id, form_url)


@admin.register(RefreshSession)
class RefreshSessionAdmin(NeverAdded, OfAccounts, ModelAdmin):
    """The API clients that are signed in; no token can be read here, only its traces."""

    list_display = ("user", "created", "expires", "used", "revoked")
    list_filter = ("revoked",)
    search_fields = ("user__username",)
    fields: ClassVar = ["user", "family", "created", "expires", "used", "revoked"]
    readonly_fields = fields


@admin.register(ApiKey)
class ApiKeyAdmin(NeverAdded, OfAccounts, ModelAdmin):
    """Everybody's keys, to see what is used and to delete; no secret is kept to be read."""

    list_display = ("name", "prefix", "user", "scopes", "created", "expires", "last_used")
    search_fields = ("user__username", "name", "prefix")
    list_select_related = ("user",)
    date_hierarchy = "created"
    fields: ClassVar = [
        *("user", "name", "prefix", "scopes"),
        *("created", "expires", "last_used"),
    ]
    readonly_fields = fields


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, ModelAdmin):
    """An admin to read only: not even a superuser changes anything there."""

    list_display = ("at", "username", "action", "kind", "object_id", "address")
    list_filter = ("action",)
    search_fields = ("username", "object_id", "address")
    date_hierarchy = "at"
    fields: ClassVar = [*list_display]
    readonly_fields = fields


@admin.register(Price)
class PriceAdmin(ModelAdmin):
    """US dollars for a million tokens; without an entry a model costs nothing."""

    list_display = ("model", "input", "output")
    list_editable = ("input", "output")
    search_fields = ("model",)


@admin.register(Budget)
class BudgetAdmin(OfAccounts, ModelAdmin):
    """Nobody but a superuser sets what they may use themselves, alone or with their group."""

    list_display = ("__str__", "tokens", "money", "usage")
    list_filter = ("period", ("group", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "group")
    autocomplete_fields = ("user", "group")

    def may_touch(self, request: HttpRequest, obj: Budget) -> bool:
        if is_superuser(request):
            return True
        if obj.group is not None:
            return not obj.group.user_set.filter(pk=user_of(request).pk).exists()
        return obj.user_id != request.user.pk and super().may_touch(request, obj)

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        # A new one, or one that was another's until now.
        if not self.may_touch(request, obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    @admin.display(description="used in this period")
    def usage(self, budget: Budget) -> str:
        state = budgets.State(budget, ledger.sum_used_of(budget))
        return f"{state.used.tokens:,} tokens, ${state.used.money:.2f} ({state.share:.0%})"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, ModelAdmin):
    """The usage of every answer. Read only; the list ends with the sum of what is chosen."""

    change_list_template = "admin/accounts/ledger.html"
    list_display = (
        *("created", "username", "model"),
        *("prompt_tokens", "completion_tokens", "cost", "settled"),
    )
    list_filter = ("model",)
    search_fields = ("username", "model")
    date_hierarchy = "created"
    fields: ClassVar = [*list_display, "turn"]
    readonly_fields = fields

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = response.context_data if isinstance(response, TemplateResponse) else None
        if context and "cl" in context:
            context["used"] = ledger.sum_of(context["cl"].queryset)
        return response
