"""Chunks: what search sees of the documents."""

from django.contrib import admin

from documents.admin.bases import Written
from documents.models import Chunk


@admin.register(Chunk)
class ChunkAdmin(Written, admin.ModelAdmin):
    """Found by the document's title; a search in the texts themselves is what search is for."""

    list_display = ("document", "ordinal", "page", "span", "beginning")
    search_fields = ("version__document__title",)
    list_select_related = ("version__document",)
    ordering = ("-version", "ordinal")
    show_full_result_count = False
    fields = ("document", "version", "ordinal", "page", "span", "text")

    def document(self, chunk: Chunk) -> str:
        return chunk.version.document.title

    def span(self, chunk: Chunk) -> str:
        return f"{chunk.start}-{chunk.end}"

    @admin.display(description="text")
    def beginning(self, chunk: Chunk) -> str:
        return chunk.text[:100]
