"""Bases of the administration's classes, for all apps."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth import get_permission_codename
from django.db.models import Model, Q, QuerySet
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse

from aiapp.sql.deletion import delete_rows


class KnownChoices:
    """A mixin for forms: what they point to is chosen among what one may see.

    A form takes any id that its field's rows have, whatever its chooser offers, and shows the name
    of what it was given. So the rows are those that one may view; those that the list names
    already; and one's own account.
    """

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest) -> Any:
        found = super().get_field_queryset(db, db_field, request)  # type: ignore[misc]
        related = db_field.remote_field.model
        if found is None:
            found = related._default_manager.all()
        if _may_view(self, related, request):
            return found
        known = Q(pk=request.user.pk) if isinstance(request.user, related) else Q(pk__in=())
        if self.has_view_or_change_permission(request):  # type: ignore[attr-defined]
            named = self.model._base_manager.order_by()  # type: ignore[attr-defined]
            known |= Q(pk__in=named.values(db_field.name))
        return found.filter(known)


def _may_view(own: Any, related: type[Model], request: HttpRequest) -> bool:
    if own.admin_site.is_registered(related):
        return bool(own.admin_site.get_model_admin(related).has_view_permission(request))
    codename = get_permission_codename("view", related._meta)
    return bool(request.user.has_perm(f"{related._meta.app_label}.{codename}"))


class ShownLookups:
    """A mixin for lists: an address filters by what they show, and by nothing else.

    Django takes each column of a row's own, so that whoever sees how many rows there are could
    guess what no page shows, letter by letter.
    """

    # The fields that links to the list name, though it does not show them.
    linked_by: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        if not super().lookup_allowed(lookup, value, request):  # type: ignore[misc]
            return False
        name = lookup.split(LOOKUP_SEP, maxsplit=1)[0]
        model: type[Model] = self.model  # type: ignore[attr-defined]
        is_field = name in {field.name for field in model._meta.get_fields()}
        return not is_field or name in self._list_shown(request)

    def _list_shown(self, request: HttpRequest) -> set[str]:
        own: Any = self
        filters = [each[0] if isinstance(each, tuple) else each for each in own.list_filter]
        pk = own.model._meta.pk.name
        return {
            *(pk, own.date_hierarchy, *self.linked_by),
            *(getattr(each, "parameter_name", each) for each in filters),
            *own.get_list_display(request),
            *flatten_fieldsets(own.get_fieldsets(request)),
        }


class CheckedKeys:
    """A mixin that has a key that is none, in a form or an address, refused and not fail."""

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            # Raises ValidationError.
            queryset.model._meta.pk.to_python(key)
        act: Any = super().response_action  # type: ignore[misc]
        answer: HttpResponse | None = act(request, queryset, *args, **kwargs)
        return answer

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        # Django checks the field that a popup names, unless it names the empty one.
        return super().get_object(request, object_id, from_field or None)  # type: ignore[misc]


class Guarded(KnownChoices, ShownLookups, CheckedKeys):
    """The mixins that every class of the administration has, those of Django's own among them."""


class ModelAdmin(Guarded, admin.ModelAdmin):
    """The base of every class of the administration."""


class TabularInline(KnownChoices, admin.TabularInline):
    """The base of the rows of another thing in a form."""


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
    """A mixin for what others may be adding to while somebody deletes it.

    The page that asks for confirmation names the objects, and counts what goes along: that may be
    somebody's chats, or documents that the one who asks may not see.
    """

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        found = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        _, counts, permissions, protected = found
        kept = [f"{len(protected)} others"] if protected else []
        return [str(obj) for obj in objs], counts, permissions, kept

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_rows(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        # By their keys, since the list's query counts and joins.
        found = list(queryset.order_by().values_list("pk", flat=True))
        delete_rows(queryset.model._base_manager.filter(pk__in=found))
