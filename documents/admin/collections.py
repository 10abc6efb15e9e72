"""Collections in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from documents import collections
from documents.admin.bases import DeletedWithFiles
from documents.models import Collection


@admin.register(Collection)
class CollectionAdmin(DeletedWithFiles, admin.ModelAdmin):
    list_display = ("name", "owner", "document_count", "created")
    search_fields = ("name", "owner__username")
    list_select_related = ("owner",)
    autocomplete_fields = ("owner",)

    def delete_one(self, obj: Collection) -> None:
        collections.delete(obj.owner, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return super().get_queryset(request).annotate(document_count=Count("documents"))

    @admin.display(description="documents", ordering="document_count")
    def document_count(self, collection: Any) -> int:
        return int(collection.document_count)
