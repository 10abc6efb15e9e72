"""Collections: who reads and changes them, and how their files are cut."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, ForeignKey, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from accounts.credentials.authentication import user_of
from accounts.models import User
from aiapp.admin import TabularInline
from documents.access import may_see_collections
from documents.admin import lab
from documents.admin.bases import DeletedWithFiles, NotesAccess, ShareForm
from documents.library import collections, sharing
from documents.models import Collection, CollectionShare
from documents.models.tuning import BOUNDS, CUTTING, DEFAULT, Tuning

WORDS = {
    "chunk_chars": ("Characters of a chunk", "Applies to files that are read from now on."),
    "chunk_overlap": ("Overlap", "Characters that a chunk has in common with the one before."),
}


class CollectionForm(forms.ModelForm):
    """The chunk settings can be changed here; those of search are published by an evaluation."""

    class Meta:
        model = Collection
        fields = ("name", "owner", "everyone", "in_every_search")
        labels: ClassVar = {
            "everyone": "Everybody who is signed in may read it",
            "in_every_search": "Everybody's questions are answered from it",
        }
        help_texts: ClassVar = {
            "in_every_search": "Otherwise only those of people who choose it, and of those whom it"
            " is shared with."
        }

    chunk_chars = forms.IntegerField(required=False)
    chunk_overlap = forms.IntegerField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = Tuning.of(self.instance)
        for name in CUTTING:
            low, high = BOUNDS[name]
            field = forms.IntegerField(min_value=int(low), max_value=int(high), required=False)
            field.label, field.help_text = WORDS[name]
            field.initial = getattr(present, name)
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        chars, overlap = values.get("chunk_chars"), values.get("chunk_overlap")
        if chars and overlap and overlap >= chars:
            self.add_error("chunk_overlap", "It must be smaller than the chunk.")
        if values.get("in_every_search") and not values.get("everyone"):
            self.add_error("in_every_search", "Everybody has to be able to read it, then.")
        return values

    def cutting(self) -> dict[str, int]:
        """Return what differs from the defaults; an emptied field is a default."""
        given = {name: self.cleaned_data.get(name) for name in CUTTING}
        return {n: v for n, v in given.items() if v is not None and v != getattr(DEFAULT, n)}


class CollectionShareInline(TabularInline):
    """The shares by which others read the collection, or change its documents too."""

    model = CollectionShare
    form = ShareForm
    extra = 0
    fields = ("user", "group", "role")
    autocomplete_fields = ("user", "group")
    verbose_name_plural = "shared with"
    verbose_name = "share"


@admin.register(Collection)
class CollectionAdmin(DeletedWithFiles, NotesAccess):
    access_fields, share_model = ("everyone", "in_every_search"), CollectionShare
    form = CollectionForm
    list_display = ("name", "owner", "documents", "readers", "settings", "created")
    list_filter = ("everyone", "in_every_search")
    search_fields = ("name", "owner__username")
    list_select_related = ("owner",)
    autocomplete_fields = ("owner",)
    fieldsets = (
        (None, {"fields": ("name", "owner")}),
        ("Access", {"fields": ("everyone", "in_every_search")}),
        ("Search", {"fields": ("settings", "chunk_chars", "chunk_overlap")}),
    )
    readonly_fields = ("settings",)
    inlines = (CollectionShareInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave the publishing of a collection to those who may; opening it is for everybody."""
        may_publish = user_of(request).has_perm(sharing.PUBLISH)
        return self.readonly_fields if may_publish else (*self.readonly_fields, "in_every_search")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer oneself alone as owner to who sees no collections: a refusal tells of others'."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field and db_field.name == "owner" and not may_see_collections(user_of(request)):
            field.queryset = User.objects.filter(pk=user_of(request).pk)
        return field

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(lab.lab)
        return [path("lab/", view, name="documents_collection_lab"), *super().get_urls()]

    def delete_one(self, obj: Collection) -> None:
        collections.remove(obj)

    def save_model(
        self, request: HttpRequest, obj: Collection, form: CollectionForm, change: bool
    ) -> None:
        search = {name: value for name, value in obj.tuning.items() if name not in CUTTING}
        obj.tuning = search | form.cutting()
        obj.in_every_search = obj.in_every_search and obj.everyone
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Collection]:
        return (
            super()
            .get_queryset(request)
            .annotate(
                document_count=Count("documents", distinct=True),
                share_count=Count("shares", distinct=True),
            )
        )

    @admin.display(ordering="document_count")
    def documents(self, collection: Any) -> str:
        url = reverse("admin:documents_document_changelist")
        return format_html(
            '<a href="{}?collection={}">{}</a>', url, collection.pk, collection.document_count
        )

    def readers(self, collection: Any) -> str:
        if collection.everyone:
            return "everybody" + (", in every search" if collection.in_every_search else "")
        return f"owner and {collection.share_count} shares" if collection.share_count else "owner"

    @admin.display(description="settings of search")
    def settings(self, collection: Collection) -> str:
        return describe_tuning(collection.tuning)


def describe_tuning(tuning: dict[str, Any]) -> str:
    """Settings in words, as far as they differ from the defaults."""
    kept = {name: value for name, value in tuning.items() if name not in CUTTING}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in kept.items()) or (
        "defaults"
    )
