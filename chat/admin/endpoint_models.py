"""Models of endpoints in the admin: for whom, what they cost, and who answers in their place."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Price
from accounts.people.powers import BySuperusers
from aiapp.admin import DeletedTogether, ModelAdmin
from aiapp.llm import registry
from chat.endpoints import connecting
from chat.models import EndpointModel

MAX_PRICE = 100_000


class EndpointModelForm(forms.ModelForm):
    """A model, with its row of the price table."""

    price_read = forms.DecimalField(
        label=gettext_lazy("Input price, US$ per million tokens"),
        required=False,
        min_value=0,
        decimal_places=4,
        validators=[MaxValueValidator(MAX_PRICE)],
    )
    price_written = forms.DecimalField(
        label=gettext_lazy("Output price, US$ per million tokens"),
        required=False,
        min_value=0,
        decimal_places=4,
        validators=[MaxValueValidator(MAX_PRICE)],
    )

    class Meta:
        model = EndpointModel
        fields = "__all__"  # noqa: DJ007 - the admin says which
        widgets: ClassVar = {"groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "price_read" in self.fields:
            price = Price.objects.filter(model=self.instance.name).first()
            self.initial["price_read"] = price.input if price else None
            self.initial["price_written"] = price.output if price else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("groups"):
            values["is_for_all"] = False
        if values.get("is_default") and not values.get("is_for_all", True):
            raise ValidationError(_("The default model must be for everybody; choose no groups."))
        return values

    def _get_validation_exclusions(self) -> set[str]:
        # The one that was the default until now gives way when this is saved.
        names: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return names | {"is_default"}


class RowForm(forms.ModelForm):
    """A row of the list, whose fields say what they are to those who do not see its columns."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{field.label}: {self.instance}"


@admin.register(EndpointModel)
class EndpointModelAdmin(BySuperusers, DeletedTogether, ModelAdmin):
    """Models are switched on at their endpoint; here is what is said of them."""

    form = EndpointModelForm
    list_display = ("name", "endpoint", "show_groups", "is_default", "is_enabled", "fallback")
    list_display += ("position",)
    list_editable = ("is_enabled", "fallback", "position")
    list_select_related = ("endpoint",)
    search_fields = ("name", "upstream", "label")
    readonly_fields = ("endpoint", "upstream")
    actions = ("make_default",)
    fieldsets: ClassVar = [
        (None, {"fields": ["endpoint", "upstream", "name", "label", "is_enabled", "is_default"]}),
        (gettext_lazy("For whom"), {"fields": ["is_for_all", "groups"]}),
        (gettext_lazy("Price"), {"fields": ["price_read", "price_written"]}),
        (
            gettext_lazy("What it can do"),
            {
                "fields": ["context", "tools", "vision"],
                "description": gettext_lazy(
                    "Leave at Unknown to go by its server and what is known of it."
                ),
            },
        ),
        (gettext_lazy("Order"), {"fields": ["position", "fallback"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        # By their endpoint's page, which knows their names.
        return False

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, **{"form": RowForm} | kwargs)

    def get_queryset(self, request: HttpRequest) -> QuerySet[EndpointModel]:
        found: QuerySet[EndpointModel] = super().get_queryset(request)
        return found.prefetch_related("groups")

    def save_model(self, request: HttpRequest, obj: EndpointModel, form: Any, change: bool) -> None:
        if obj.is_default:
            EndpointModel.objects.filter(is_default=True).exclude(pk=obj.pk).update(
                is_default=False
            )
        if "groups" in form.cleaned_data:
            obj.is_for_all = form.cleaned_data["is_for_all"]
        super().save_model(request, obj, form, change)
        self._save_price(obj, form)
        if "name" in form.changed_data and obj.name in registry.list_environment_names():
            told = _("%(model)s now replaces the environment's model of the same name.")
            messages.warning(request, told % {"model": obj.name})

    def _save_price(self, obj: EndpointModel, form: Any) -> None:
        changed, values = set(form.changed_data), form.cleaned_data
        price = values.get("price_read"), values.get("price_written")
        # The price goes along with another name, and deletes none that was entered for that.
        is_renamed = "name" in changed and any(each is not None for each in price)
        if is_renamed or {"price_read", "price_written"} & changed:
            connecting.set_price(obj.name, *price)

    @admin.action(description=gettext_lazy("Make the selected model the default"))
    def make_default(self, request: HttpRequest, queryset: QuerySet[EndpointModel]) -> None:
        model = queryset.first()
        if model is None or queryset.count() > 1:
            messages.error(request, _("Select one model."))
            return
        try:
            connecting.make_default(model)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return
        self.log_change(request, model, "Made the default.")
        told = _("%(model)s is now the default model.")
        messages.success(request, told % {"model": model.name})

    @admin.display(description=gettext_lazy("for"))
    def show_groups(self, model: EndpointModel) -> str:
        if model.is_for_all:
            return _("everybody")
        return ", ".join(group.name for group in model.groups.all()) or _("nobody")
