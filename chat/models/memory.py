"""The memory of long chats, and of the people who chat."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from aiapp.ids import uuid7
from chat.models.conversations import Conversation, Message


class Summary(models.Model):
    """Notes on a branch from its beginning up to a message (`chat.memory.summary`).

    A branch that does not go through the message has no part in them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="summaries"
    )
    upto = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="summary")
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["upto"]
        verbose_name_plural = "summaries"

    def __str__(self) -> str:
        return f"notes up to {self.upto_id}"


class UserFact(models.Model):
    """Something that somebody said about themselves, for answers in other chats to know."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="facts"
    )
    text = models.CharField(max_length=300)
    # Where it was said; null if its owner wrote it down, or the chat is gone.
    conversation = models.ForeignKey(
        Conversation, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "text"], name="fact_once"),
        ]

    def __str__(self) -> str:
        return self.text
