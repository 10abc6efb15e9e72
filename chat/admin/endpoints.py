"""Model endpoints in the admin: connected, tested, and their models switched on."""

from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.credentials.authentication import user_of
from accounts.people.powers import BySuperusers, is_superuser
from aiapp.admin import DeletedTogether, ModelAdmin
from chat.admin import download_pages
from chat.admin import endpoint_pages as pages
from chat.endpoints import connecting, keys
from chat.endpoints.addresses import clean_address
from chat.endpoints.loading import describe_locked_key
from chat.endpoints.presets import OWN, PRESETS, Preset
from chat.endpoints.reading import choose_endpoint_name, list_for_page
from chat.models import Endpoint

# The page where a kind is chosen, and those below an endpoint's own.
CHOOSE, FIND, CONNECT, DISMISS = (
    f"chat_endpoint_{name}" for name in ("choose", "find", "connect", "dismiss")
)


class EndpointForm(forms.ModelForm):
    """An endpoint, and its key, which is written here and never shown."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "vTextField"}),
    )
    remove_key = forms.BooleanField(label=gettext_lazy("Remove the key"), required=False)

    class Meta:
        model = Endpoint
        fields = ("kind", "name", "address", "is_enabled", "position")
        widgets: ClassVar = {
            "kind": forms.HiddenInput,
            "address": forms.TextInput(attrs={"class": "vTextField", "inputmode": "url"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "address" not in self.fields:
            return
        self.fields["kind"].widget = forms.HiddenInput()
        self.fields["address"].required = not self.preset.address
        self.fields["address"].help_text = self.preset.hint
        self.fields["key"].help_text = self._describe_key()
        if not self.instance.sealed_key:
            del self.fields["remove_key"]

    @cached_property
    def preset(self) -> Preset:
        kind = self.instance.kind or self.data.get("kind") or self.initial.get("kind", "other")
        return PRESETS.get(kind, PRESETS["other"])

    def clean_kind(self) -> str:
        # Another kind is another endpoint.
        kind: str = self.instance.kind or self.cleaned_data["kind"]
        if kind not in PRESETS:
            raise ValidationError(_("There is no such kind of server."))
        return kind

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if {"kind", "address"} <= values.keys():
            try:
                values["address"] = clean_address(values["kind"], values["address"])
            except ValidationError as error:
                self.add_error("address", error)
            else:
                self._clean_key(values)
        return values

    def _clean_key(self, values: dict[str, Any]) -> None:
        try:
            if values.get("key"):
                connecting.set_key(self.instance, values["key"])
            elif values.get("remove_key"):
                self.instance.sealed_key = ""
            elif self.instance.pk:
                connecting.keep_key(self.instance, values["address"])
            elif self.preset.needs_key:
                raise ValidationError(_("%(title)s requires a key.") % {"title": self.preset.title})
        except ValidationError as error:
            self.add_error("key", error)
        # What is kept of a form, in a message or an error's report, holds no key.
        values["key"] = ""

    def _describe_key(self) -> str:
        if self.instance.sealed_key:
            try:
                keys.unseal(self.instance.sealed_key)
            except keys.KeyUnreadable:
                return describe_locked_key()
            return _("A key is set and is not shown. Leave this empty to keep it.")
        if self.preset.key_page:
            where = format_html('<a href="{0}" rel="noreferrer">{0}</a>', self.preset.key_page)
            return format_html(
                _("Create one at {}. It is stored encrypted and never shown again."), where
            )
        return _("Only if the server requires one. It is stored encrypted and never shown again.")


@admin.register(Endpoint)
class EndpointAdmin(BySuperusers, DeletedTogether, ModelAdmin):
    """For superusers: whoever names an address has the site call it, and pays for what it says."""

    form = EndpointForm
    list_display = ("name", "show_kind", "address", "show_state", "count_models")
    ordering = ("position", "name")
    change_list_template = "admin/chat/endpoint/change_list.html"
    change_form_template = "admin/chat/endpoint/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endpoint]:
        # The site's own server is looked after on the page of downloads.
        found: QuerySet[Endpoint] = super().get_queryset(request).exclude(kind=OWN)
        return found.annotate(switched_on=Count("models", filter=Q(models__is_enabled=True)))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = ("kind", "name", "address", "key")
        if obj is None:
            return own
        if not is_superuser(request):
            return ("name", "address", "is_enabled", "position")
        removal = ("remove_key",) if obj.sealed_key else ()
        return (*own, *removal, "is_enabled", "position")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        kind = request.GET.get("kind", "")
        preset = PRESETS.get(kind)
        if preset is None:
            return {}
        return {"kind": kind, "name": choose_endpoint_name(kind), "address": preset.address}

    def get_urls(self) -> list[URLPattern]:
        def wrap(view: Any) -> Any:
            return self.admin_site.admin_view(view)

        own = [
            path("choose/", wrap(pages.choose), name=CHOOSE),
            path("find/", wrap(pages.find), name=FIND),
            path("connect/", wrap(pages.connect), name=CONNECT),
            path("dismiss/", wrap(pages.dismiss), name=DISMISS),
            path("<int:pk>/read/", wrap(pages.read), name="chat_endpoint_read"),
            path("<int:pk>/models/", wrap(pages.switch), name="chat_endpoint_models"),
            path("<int:pk>/test/", wrap(pages.test), name="chat_endpoint_test"),
        ]
        return [*own, *download_pages.list_urls(wrap), *super().get_urls()]

    @method_decorator(sensitive_post_parameters("key"))
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        kind = request.POST.get("kind") or request.GET.get("kind", "")
        if kind not in PRESETS:
            return redirect(f"admin:{CHOOSE}")
        title = _("Connect %(kind)s") % {"kind": PRESETS[kind].title}
        return super().add_view(request, form_url, {"title": title} | (extra_context or {}))

    @method_decorator(sensitive_post_parameters("key"))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        endpoint = self.get_object(request, object_id)
        context = {} if endpoint is None else {"offered": list_for_page(endpoint)}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        context = {"title": _("Model endpoints"), "environment": pages.describe_environment()}
        return super().changelist_view(request, context | (extra_context or {}))

    def save_model(self, request: HttpRequest, obj: Endpoint, form: Any, change: bool) -> None:
        obj.changed_by = user_of(request)
        if not change:
            obj.created_by = obj.changed_by
        obj.save()
        if obj.is_enabled:
            # A server may take its time, and no transaction waits for it.
            transaction.on_commit(partial(pages.read_saved, request, obj))

    def response_add(
        self, request: HttpRequest, obj: Endpoint, post_url_continue: str | None = None
    ) -> HttpResponse:
        super().response_add(request, obj, post_url_continue)
        return redirect("admin:chat_endpoint_change", obj.pk)

    @admin.display(description=gettext_lazy("kind"))
    def show_kind(self, endpoint: Endpoint) -> str:
        return PRESETS[endpoint.kind].title if endpoint.kind in PRESETS else endpoint.kind

    @admin.display(description=gettext_lazy("state"))
    def show_state(self, endpoint: Endpoint) -> str:
        if not endpoint.is_enabled:
            return _("Not in use")
        return endpoint.error or _("It answered")

    @admin.display(description=gettext_lazy("models switched on"))
    def count_models(self, endpoint: Any) -> str:
        url = reverse("admin:chat_endpointmodel_changelist")
        link = '<a href="{}?endpoint__id__exact={}">{}</a>'
        return format_html(link, url, endpoint.pk, endpoint.switched_on)
