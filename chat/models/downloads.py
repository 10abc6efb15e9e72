"""Models that are downloaded from a hub for the site's own server."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aiapp.ids import uuid7


class ModelDownload(models.Model):
    """A download that an administrator asked for; what has arrived lies in `DATA_DIR/models`."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("downloading")
        PAUSED = "paused", _("paused")
        DONE = "done", _("complete")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    repository = models.CharField(max_length=200)
    revision = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    licence = models.CharField(max_length=100, blank=True)
    # In tokens; 0 where the hub does not tell.
    context = models.PositiveIntegerField(default=0)
    # In bytes.
    size = models.BigIntegerField()
    received = models.BigIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # How often the hub was away since something arrived.
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    # Until when a worker is believed to be at it.
    claimed_until = models.DateTimeField(db_default=Now())
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=~models.Q(state="done"),
                name="one_download_of_a_model",
            )
        ]

    def __str__(self) -> str:
        return f"{self.repository} {self.name}"

    @property
    def is_active(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}

    @property
    def percent(self) -> int:
        return 100 * self.received // self.size if self.size else 0
