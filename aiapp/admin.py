"""Bases of the administration's classes, for all apps."""

from typing import Any

from django.http import HttpRequest


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
