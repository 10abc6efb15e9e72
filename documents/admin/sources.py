"""Sources in the administration: set up, watched, run, paused."""

from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.credentials.authentication import user_of
from aiapp.admin import DeletedTogether, ModelAdmin
from documents import access
from documents.admin import source_pages as pages
from documents.admin.bases import LIVE, CollectionChoice
from documents.models import Source
from documents.sources import controls, credentials, saving, setting_up
from documents.sources.base import Kind, Option, Text
from documents.sources.errors import CredentialRefused
from documents.sources.registry import KINDS, describe_kind

_WIDE = {"class": "vTextField"}
_OF_ALL = ("collection", "name")
_OF_KIND = ("address", "username", "credential")
_OF_SYNC = ("every_minutes", "include", "exclude", "max_megabytes", "check_days")


class SourceForm(forms.ModelForm):
    """A source with the fields that its kind has; its credential is written and never shown."""

    collection = CollectionChoice(label=gettext_lazy("Collection"))
    credential = forms.CharField(
        required=False,
        strip=True,
        max_length=credentials.MAX_CHARS,
        widget=forms.PasswordInput(attrs=_WIDE | {"autocomplete": "new-password"}),
    )

    class Meta:
        model = Source
        fields = ("kind", "collection", "name", "address", "username", *_OF_SYNC)
        widgets: ClassVar = {
            "kind": forms.HiddenInput,
            "address": forms.TextInput(attrs=_WIDE),
            "username": forms.TextInput(attrs=_WIDE | {"autocomplete": "off"}),
            "include": forms.Textarea(attrs={"rows": 3, "cols": 60}),
            "exclude": forms.Textarea(attrs={"rows": 3, "cols": 60}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "address" not in self.fields:
            return
        self._before = Source(address=self.instance.address, options=self.instance.options)
        for name, (label, hint) in self._describe_own().items():
            self.fields[name].label, self.fields[name].help_text = label, hint
            if not label:
                del self.fields[name]
        for option in self.kind.options:
            self.fields[f"option_{option.name}"] = self._build_field(option)

    @cached_property
    def kind(self) -> Kind:
        name = self.instance.kind or self.data.get("kind") or self.initial.get("kind", "")
        return KINDS.get(name) or next(iter(KINDS.values()))

    def _describe_own(self) -> dict[str, tuple[Text, Text]]:
        kind = self.kind
        return {
            "address": (kind.address_label, kind.address_hint),
            "username": (kind.username_label, ""),
            "credential": (kind.credential_label, self._describe_credential()),
        }

    def _describe_credential(self) -> str:
        if self.instance.sealed_credential:
            return _("One is set and is not shown. Leave this empty to keep it.")
        return _("Stored encrypted, and never shown again.")

    def _build_field(self, option: Option) -> forms.Field:
        value = self.instance.options.get(option.name, option.default)
        shared = {"label": option.label, "help_text": option.hint, "initial": value}
        if option.type == "flag":
            return forms.BooleanField(required=False, **shared)
        if option.type == "number":
            return forms.IntegerField(required=False, min_value=0, **shared)
        field = forms.CharField(required=option.is_required, **shared)
        field.widget.attrs |= _WIDE
        return field

    def clean_kind(self) -> str:
        # Another kind is another source.
        kind: str = self.instance.kind or self.cleaned_data["kind"]
        if kind not in KINDS:
            raise ValidationError(_("There is no such kind of source."))
        return kind

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        told = {name.removeprefix("option_"): value for name, value in values.items()}
        try:
            self.instance.options = setting_up.clean_options(self.kind, told)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.add_error(f"option_{name}", messages)
        else:
            self._check(values)
        # What is kept of a form, in a message or an error's report, holds no credential.
        values["credential"] = ""
        return values

    def _check(self, values: dict[str, Any]) -> None:
        source = self.instance
        source.kind, source.address = self.kind.name, values.get("address", "").strip()
        source.username = values.get("username", "")
        values["address"] = source.address
        credential = values.get("credential") or ""
        try:
            setting_up.check_source(source, self.kind, credential, self._before)
        except ValidationError as error:
            self._add_errors(error)
        except CredentialRefused as error:
            self.add_error("credential" if "credential" in self.fields else None, error.message)

    def _add_errors(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error("address" if "address" in self.fields else None, error)
            return
        for name, messages in error.message_dict.items():
            own = name if name in self.fields else f"option_{name}"
            self.add_error(own if own in self.fields else None, messages)


@admin.register(Source)
class SourceAdmin(DeletedTogether, ModelAdmin):
    """For those who may set up sources: what they bring in, the collection's readers may read."""

    form = SourceForm
    list_display = ("name", "show_kind", "collection", "show_state", "count_documents")
    list_display += ("finished", "every_minutes")
    list_filter = ("state", "kind")
    search_fields = ("name", "address", "collection__name")
    list_select_related = ("collection",)
    change_form_template = "admin/documents/source/change_form.html"
    change_list_template = "admin/documents/source/change_list.html"

    class Media:
        js = LIVE

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        found = access.sources_of_staff(user_of(request))
        kept = Q(items__document__isnull=False, items__document__withdrawn=None)
        return found.annotate(kept=Count("items", filter=kept))

    def get_fieldsets(self, request: HttpRequest, obj: Source | None = None) -> Any:
        kind = self._find_kind(request, obj)
        labels = (kind.address_label, kind.username_label, kind.credential_label)
        own = [name for name, label in zip(_OF_KIND, labels, strict=True) if label]
        options = [f"option_{option.name}" for option in kind.options]
        if not self.has_change_permission(request, obj) and obj is not None:
            own, options = [name for name in own if name != "credential"], []
        return (
            (None, {"fields": ("kind", *_OF_ALL)}),
            (kind.title, {"fields": [*own, *options], "description": kind.hint}),
            (_("Sync"), {"fields": _OF_SYNC}),
        )

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        # Options are no fields of the model; the form has them by itself.
        known = ["kind", *_OF_ALL, "address", "username", *_OF_SYNC]
        form = super().get_form(request, obj, **kwargs | {"fields": known})
        if "collection" in form.base_fields:
            field = cast(CollectionChoice, form.base_fields["collection"])
            seen = access.collections_seen_by_staff(user_of(request))
            field.offer(seen)
            if not seen.exists():
                # Nobody has uploaded anything yet.
                field.help_text = format_html(
                    '<a href="{}">{}</a>',
                    reverse("documents:collection_new"),
                    _("There is no collection yet. Make one first."),
                )
        return form

    def _find_kind(self, request: HttpRequest, obj: Source | None) -> Kind:
        name = obj.kind if obj else request.POST.get("kind") or request.GET.get("kind", "")
        return KINDS.get(name) or next(iter(KINDS.values()))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # What came from it stays where it is, so another collection is another source.
        return ("collection",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"kind": request.GET.get("kind"), "collection": request.GET.get("collection")}

    def get_urls(self) -> list[URLPattern]:
        def wrap(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("choose/", wrap(pages.choose), name="documents_source_choose"),
            path("<uuid:pk>/control/", wrap(self.control), name="documents_source_control"),
        ]
        return [*own, *super().get_urls()]

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Name the sources alone: what is known of a hundred thousand files goes with them."""
        told = _("%(name)s. Its documents stay in the collection and are kept up to date no more.")
        return [told % {"name": source.name} for source in objs], {}, set(), []

    def control(self, request: HttpRequest, pk: str) -> HttpResponse:
        source = self.get_queryset(request).filter(pk=pk).first()
        if source is None or not self.has_change_permission(request, source):
            raise PermissionDenied
        return pages.control(request, source)

    @method_decorator(sensitive_post_parameters("credential"))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        kind = request.POST.get("kind") or request.GET.get("kind", "")
        if kind not in KINDS:
            return redirect("admin:documents_source_choose")
        title = _("New source: %(kind)s") % {"kind": KINDS[kind].title}
        return super().add_view(request, form_url, {"title": title} | (extra_context or {}))

    @method_decorator(sensitive_post_parameters("credential"))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        source = self.get_object(request, object_id)
        context = {} if source is None else pages.describe(source, user_of(request))
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        if not change:
            saving.add(obj, user_of(request))
        else:
            changed = {name.removeprefix("option_") for name in form.changed_data}
            controls.take_over(obj, user_of(request))
            saving.change(obj, changed)

    def response_add(
        self, request: HttpRequest, obj: Source, post_url_continue: str | None = None
    ) -> HttpResponse:
        super().response_add(request, obj, post_url_continue)
        return redirect("admin:documents_source_change", obj.pk)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def show_kind(self, source: Source) -> str:
        return describe_kind(source)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def show_state(self, source: Source) -> str:
        context = {"source": source, "id": f"state-{source.pk}"}
        return render_to_string("admin/documents/source/_state.html", context)

    @admin.display(description=gettext_lazy("documents"), ordering="kept")
    def count_documents(self, source: Any) -> int:
        return int(source.kept)
