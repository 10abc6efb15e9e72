"""Documents: what was uploaded, how far it is, and who reads it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from aiapp.admin import ModelAdmin, ReadOnly, TabularInline
from documents.admin import reports, uploading
from documents.admin.actions import Actions
from documents.admin.bases import LIVE, DeletedWithFiles, NotesAccess, ShareForm
from documents.admin.filters import (
    CollectionFilter,
    FailureFilter,
    OwnerFilter,
    StateFilter,
    TypeFilter,
    short_type,
)
from documents.files import deletion
from documents.ingest.notes import describe
from documents.ingest.progress import fraction
from documents.metadata.form_field import MetadataField
from documents.models import Document, DocumentShare, Version

UNFINISHED = (Version.State.QUEUED, Version.State.PROCESSING)


class VersionInline(ReadOnly, TabularInline):
    model = Version
    fk_name = "document"
    extra = 0
    show_change_link = True
    fields = ("number", "filename", "state", "stage", "pages", "chunk_count", "failure_code")


class DocumentShareInline(TabularInline):
    """The shares by which a restricted document is read."""

    model = DocumentShare
    form = ShareForm
    extra = 0
    fields = ("user", "group")
    autocomplete_fields = ("user", "group")
    verbose_name_plural = "readers while it is restricted"
    verbose_name = "reader"


class DocumentForm(forms.ModelForm):
    metadata = MetadataField()


@admin.register(Document)
class DocumentAdmin(DeletedWithFiles, Actions, NotesAccess):
    """A document with the ingest of its newest version."""

    access_fields, share_model = ("restricted",), DocumentShare
    form = DocumentForm

    list_display = ("title", "state", "place", "type", "pages", "chunks")
    list_display += ("access", "created")
    list_filter = (StateFilter, FailureFilter, TypeFilter, CollectionFilter, OwnerFilter)
    list_filter += ("restricted", "created")
    search_fields = ("title", "collection__name", "collection__owner__username")
    list_select_related = ("collection__owner",)
    list_per_page = 50
    fieldsets = (
        (None, {"fields": ("title", "state", "chunks", "viewer", "metadata")}),
        ("Access", {"fields": ("collection", "owner", "added_by", "restricted")}),
        ("File", {"fields": ("type", "size", "pages", "created")}),
    )
    readonly_fields = ("title", "state", "chunks", "viewer", "collection", "owner")
    readonly_fields += ("added_by", "type", "size", "pages", "created")
    inlines = (DocumentShareInline, VersionInline)

    class Media:
        js = LIVE

    def get_urls(self) -> list[URLPattern]:
        pages = {"upload": uploading.upload, **reports.PAGES}
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"documents_document_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return uploading.upload(request)

    def delete_one(self, obj: Document) -> None:
        deletion.remove(obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number")
        found = super().get_queryset(request).prefetch_related("versions")
        return found.annotate(
            newest_state=Subquery(newest.values("state")[:1]),
            newest_failure=Subquery(newest.values("failure_code")[:1]),
            newest_type=Subquery(newest.values("media_type")[:1]),
            is_shared=Exists(DocumentShare.objects.filter(document=OuterRef("pk"))),
        )

    @admin.display(ordering="collection__owner__username")
    def owner(self, document: Document) -> str:
        return str(document.collection.owner)

    @admin.display(description="collection", ordering="collection__name")
    def place(self, document: Document) -> str:
        return f"{document.collection} ({document.collection.owner})"

    @admin.display(ordering="newest_state")
    def state(self, document: Document) -> str:
        """With how far it is, or why it failed; the page keeps it up to date."""
        version = _newest(document)
        context = {
            "version": version,
            "id": f"state-{document.pk}",
            "unfinished": version.state in UNFINISHED,
            "percent": round(fraction(version) * 100),
            "notes": describe(version.notes),
        }
        return render_to_string("admin/documents/_state.html", context)

    @admin.display(ordering="newest_type")
    def type(self, document: Document) -> str:
        return short_type(_newest(document).media_type)

    def size(self, document: Document) -> str:
        return filesizeformat(_newest(document).size)

    def pages(self, document: Document) -> int:
        return _newest(document).pages

    def chunks(self, document: Document) -> str:
        """Of the version that search sees, which is not always the newest one."""
        if document.current_id is None:
            return "-"
        current = next((v for v in document.versions.all() if v.pk == document.current_id), None)
        url = reverse("admin:documents_chunk_changelist")
        count = current.chunk_count if current else 0
        return format_html('<a href="{}?version={}">{}</a>', url, document.current_id, count)

    def viewer(self, document: Document) -> str:
        url = reverse("documents:detail", args=[document.pk])
        return format_html('<a href="{}">Open as its readers see it</a>', url)

    def access(self, document: Any) -> str:
        if not document.restricted:
            return "collection"
        return "restricted, shared" if document.is_shared else "restricted"


@admin.register(Version)
class VersionAdmin(ReadOnly, ModelAdmin):
    list_display = ("filename", "number", "document", "state", "stage", "attempt")
    list_display += ("failure_code", "claimed_until", "created", "finished")
    list_filter = ("state", "stage", "media_type", "failure_code")
    search_fields = ("filename", "document__title", "sha256")
    list_select_related = ("document",)
    list_per_page = 50
    readonly_fields = ("how_it_was_read",)

    def how_it_was_read(self, version: Version) -> str:
        """The notes on the file: a sentence for each thing left out, cut or guessed."""
        return "\n".join(describe(version.notes)) or "-"


def _newest(document: Document) -> Version:
    """Of the versions that were prefetched, newest first; an empty one if there is none."""
    return next(iter(document.versions.all()), Version())
