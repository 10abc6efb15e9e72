"""Fields of models."""

from typing import Any

from django.db import models

from aiapp.text.invisible import remove_invisible


class NameField(models.CharField):
    """A name or title that people go by: without characters that they cannot see.

    They are left out on the way in and on the way out, so that what an older release stored
    deceives nobody either. To migrations it is a CharField, which it is in the database.
    """

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self._clean(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        return self._clean(super().get_prep_value(value))

    def from_db_value(self, value: Any, *args: Any) -> Any:
        return self._clean(value)

    @staticmethod
    def _clean(value: Any) -> Any:
        return remove_invisible(value) if isinstance(value, str) else value
