"""A user's own settings for answers to come."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from chat.models.conversations import Origin


class SavedPrompt(models.Model):
    """A text that its owner puts into the box to write in by its title."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts"
    )
    title = NameField(max_length=80)
    text = models.TextField(max_length=20_000)
    # Own or tool: a model may have kept it, with its owner's consent.
    origin = models.CharField(
        max_length=10, choices=Origin.choices, default=Origin.OWN, db_default=Origin.OWN.value
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "title"], name="prompt_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Instructions(models.Model):
    """A user's instructions for every answer, and the model that new chats begin with."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="instructions",
    )
    text = models.TextField(max_length=4_000, blank=True)
    enabled = models.BooleanField(default=True, db_default=True)
    # Whether chats are to know what their user said in others (`UserFact`).
    learns = models.BooleanField(default=False, db_default=False)
    # Whether a model names new chats, and whether it suggests how to go on after an answer.
    titles = models.BooleanField(default=True, db_default=True)
    follow_ups = models.BooleanField(default=True, db_default=True)
    # Empty for the one that the newest chat was answered by.
    model = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "instructions"

    def __str__(self) -> str:
        return f"instructions of {self.owner_id}"

    @property
    def active_text(self) -> str:
        """Empty if they are switched off."""
        return self.text if self.enabled else ""
