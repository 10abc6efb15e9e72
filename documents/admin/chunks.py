"""Chunks: what search sees of the documents, and what curators make of it."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import ngettext

from aiapp.admin import DeletedTogether, ModelAdmin, NeverAdded
from aiapp.errors import AppError
from documents.admin.bases import LIVE, tell
from documents.admin.filters import EditedFilter
from documents.library import curation
from documents.models import Chunk
from documents.templatetags.document_pages import place

REVERT = "_revert"
SHOWN = 220


class ChunkForm(forms.ModelForm):
    """The text as it is to be found; what is wrong with it is for `curation` to say."""

    class Meta:
        model = Chunk
        fields = ("text", "disabled")
        labels: ClassVar = {"disabled": "Keep out of search"}
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 14, "cols": 90})}

    def clean_text(self) -> str:
        try:
            return curation.clean_text(self.cleaned_data["text"])
        except AppError as error:
            raise forms.ValidationError(error.message) from error


@admin.register(Chunk)
class ChunkAdmin(NeverAdded, DeletedTogether, ModelAdmin):
    """Found by the document's title and, within one version, by their words."""

    form = ChunkForm
    list_display = ("where", "beginning", "condition", "document")
    list_filter = (EditedFilter,)
    search_fields = ("version__document__title",)
    list_select_related = ("version__document",)
    list_per_page = 50
    # As the index has them, so that a page is read without sorting all chunks.
    ordering = ("version", "ordinal")
    show_full_result_count = False
    linked_by = ("version",)
    actions = ("disable", "enable", "revert")
    change_form_template = "admin/documents/chunk_form.html"
    fieldsets = (
        (None, {"fields": ("text", "disabled")}),
        ("Place", {"fields": ("document", "heading", "where", "viewer")}),
        ("State", {"fields": ("condition", "original_text")}),
    )
    readonly_fields = ("document", "heading", "where", "viewer", "condition", "original_text")

    class Media:
        js = LIVE

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        # Through all documents that is a walk of minutes; search itself and the lab are for it.
        return ("text",) if request.GET.get("version") else self.search_fields

    def save_model(self, request: HttpRequest, obj: Chunk, form: Any, change: bool) -> None:
        if "text" in form.changed_data:
            curation.edit_chunk(obj, obj.text)
        if "disabled" in form.changed_data:
            (curation.disable if obj.disabled else curation.enable)([obj])

    def change_view(
        self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if request.method == "POST" and REVERT in request.POST:
            return self._revert_one(request, object_id)
        return super().change_view(request, object_id, *args, **kwargs)

    @admin.action(description="Keep out of search", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Chunk]) -> None:
        chunks = list(queryset.filter(disabled=False))
        curation.disable(chunks)
        self._tell(request, chunks, "Kept out of search.")

    @admin.action(description="Let search find them again", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Chunk]) -> None:
        chunks = list(queryset.filter(disabled=True))
        curation.enable(chunks)
        self._tell(request, chunks, "Let search find it again.")

    @admin.action(description="Restore the original text", permissions=["change"])
    def revert(self, request: HttpRequest, queryset: QuerySet[Chunk]) -> None:
        chunks = list(queryset.filter(original__isnull=False))
        for chunk in chunks:
            curation.revert_chunk(chunk)
        self._tell(request, chunks, "Restored the original text.")

    def document(self, chunk: Chunk) -> str:
        document = chunk.version.document
        url = reverse("admin:documents_document_change", args=[document.pk])
        return format_html('<a href="{}">{}</a>', url, document.title)

    @admin.display(description="place", ordering="ordinal")
    def where(self, chunk: Chunk) -> str:
        number = f"#{chunk.ordinal + 1}"
        return f"{number}, {place(chunk.version, chunk.page)}" if chunk.page else number

    @admin.display(description="text")
    def beginning(self, chunk: Chunk) -> str:
        text = Truncator(" ".join(chunk.text.split())).chars(SHOWN)
        heading = format_html("<b>{}</b> ", chunk.heading) if chunk.heading else ""
        return format_html("{}{}", heading, text)

    @admin.display(description="search")
    def condition(self, chunk: Chunk) -> str:
        return render_to_string("admin/documents/_condition.html", {"chunk": chunk})

    @admin.display(description="original text")
    def original_text(self, chunk: Chunk) -> str:
        return chunk.original or "It was never changed."

    def viewer(self, chunk: Chunk) -> str:
        return format_html('<a href="{}">Read it in the document</a>', viewer_url(chunk))

    def _revert_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        chunk = self.get_object(request, object_id)
        if chunk is not None and self.has_change_permission(request, chunk):
            try:
                curation.revert_chunk(chunk)
            except AppError as error:
                tell(request, error)
            else:
                self._tell(request, [chunk], "Restored the original text.")
        return redirect(request.path)

    def _tell(self, request: HttpRequest, chunks: list[Chunk], what: str) -> None:
        for chunk in chunks:
            self.log_change(request, chunk, what)
        text = ngettext("%(n)d chunk changed.", "%(n)d chunks changed.", len(chunks))
        self.message_user(request, text % {"n": len(chunks)})


def viewer_url(chunk: Chunk) -> str:
    """The passage in its document, marked."""
    address = reverse("documents:detail", args=[chunk.version.document_id])
    span = {"version": chunk.version.number, "start": chunk.start, "end": chunk.end}
    page = f"#page={chunk.page}" if chunk.page else ""
    return f"{address}?{urlencode(span)}{page}"
