"""Embedding spaces in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from documents.admin.bases import Written
from documents.models import EmbeddingSpace


@admin.register(EmbeddingSpace)
class EmbeddingSpaceAdmin(Written, admin.ModelAdmin):
    list_display = ("model", "provider", "dimension", "active", "vector_count", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[EmbeddingSpace]:
        return super().get_queryset(request).annotate(vector_count=Count("vectors"))

    @admin.display(description="vectors")
    def vector_count(self, space: Any) -> int:
        return int(space.vector_count)
