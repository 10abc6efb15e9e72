"""Bases of the administration's classes, for all apps."""

from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from aiapp.sql.deletion import delete_rows


class NeverAdded:
    """A mixin for what the site itself makes: nobody adds it by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnly(NeverAdded):
    """A mixin for what the site itself wrote: not even a superuser changes or deletes it there."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DeletedTogether:
    """A mixin for what others may be adding to while somebody deletes it."""

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_rows(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        # By their keys, since the list's query counts and joins.
        found = list(queryset.order_by().values_list("pk", flat=True))
        delete_rows(queryset.model._base_manager.filter(pk__in=found))
