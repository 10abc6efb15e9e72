"""Endpoints of models that administrators connect, and the models that they switch on there."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from aiapp.text.fields import NameField

NAME = RegexValidator(
    r"^[a-z0-9][a-z0-9-]{0,39}\Z", _("Use only lowercase letters, digits and hyphens, at most 40.")
)
MAX_NAME = 200
MAX_TOKENS = 100_000_000


def check_model_name(value: str) -> None:
    """Raises ValidationError for what no question may call a model."""
    if not value.isprintable() or value != value.strip():
        raise ValidationError(_("A model name has no spaces around it and no line breaks."))


class Endpoint(models.Model):
    """A server of models (`chat.endpoints`). Its key is written there and shown to nobody."""

    name = models.CharField(
        _("name"),
        max_length=40,
        unique=True,
        validators=[NAME],
        help_text=_("For example openai or gpu-server."),
    )
    # One of `chat.endpoints.presets`.
    kind = models.CharField(_("kind"), max_length=20)
    address = models.CharField(_("address"), max_length=500)
    # Encrypted; empty without a key.
    sealed_key = models.TextField(default="", blank=True, editable=False)
    is_enabled = models.BooleanField(_("in use"), default=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Lower numbers come first.")
    )
    # What its server says of its models: `{name: {field of ModelInfo: value}}`.
    listed: Any = models.JSONField(default=dict, editable=False)
    error = models.CharField(max_length=400, default="", blank=True, editable=False)
    read_at = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        ordering: ClassVar = ["position", "name"]
        verbose_name = _("model endpoint")
        verbose_name_plural = _("model endpoints")

    def __str__(self) -> str:
        return self.name


class EndpointModel(models.Model):
    """A model at an endpoint, under the name that questions call it by: there is one of each."""

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="models", verbose_name=_("endpoint")
    )
    upstream = models.CharField(
        _("name at the endpoint"),
        max_length=MAX_NAME,
        validators=[check_model_name],
        help_text=_("What its server calls it; for Azure, the name of the deployment."),
    )
    name = models.CharField(
        _("name"),
        max_length=MAX_NAME,
        unique=True,
        validators=[check_model_name],
        help_text=_("The name used in chats and by API clients. It must be unique."),
    )
    label = NameField(
        _("label"),
        max_length=100,
        blank=True,
        help_text=_("Shown instead of the name, for example “Fast and cheap”."),
    )
    is_enabled = models.BooleanField(_("switched on"), default=True)
    # Apart from the groups, so that a model does not become everybody's when its group is deleted.
    is_for_all = models.BooleanField(
        _("for everybody"), default=True, help_text=_("Unless groups are chosen below.")
    )
    groups = models.ManyToManyField(
        Group, blank=True, verbose_name=_("groups"), help_text=_("Only their members may use it.")
    )
    is_default = models.BooleanField(
        _("default"),
        default=False,
        help_text=_("Used when nobody chooses a model. Takes precedence over CHAT_MODEL."),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    fallback = models.PositiveSmallIntegerField(
        _("fallback order"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("1 is tried first when another model is busy or away. Empty is never tried."),
    )
    context = models.PositiveIntegerField(
        _("longest prompt, in tokens"),
        null=True,
        blank=True,
        validators=[MinValueValidator(256), MaxValueValidator(MAX_TOKENS)],
        help_text=_("Empty goes by its server, or by what is known of the model."),
    )
    vision = models.BooleanField(_("takes pictures"), null=True, blank=True)
    tools = models.BooleanField(_("calls tools"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["endpoint__position", "endpoint__name", "position", "name"]
        verbose_name = _("model")
        verbose_name_plural = _("models")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=models.Q(is_default=True),
                name="one_default_model",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="model_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def overrides(self) -> dict[str, Any]:
        """The abilities that the administrator has said it has, by the fields of `ModelInfo`."""
        said = {"context": self.context, "vision": self.vision, "tools": self.tools}
        return {field: value for field, value in said.items() if value is not None}


class FormerModel(models.Model):
    """A name whose model was deleted or renamed: its questions go to nobody else's server."""

    name = models.CharField(primary_key=True, max_length=MAX_NAME)

    class Meta:
        verbose_name_plural = "former models"

    def __str__(self) -> str:
        return self.name


class FirstSteps(models.Model):
    """A note that somebody wants to see *Get started* no more."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    dismissed = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "first steps"

    def __str__(self) -> str:
        return str(self.user_id)
