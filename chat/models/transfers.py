"""Chats that go elsewhere, and come from there."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from chat.models.conversations import Conversation


class ChatShare(models.Model):
    """A link to a snapshot of a chat, until it is revoked or has run out
    (`chat.conversations.sharing`).
    """

    class Audience(models.TextChoices):
        MEMBERS = "members", _("Members who are signed in")
        ANYONE = "anyone", _("Anyone who has the link")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    token_hash = models.CharField(max_length=64, unique=True)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    with_sources = models.BooleanField(default=False)
    title = NameField(max_length=200)
    # `[{role, content, citations: [{n, document, title, page, quote, columns, supported}]}]`
    messages = models.JSONField()
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.title} {self.audience}"


class ChatImport(models.Model):
    """A file of chats that somebody brings along, and how far its import has come."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    FINAL = (State.DONE, State.FAILED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The name in the storage; the file is deleted when the import has ended.
    file = models.CharField(max_length=200)
    filename = NameField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    imported = models.PositiveIntegerField(default=0)
    # Were here already.
    known = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # Of the first that were skipped: `[{title, reason}]`.
    reasons = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)
    # Until when a worker is believed to be at it, and how many have begun it.
    claimed_until = models.DateTimeField(db_default=Now(), editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.filename} {self.state}"

    @property
    def is_final(self) -> bool:
        return self.state in self.FINAL


class ImportedChat(models.Model):
    """The source of an imported chat, so that it is not imported twice."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    source = models.CharField(max_length=200)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "source"], name="chat_imported_once"),
        ]

    def __str__(self) -> str:
        return self.source
