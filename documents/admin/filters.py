"""Filters of the list of documents and of chunks."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.models import User
from documents.models import Collection, Version
from documents.parsing.formats import FORMATS

# A filter is a short list; whoever has more collections finds the others by searching.
MAX_CHOICES = 20
Choices = list[tuple[str, str]]


class _Filter(admin.SimpleListFilter):
    # The condition that a choice stands for.
    lookup = ""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.lookup: self.value()}) if self.value() else queryset


class StateFilter(_Filter):
    title = "state"
    parameter_name = "state"
    lookup = "newest_state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(state.value, str(state.label)) for state in Version.State]


class FailureFilter(_Filter):
    title = "reason of failure"
    parameter_name = "failure"
    lookup = "newest_failure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        failed = Version.objects.filter(state=Version.State.FAILED).order_by("failure_code")
        codes = failed.values_list("failure_code", flat=True).distinct()
        return [(code, code.replace("_", " ")) for code in codes]


class TypeFilter(_Filter):
    title = "type"
    parameter_name = "type"
    lookup = "newest_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        types = Version.objects.order_by("media_type").values_list("media_type", flat=True)
        return [(each, short_type(each)) for each in types.distinct()]


class _IdFilter(_Filter):
    def value(self) -> str | None:
        return super().value() if _ids(super().value()) else None


class CollectionFilter(_IdFilter):
    title = "collection"
    parameter_name = "collection"
    lookup = "collection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        # Those that the list names, and no other.
        named = Collection.objects.annotate(n=Count("documents")).filter(n__gt=0)
        named = named.select_related("owner")
        chosen = named.filter(pk__in=_ids(request.GET.get(self.parameter_name)))
        first = named.order_by("-n", "name")[:MAX_CHOICES]
        found = {each.pk: each for each in [*first, *chosen]}
        return [(str(each.pk), f"{each.name} ({each.owner})") for each in found.values()]


class OwnerFilter(_IdFilter):
    title = "owner"
    parameter_name = "owner"
    lookup = "collection__owner"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        owners = User.objects.annotate(n=Count("collections__documents")).filter(n__gt=0)
        chosen = owners.filter(pk__in=_ids(request.GET.get(self.parameter_name)))
        found = {each.pk: each for each in [*owners.order_by("-n")[:MAX_CHOICES], *chosen]}
        return [(str(each.pk), each.username) for each in found.values()]


class EditedFilter(admin.SimpleListFilter):
    title = "changes"
    parameter_name = "changed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [("edited", "Edited"), ("disabled", "Disabled"), ("waiting", "Being embedded")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        conditions: dict[str | None, dict[str, bool]] = {
            "edited": {"original__isnull": False},
            "disabled": {"disabled": True},
            "waiting": {"unembedded": True},
        }
        return queryset.filter(**conditions.get(self.value(), {}))


def _ids(value: str | None) -> list[UUID]:
    """Return the id in a value of an address, which may be none at all."""
    try:
        return [UUID(value or "")]
    except ValueError:
        return []


def short_type(media_type: str) -> str:
    """Return the common name of a media type: pdf, docx."""
    known = FORMATS.get(media_type)
    return known.suffixes[0].removeprefix(".") if known else media_type
