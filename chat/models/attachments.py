"""Pictures that questions are asked about."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from chat.models.conversations import Message


class Attachments(models.Manager["Attachment"]):
    """Without their bytes, which only a few places need."""

    def get_queryset(self) -> models.QuerySet["Attachment"]:
        return super().get_queryset().defer("data")


class Attachment(models.Model):
    """A picture, as we have written it anew from what was uploaded (`chat.attachments`).

    Its bytes are in the database, a few hundred thousand of them, so that they come and go with
    the messages that show them: an edited question shows those of the one it replaces.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments"
    )
    # None until it is sent.
    messages = models.ManyToManyField(Message, related_name="attachments")
    filename = NameField(max_length=200)
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    # The words in it, for models that cannot see; null until somebody wanted them read.
    text = models.TextField(null=True)  # noqa: DJ001 - "" says that there are none
    created = models.DateTimeField(auto_now_add=True, db_index=True)

    objects = Attachments()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("chat:attachment", args=[self.id])
