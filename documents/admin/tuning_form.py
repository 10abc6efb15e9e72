"""Settings of search as a form, made from the bounds that `documents.models.tuning` keeps."""

from dataclasses import asdict
from typing import Any

from django import forms

from documents.models.tuning import BOUNDS, CUTTING, DEFAULT, Tuning

FIELDS = tuple(name for name in BOUNDS if name not in CUTTING)
_HELP = {
    "dense_weight": "Weight of meaning beside words: 0 is words alone, 1 is meaning alone."
    " Empty: decided by each question.",
    "title_weight": "What a word of the title is worth beside one of the text.",
    "passages": "How many passages an answer is made from.",
    "neighbours": "So many chunks before and after each passage are read with it.",
}


class TuningForm(forms.Form):
    """Fields named like the settings; what is left empty is the default."""

    def __init__(self, *args: Any, present: Tuning = DEFAULT, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FIELDS:
            self.fields[name] = _field(name, getattr(present, name))

    def tuning(self) -> dict[str, Any]:
        """Return the settings of a valid form that differ from the defaults."""
        given = {name: self.cleaned_data.get(name) for name in FIELDS}
        return Tuning(**{n: v for n, v in given.items() if v is not None}).as_dict()


def expand_settings(tuning: dict[str, Any]) -> dict[str, Any]:
    """All settings of search that a stored object stands for."""
    known = {name: value for name, value in tuning.items() if name in FIELDS}
    return {n: v for n, v in asdict(Tuning(**known)).items() if n in FIELDS}


def _field(name: str, present: float | None) -> forms.Field:
    low, high = BOUNDS[name]
    if isinstance(getattr(DEFAULT, name), int):
        field: forms.Field = forms.IntegerField(min_value=int(low), max_value=int(high))
    else:
        field = forms.FloatField(min_value=low, max_value=high, step_size=0.05)
        # By hand: the step is for the arrows of the field, and not for what may be typed.
        field.validators = field.validators[:2]
        field.widget.attrs["step"] = "any"
    field.required, field.initial = False, present
    field.label = name.replace("_", " ").capitalize()
    field.help_text = _HELP.get(name, "")
    return field
