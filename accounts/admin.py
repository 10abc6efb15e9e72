from typing import ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts import budgets, ledger
from accounts.models import (
    ApiKey,
    AuditEntry,
    Budget,
    LedgerEntry,
    Price,
    RefreshSession,
    User,
)


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
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


@admin.register(RefreshSession)
class RefreshSessionAdmin(admin.ModelAdmin):
    """The API clients that are signed in; no token can be read here, only its traces."""

    list_display = ("user", "created", "expires", "used", "revoked")
    list_filter = ("revoked",)
    search_fields = ("user__username",)
    fields: ClassVar = ["user", "family", "created", "expires", "used", "revoked"]
    readonly_fields = fields

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
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

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    """To be read, not changed: not even by who may do everything else."""

    list_display = ("at", "username", "action", "kind", "object_id", "address")
    list_filter = ("action",)
    search_fields = ("username", "object_id", "address")
    date_hierarchy = "at"
    fields: ClassVar = [*list_display]
    readonly_fields = fields

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(Price)
class PriceAdmin(admin.ModelAdmin):
    """US dollars for a million tokens; without an entry a model costs nothing."""

    list_display = ("model", "input", "output")
    list_editable = ("input", "output")
    search_fields = ("model",)


@admin.register(Budget)
class BudgetAdmin(admin.ModelAdmin):
    list_display = ("__str__", "tokens", "money", "used")
    list_filter = ("period", "group")
    list_select_related = ("user", "group")
    autocomplete_fields = ("user", "group")

    @admin.display(description="used in this period")
    def used(self, budget: Budget) -> str:
        state = budgets.State(budget, ledger.used_of(budget))
        return f"{state.used.tokens:,} tokens, ${state.used.money:.2f} ({state.share:.0%})"


@admin.register(LedgerEntry)
class LedgerEntryAdmin(admin.ModelAdmin):
    """What every answer has used. Read only; the list ends with the sum of what is chosen."""

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

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
