"""Embedding spaces in the admin: building one beside the active one, switching, removing."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from aiapp.admin import ModelAdmin
from aiapp.errors import AppError
from aiapp.llm.embedding import client
from aiapp.llm.embedding.endpoints import endpoints
from documents.admin.bases import LIVE, tell
from documents.models import EmbeddingSpace
from documents.spaces import building, spaces
from documents.tasks import build_space, remove_space


class _SpaceForm(forms.ModelForm):
    """A model of a configured provider, which is asked for a vector before anything is made."""

    provider = forms.ChoiceField()
    dimension = forms.IntegerField(
        required=False, min_value=1, help_text="Leave empty for the model's own."
    )

    class Meta:
        model = EmbeddingSpace
        fields = ("provider", "model", "dimension")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "model" not in self.fields:
            # Looked at, not made.
            return
        self.fields["provider"].choices = [(name, name) for name in endpoints()]  # type: ignore[attr-defined]
        self.fields["model"].initial = client.get_configured_model().model

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        try:
            self.instance = building.begin(values["provider"], values["model"], values["dimension"])
        except AppError as error:
            raise forms.ValidationError(error.message) from error
        values["dimension"] = self.instance.dimension
        return values

    def validate_unique(self) -> None:
        """A space that exists is built on."""

    def validate_constraints(self) -> None:
        """As above."""


@admin.register(EmbeddingSpace)
class EmbeddingSpaceAdmin(ModelAdmin):
    form = _SpaceForm
    list_display = (
        *("model", "provider", "dimension", "active", "state"),
        *("progress", "failure_message", "created"),
    )
    actions = ("build", "switch", "remove")

    class Media:
        js = LIVE

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Actions ask for it; a space itself has nothing to edit.
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if request.method == "GET" and (wanted := spaces.find_replacement_model()):
            messages.info(
                request,
                f"The environment names {wanted.model} ({wanted.provider}). Searches go on with the"
                " active model. To change to the other one, add it here: it is built beside the"
                " active one and then takes its place.",
            )
        return super().changelist_view(request, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        """The form has made the space; what is left is the work."""
        build_space.delay(obj.pk)

    @admin.display(description="embedded")
    def progress(self, space: EmbeddingSpace) -> str:
        total = spaces.current_chunks().count()
        return f"{total - spaces.find_missing_chunks(space).count()} of {total}"

    @admin.action(description="Build, then switch", permissions=["change"])
    def build(self, request: HttpRequest, queryset: QuerySet[EmbeddingSpace]) -> None:
        for space in queryset:
            try:
                building.begin(space.provider, space.model, space.dimension)
            except AppError as error:
                tell(request, error, space)
                continue
            build_space.delay(space.pk)
            self.log_change(request, space, "Build asked for.")
            messages.success(request, f"{space} is being built.")

    @admin.action(description="Switch to a complete space", permissions=["change"])
    def switch(self, request: HttpRequest, queryset: QuerySet[EmbeddingSpace]) -> None:
        if len(queryset) != 1:
            messages.warning(request, "Choose one embedding space.")
            return
        space = queryset[0]
        try:
            spaces.switch(space)
        except AppError as error:
            tell(request, error, space)
            return
        self.log_change(request, space, "Made the active space.")
        messages.success(request, f"Searches use {space} now.")

    @admin.action(description="Remove with all its vectors", permissions=["change"])
    def remove(self, request: HttpRequest, queryset: QuerySet[EmbeddingSpace]) -> None:
        for space in queryset:
            if space.active:
                messages.warning(request, f"{space} is in use. Switch to another one first.")
                continue
            remove_space.delay(space.pk)
            self.log_change(request, space, "Removal asked for.")
            messages.success(request, f"{space} is being removed.")
