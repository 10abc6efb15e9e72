"""Conversations, their tree of messages, the turns that make answers, and citations.

Folder ─< Conversation ─< Message ─┬─ parent (an edit or a regenerated answer is a sibling)
                                   ├─ Turn ─< Attempt
                                   ├─ Feedback
                                   ├─< Call
                                   └─< Citation
"""

from collections.abc import Sequence
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
from documents.models import Version


class Folder(models.Model):
    """Chats that belong together, with what every answer in them should heed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders"
    )
    name = models.CharField(max_length=80)
    instructions = models.TextField(max_length=4_000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="folder_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Conversation(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations"
    )
    title = models.CharField(max_length=200, blank=True)
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
    # When it was deleted; nobody sees it any more, and soon it is gone (`chat.deleting`).
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
    created = models.DateTimeField(auto_now_add=True)

    # The ids of the messages with the same parent, this one among them, the oldest first; as
    # `chat.conversations.mark_siblings` leaves them.
    siblings: Sequence[UUID] = ()
    # What its answer cost in US dollars; None for what cost nothing. See `mark_costs` there.
    cost: Decimal | None = None

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.role} {self.id}"


class MessageWords(models.Model):
    """What search knows of a message; a trigger keeps it, so no writer can forget to.

    Beside the message, since whoever reads messages has no use for it. The words include the
    owner as one of them, so that one index answers who and what at once.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, primary_key=True, related_name="words"
    )
    conversation_id = models.UUIDField(db_index=True)
    words = SearchVectorField()

    class Meta:
        indexes: ClassVar = [GinIndex(fields=["words"], name="message_words")]

    def __str__(self) -> str:
        return f"words of {self.message_id}"


class Turn(models.Model):
    """The making of one assistant message. Each final state is reached exactly once."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        STOPPED = "stopped"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="turn")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The client's name for this request: a repeat finds the first turn instead of making another.
    request_id = models.CharField(max_length=100)
    model = models.CharField(max_length=200)
    temperature = models.FloatField(default=0.7)
    max_tokens = models.PositiveIntegerField(null=True)
    # The collections to search; null means all that the owner may read, [] means none.
    collections = models.JSONField(null=True)
    # The documents to search in those; null means all.
    documents = models.JSONField(null=True)
    # The names of the tools that the model may call; null means those that only read.
    tools = models.JSONField(null=True)
    # The message whose calls, confirmed or declined meanwhile, this answer goes on from.
    continues = models.UUIDField(null=True)
    # A program's messages and parameters in OpenAI's form, passed on as they are (`chat.openai`).
    request = models.JSONField(null=True)

    # What the guards found in what was read and written (`chat.guardrails.flagging.Flag`); null if
    # nothing.
    flags = models.JSONField(null=True)
    # Whether the passages that the answer was given support any of it; null if it had none.
    grounded = models.BooleanField(null=True)
    # Whether it must be made anew though an answer may be kept (`chat.response_cache`).
    fresh = models.BooleanField(default=False, db_default=False)
    # Whether it is one that was kept.
    cached = models.BooleanField(default=False, db_default=False)
    # The model that answered while `model` was away; empty if none did.
    stand_in = models.CharField(max_length=200, blank=True, default="", db_default="")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    attempt = models.PositiveIntegerField(default=1)
    finish_reason = models.CharField(max_length=20, blank=True)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)
    error_retryable = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "request_id"], name="turn_request_once"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created"],
                condition=models.Q(state__in=["queued", "running"]),
                name="turns_unfinished",
            ),
            models.Index(
                fields=["-created"],
                condition=models.Q(flags__isnull=False),
                name="turns_flagged",
            ),
        ]

    FINAL = (State.DONE, State.STOPPED, State.FAILED)

    def __str__(self) -> str:
        return f"{self.model} {self.state}"

    @property
    def was_steered(self) -> bool:
        """Whether something that was read for the answer looked like orders to the model."""
        return any(flag["source"] in {"passage", "tool"} for flag in self.flags or ())

    @property
    def is_final(self) -> bool:
        return self.state in self.FINAL

    @property
    def speaker(self) -> str:
        """The model whose words the answer is."""
        return self.stand_in or self.model

    @property
    def seconds(self) -> float | None:
        """From the question's acceptance to the answer's end; None before that."""
        return (self.finished - self.created).total_seconds() if self.finished else None


class FlaggedTurn(Turn):
    """A turn in which the guards found something, as the administration lists it."""

    class Meta:
        proxy = True


class Attempt(models.Model):
    """One run of a turn by one process, with what it used. An abandoned one is estimated."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    runner = models.CharField(max_length=100)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    started = models.DateTimeField(auto_now_add=True)
    ended = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["turn", "number"], name="attempt_number_per_turn"),
        ]

    def __str__(self) -> str:
        return f"{self.turn_id} attempt {self.number}"


