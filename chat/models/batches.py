"""Long jobs: many questions, or a long document's summary, worked off in the background."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from documents.models import Document


class Batch(models.Model):
    """A job of many items (`chat.batches`). Each item is worked off once."""

    class Kind(models.TextChoices):
        QUESTIONS = "questions"
        SUMMARY = "summary"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    FINAL = (State.DONE, State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches"
    )
    kind = models.CharField(max_length=10, choices=Kind.choices)
    title = NameField(max_length=300)
    model = models.CharField(max_length=200)
    # The collections to search; null means all that the owner may read.
    collections = models.JSONField(null=True)
    # What is summarised; null of questions, and when it is gone.
    document = models.ForeignKey(Document, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=500, blank=True)
    # Until when a worker is believed to be at it.
    claimed_until = models.DateTimeField(db_default=Now())
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "batches"
        indexes: ClassVar = [
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state__in=["queued", "running"]),
                name="batches_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("chat:batch", args=[self.id])

    @property
    def is_final(self) -> bool:
        return self.state in self.FINAL


class BatchItem(models.Model):
    """One question, or one segment of a document, with what came of it."""

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        FAILED = "failed"

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    # The question; of a summary, which pages.
    text = models.TextField()
    # The pages of a segment; null of questions, and of the summary of all segments.
    first_page = models.PositiveIntegerField(null=True)
    last_page = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    # A failed item that is tried again is another request to the model.
    attempt = models.PositiveIntegerField(default=1)
    answer = models.TextField(blank=True)
    # `[{n, document, title, page, quote, columns}]`; what may not be opened any more is left out
    # when shown.
    citations = models.JSONField(default=list)
    grounded = models.BooleanField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "position"], name="batch_item_position"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.position}"
