"""Documents and their versions: what was taken in, and how far it is."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import ngettext

from aiapp.errors import AppError
from documents import uploads
from documents.admin.bases import DeletedWithFiles, Written
from documents.models import Document, Version
from documents.progress import fraction


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in Version.State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(newest_state=self.value()) if self.value() else queryset


class VersionInline(Written, admin.TabularInline):
    model = Version
    fk_name = "document"
    extra = 0
    show_change_link = True
    fields = ("number", "filename", "state", "stage", "pages", "chunk_count", "failure_code")


@admin.register(Document)
class DocumentAdmin(DeletedWithFiles, admin.ModelAdmin):
    """A document with the ingest of its newest version."""

    list_display = ("title", "owner", "state", "stage", "progress", "failure", "size")
    list_display += ("pages", "chunks", "created")
    list_filter = (StateFilter, "created")
    search_fields = ("title", "collection__name", "collection__owner__username")
    list_select_related = ("collection__owner",)
    fields: ClassVar = ["title", "collection", "added_by", "current", "created"]
    fields += ["state", "stage", "progress", "failure", "size", "pages", "chunks"]
    readonly_fields = fields
    inlines = (VersionInline,)
    actions = ("retry",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def delete_one(self, obj: Document) -> None:
        uploads.delete(obj.collection.owner, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number")
        found = super().get_queryset(request).prefetch_related("versions")
        return found.annotate(newest_state=Subquery(newest.values("state")[:1]))

    @admin.action(description="Try failed documents again", permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        tried = 0
        for document in queryset:
            try:
                uploads.retry(document.collection.owner, document)
            except AppError as error:
                self.message_user(request, f"{document}: {error.message}", messages.WARNING)
            else:
                tried += 1
        text = ngettext("%(n)d document is tried again.", "%(n)d documents are tried again.", tried)
        self.message_user(request, text % {"n": tried})

    @admin.display(ordering="collection__owner__username")
    def owner(self, document: Document) -> str:
        return str(document.collection.owner)

    @admin.display(ordering="newest_state")
    def state(self, document: Document) -> str:
        return _newest(document).state

    def stage(self, document: Document) -> str:
        return _newest(document).stage

    def progress(self, document: Document) -> str:
        return f"{fraction(_newest(document)):.0%}"

    def failure(self, document: Document) -> str:
        version = _newest(document)
        return f"{version.failure_code}: {version.failure_message}" if version.failure_code else ""

    def size(self, document: Document) -> str:
        return filesizeformat(_newest(document).size)

    def pages(self, document: Document) -> int:
        return _newest(document).pages

    def chunks(self, document: Document) -> int:
        return _newest(document).chunk_count


@admin.register(Version)
class VersionAdmin(Written, admin.ModelAdmin):
    list_display = ("filename", "number", "document", "state", "stage", "attempt")
    list_display += ("failure_code", "claimed_until", "created", "finished")
    list_filter = ("state", "stage", "media_type", "failure_code")
    search_fields = ("filename", "document__title", "sha256")
    list_select_related = ("document",)


def _newest(document: Document) -> Version:
    """Of the versions that were prefetched, newest first; an empty one if there is none."""
    return next(iter(document.versions.all()), Version())