class Citation(models.Model):
    """A passage as an answer used it: a snapshot that outlives the document's next version."""

    class Support(models.TextChoices):
        SUPPORTED = "supported"
        WEAK = "weak"
        UNSUPPORTED = "unsupported"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    n = models.PositiveIntegerField()
    version = models.ForeignKey(Version, on_delete=models.SET_NULL, null=True, related_name="+")
    document_title = models.CharField(max_length=300)
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    similarity = models.FloatField(null=True)
    # Whether the sentences that cite it say what it says; null when nothing cites it by number.
    supported = models.BooleanField(null=True)
    # The same in three grades (`chat.citations`); empty when nothing cites it by number.
    support = models.CharField(
        max_length=12, choices=Support.choices, blank=True, default="", db_default=""
    )

    class Meta:
        ordering: ClassVar = ["n"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "n"], name="citation_number_per_message"),
        ]

    def __str__(self) -> str:
        return f"[{self.n}] {self.document_title}"


class Call(models.Model):
    """A tool that a model called for an answer, with what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting"  # for its user's word
        CONFIRMED = "confirmed"
        DENIED = "denied"
        STARTED = "started"  # by a confirmation; whether it took effect is known when it is done
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="calls")
    # Calls that the model made together have the same step.
    step = models.PositiveSmallIntegerField()
    # The model's name for it, unique in the answer.
    call_id = models.CharField(max_length=100)
    name = models.CharField(max_length=100)
    # What the model wrote: JSON, if it kept to the rules.
    arguments = models.TextField()
    # What is shown of the result; passages are not in it, since access to them may end.
    result = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    seconds = models.FloatField(default=0)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "call_id"], name="call_id_per_message"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    def told(self) -> dict[str, str]:
        return {"id": self.call_id, "name": self.name, "arguments": self.arguments}

    def answered(self) -> dict[str, Any]:
        """What is told of its result, live and afterwards."""
        return {
            "id": self.call_id,
            "content": self.result,
            "seconds": round(self.seconds, 3),
            "failed": self.state == self.State.FAILED,
        }


class SavedPrompt(models.Model):
    """A text that its owner puts into the box to write in by its title."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts"
    )
    title = models.CharField(max_length=80)
    text = models.TextField(max_length=20_000)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["title"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "title"], name="prompt_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Instructions(models.Model):
    """What somebody wants every answer of theirs to heed, and which model new chats begin with."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="instructions",
    )
    text = models.TextField(max_length=4_000, blank=True)
    enabled = models.BooleanField(default=True, db_default=True)
    # Empty for the one that the newest chat was answered by.
    model = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        verbose_name_plural = "instructions"

    def __str__(self) -> str:
        return f"instructions of {self.owner_id}"


class ChatShare(models.Model):
    """A link to a snapshot of a chat, until it is revoked or has run out (`chat.sharing`)."""

    class Audience(models.TextChoices):
        MEMBERS = "members", _("Members who are signed in")
        ANYONE = "anyone", _("Anyone who has the link")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="shares")
    token_hash = models.CharField(max_length=64, unique=True)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    with_sources = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    # `[{role, content, citations: [{n, document, title, page, quote, supported}]}]`
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
    filename = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    imported = models.PositiveIntegerField(default=0)
    # Were here already.
    known = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    # Of the first that were skipped: `[{title, reason}]`.
    reasons = models.JSONField(default=list)
    error = models.CharField(max_length=300, blank=True)
    # Until when a worker is believed to be at it.
    claimed_until = models.DateTimeField(auto_now_add=True)
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
    """Where a chat came from, so that it is not imported twice."""

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


class Feedback(models.Model):
    """What the asker thinks of an answer."""

    class Rating(models.TextChoices):
        UP = "up"
        DOWN = "down"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    rating = models.CharField(max_length=4, choices=Rating.choices)
    reason = models.CharField(max_length=1000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.rating} {self.message_id}"
