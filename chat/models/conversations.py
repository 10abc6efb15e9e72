"""Folders of conversations, and their trees of messages."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from chat.models.indexing import index_words


class Origin(models.TextChoices):
    """The origin of a text. Anything but `OWN` is somebody else's, or may be: it is never taken
    for the words of the user whose chat it stands in, and a turn that reads it counts as having
    read what others wrote.
    """

    # Written here by the user, or answered here by a model.
    OWN = "own", _("Written here")
    SHARED = "shared", _("From a shared chat")
    # Whatever the file claims to be: anybody can write or change one, our own exports as well.
    IMPORTED = "imported", _("Imported")
    # History that a request brought along; only its sender knows who wrote it.
    PROGRAM = "program", _("Sent by a program")
    # Written by a model through a tool, with its user's consent.
    TOOL = "tool", _("Written by a model")


class Folder(models.Model):
    """Chats that belong together, with what every answer in them should heed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders"
    )
    name = NameField(max_length=80)
    instructions = models.TextField(max_length=4_000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="folder_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


LISTED = models.Q(temporary=False, deleted__isnull=True, archived=False, pinned=False)


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    title = NameField(max_length=200, blank=True)
    # Made for a single API call; not listed, and deleted after a day.
    temporary = models.BooleanField(default=False)
    # What a program calls it that brings its own names, as front ends with the AI SDK do.
    client_id = models.CharField(max_length=100, null=True)  # noqa: DJ001 - null has no namesake
    # The end of the active branch; null means the message made last. No foreign key, whose check
    # each question would pay for: messages go with their conversation only.
    leaf = models.UUIDField(null=True)
    # Above all others in the list.
    pinned = models.BooleanField(default=False, db_default=False)
    # Out of the list, but kept and found by search.
    archived = models.BooleanField(default=False, db_default=False)
    # Chats of a folder that is deleted stay.
    folder = models.ForeignKey(
        Folder, on_delete=models.SET_NULL, null=True, related_name="conversations", db_index=False
    )
    # When it was deleted; nobody sees it any more, and soon it is gone (`chat.turns.deletion`).
    deleted = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-updated", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["owner", "-updated", "-id"], name="conversations_of_owner"),
            models.Index(
                fields=["owner", "-updated", "-id"],
                condition=models.Q(pinned=True),
                name="conversations_pinned",
            ),
            # The parts of the sidebar: each is read from its newest chat on, however many there
            # are in the others.
            models.Index(
                fields=["owner", "-updated", "-id"],
                condition=models.Q(LISTED, folder__isnull=True),
                name="conversations_listed",
            ),
            models.Index(
                fields=["owner", "-updated", "-id"],
                condition=models.Q(LISTED, folder__isnull=False),
                name="conversations_filed",
            ),
            models.Index(
                fields=["owner", "-updated", "-id"],
                condition=models.Q(archived=True),
                name="conversations_archived",
            ),
            models.Index(
                fields=["folder", "-updated"],
                condition=models.Q(folder__isnull=False),
                name="conversations_of_folder",
            ),
            models.Index(
                fields=["deleted"],
                condition=models.Q(deleted__isnull=False),
                name="conversations_deleted",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "client_id"], name="conversation_client_id"),
        ]

    def __str__(self) -> str:
        return self.title or "New chat"

    def get_absolute_url(self) -> str:
        return reverse("chat:conversation", args=[self.id])


class MessageQuerySet(models.QuerySet["Message"]):
    """Writers of several messages at once; they index them as `Message.save` does."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        made = super().bulk_create(objs, *args, **kwargs)
        index_words((each.id, each.content) for each in made)
        return made

    def update(self, **kwargs: Any) -> int:
        if "content" not in kwargs:
            return super().update(**kwargs)
        changed = list(self.values_list("id", flat=True))
        count = super().update(**kwargs)
        index_words(self.model.objects.filter(id__in=changed).values_list("id", "content"))
        return count


class Message(models.Model):
    class Role(models.TextChoices):
        SYSTEM = "system"
        USER = "user"
        ASSISTANT = "assistant"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages"
    )
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    # An assistant's message is empty until its turn ends.
    content = models.TextField(blank=True)
    # The tools that the answer asks its caller to use: `[{id, name, arguments}]`.
    tool_calls = models.JSONField(null=True)
    origin = models.CharField(
        max_length=10, choices=Origin.choices, default=Origin.OWN, db_default=Origin.OWN.value
    )
    created = models.DateTimeField(auto_now_add=True)

    # The ids of the messages with the same parent, this one among them, the oldest first; as
    # `chat.conversations.conversations.mark_siblings` leaves them.
    siblings: Sequence[UUID] = ()
    # What its answer cost in US dollars; None for what cost nothing. See `mark_costs` there.
    cost: Decimal | None = None
    # The numbers that its sources are shown by, once it has been rendered.
    numbers: Mapping[int, int] | None = None

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        fields = kwargs.get("update_fields")
        if fields is None or "content" in fields:
            index_words([(self.id, self.content)])

    @property
    def is_foreign(self) -> bool:
        """Tell that it was not written here, so that nobody knows whose words it holds."""
        return self.origin != Origin.OWN


class MessageWords(models.Model):
    """The search data of a message, beside it, since whoever reads messages has no use for it.

    The words include the owner as one of them, so that one index answers who and what at once. A
    trigger makes the row, so no writer can forget to, with words as PostgreSQL cuts them
    (`recipe` 1); `chat.models.indexing` puts those of `documents.text.words` in their place.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    conversation_id = models.UUIDField(db_index=True)
    words = SearchVectorField()
    recipe = models.PositiveSmallIntegerField(default=1, db_default=1)

    class Meta:
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="message_words"),
            models.Index(fields=["recipe"], name="message_words_recipe"),
        ]

    def __str__(self) -> str:
        return f"words of {self.message_id}"
