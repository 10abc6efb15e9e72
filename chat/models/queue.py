"""Questions that wait for the answer before them."""

from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models

from aiapp.ids import uuid7
from chat.models.conversations import Conversation


class NextQuestion(models.Model):
    """A question asked while its chat was still answering.

    It becomes a turn once the answer before it is done (`chat.turns.running.following`). An answer
    that failed or was stopped leaves it where it is, for its user to decide.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="next_questions"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The name of the turn's request, so that however often it is tried it is asked once.
    request_id = models.CharField(max_length=100)
    content = models.TextField()
    # By their ids.
    attachments = models.JSONField(default=list)
    # The choices for the turn, by the names of its fields.
    choices = models.JSONField(default=dict)
    # Whether the answer before it was stopped to make way for it: it is the next one then.
    is_urgent = models.BooleanField(default=False)
    # Why it could not be asked; empty while nothing stood in its way.
    refusal = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-is_urgent", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "request_id"], name="next_question_request_once"
            ),
        ]

    def __str__(self) -> str:
        return f"next question {self.id}"

    def ids(self, name: str) -> list[UUID] | None:
        """Return the ids of a choice; None if it was not made."""
        chosen: Any = self.choices.get(name)
        return None if chosen is None else [UUID(each) for each in chosen]
