"""Long recordings that a program has transcribed in the background."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from aiapp.ids import uuid7


class Transcription(models.Model):
    """A recording and its transcript so far; kept for a day."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    FINAL = (State.DONE, State.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file = models.FileField()
    media_type = models.CharField(max_length=100)
    # ISO 639-1, or empty to have it found.
    language = models.CharField(max_length=20, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    # Segments of two minutes, about; the total is 0 until it is known.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    # In seconds, of what is transcribed.
    duration = models.FloatField(default=0)
    text = models.TextField(blank=True)
    # `[[start, end, text]]`, in seconds.
    segments = models.JSONField(default=list)
    error = models.CharField(max_length=500, blank=True)
    # Until when a worker is believed to be at it.
    claimed_until = models.DateTimeField(db_default=Now())
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.id} {self.state}"
