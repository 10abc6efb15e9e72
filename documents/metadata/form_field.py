"""A form's field for metadata, with a line for each."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from aiapp.errors import AppError
from documents.metadata.lines import parse_lines, write_lines


class MetadataField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        area = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
        defaults: dict[str, Any] = {
            "label": gettext_lazy("Metadata"),
            "required": False,
            "widget": area,
            "help_text": gettext_lazy("One per line, for example: author: Ann"),
        }
        super().__init__(**(defaults | kwargs))

    def prepare_value(self, value: Any) -> Any:
        return write_lines(value) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        try:
            return parse_lines(super().to_python(value) or "")
        except AppError as error:
            raise forms.ValidationError(error.message) from error
