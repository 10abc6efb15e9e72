"""Base classes and helpers shared by the admin's pages."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.credentials.authentication import user_of
from aiapp.admin import ModelAdmin
from aiapp.errors import AppError
from documents.library import sharing
from documents.models import Collection

# Keeps what a page shows of unfinished work up to date.
LIVE = (forms.Script("js/admin/live.js", type="module"),)
# In place of a title that is nobody's to read here.
HIDDEN = "a document that you may not see"


class DeletedWithFiles:
    """Deletes as the owner would, so that files go along.

    The page that asks for confirmation names the objects only: a long document has a hundred
    thousand chunks.
    """

    def delete_one(self, obj: Any) -> None:
        raise NotImplementedError

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.delete_one(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_one(obj)

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        names = [str(obj) for obj in objs]
        return names, {"with all that belongs to it": len(names)}, set(), []


class NotesAccess(ModelAdmin):
    """Notes in the audit log whenever somebody changes who may read."""

    # The fields that open the thing to more, or narrow it.
    access_fields: tuple[str, ...]
    share_model: type[Model]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not set(self.access_fields).isdisjoint(form.changed_data):
            sharing.note_administered(user_of(request), obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is self.share_model and formset.has_changed():
            sharing.note_administered(user_of(request), form.instance)


class CollectionChoice(forms.ModelChoiceField):
    """Collections of several owners may have one name. There are none before some are offered."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Collection.objects.none(), **kwargs)

    def offer(self, found: QuerySet[Collection]) -> None:
        self.queryset = found.select_related("owner").order_by("name", "owner__username")

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.owner})"


class ShareForm(forms.ModelForm):
    """A share with a user or with a group, and not with both."""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if bool(values.get("user")) == bool(values.get("group")):
            raise forms.ValidationError("Choose a user or a group.")
        return values

    def _get_validation_exclusions(self) -> set[str]:
        # Our sentence is enough; the database's constraint would say the same in its own words.
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | ({"user", "group"} if self.errors else set())


def demand(request: HttpRequest, permission: str) -> None:
    if not user_of(request).has_perm(permission):
        raise PermissionDenied


def page(request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    """A page of the admin that is no list and no form of a model."""
    shared = admin.site.each_context(request)
    return TemplateResponse(request, template, shared | {"title": title} | context)


def tell(request: HttpRequest, error: AppError, about: object = "") -> None:
    """Show why something was not done."""
    messages.warning(request, f"{about}: {error.message}" if about else error.message)
