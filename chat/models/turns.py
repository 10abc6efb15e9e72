"""The making of answers: turns and their attempts, what was cited, called and thought of it."""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from chat.models.conversations import Message
from documents.models import Version


class Effort(models.TextChoices):
    """The time that a model takes to think, by OpenAI's names."""

    LOW = "low", _("Short")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("Long")


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
    # A filter by the metadata of documents (`documents.metadata.conditions`); null means none.
    filter = models.JSONField(null=True)
    # The names of the tools that the model may call; null means those that only read.
    tools = models.JSONField(null=True)
    # How long the model is to think before it answers; empty leaves it to the model.
    effort = models.CharField(
        max_length=10, choices=Effort.choices, blank=True, default="", db_default=""
    )
    # The message whose calls, confirmed or declined meanwhile, this answer goes on from.
    continues = models.UUIDField(null=True)
    # A program's messages and parameters in OpenAI's form, passed on as they are (`chat.openai`).
    request = models.JSONField(null=True)

    # What the guards found in what was read and written (`chat.guardrails.flagging.Flag`); null if
    # nothing.
    flags = models.JSONField(null=True)
    # What the model was given, without the texts of others (`chat.turns.prompt_snapshot`); null in
    # old turns.
    prompt = models.JSONField(null=True)
    # Whether the passages that the answer was given support any of it; null if it had none.
    grounded = models.BooleanField(null=True)
    # Whether it must be made anew though an answer may be kept (`chat.turns.response_cache`).
    fresh = models.BooleanField(default=False, db_default=False)
    # Whether it is one that was kept.
    cached = models.BooleanField(default=False, db_default=False)
    # How long the model thought, in seconds; null if it told nothing of it. See `Thoughts`.
    thought_seconds = models.FloatField(null=True)
    # Questions that the answer suggests to go on with; null while nobody has made any.
    follow_ups = models.JSONField(null=True)
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
    # By the database's clock, as all that processes compare (`chat.turns.running.takeover`).
    created = models.DateTimeField(db_default=Now(), editable=False)
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
        """Return True if something that was read for the answer looked like orders to the model."""
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


class Thoughts(models.Model):
    """The thoughts of a model before its answer, apart from it, since few people read them."""

    turn = models.OneToOneField(
        Turn, on_delete=models.CASCADE, primary_key=True, related_name="thoughts"
    )
    text = models.TextField()

    def __str__(self) -> str:
        return f"thoughts of {self.turn_id}"


class Attempt(models.Model):
    """One run of a turn by one process, with what it used. An abandoned one is estimated."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    runner = models.CharField(max_length=100)
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    started = models.DateTimeField(db_default=Now(), editable=False)
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
    document_title = NameField(max_length=300)
    # Of a page of the web, which has no version: where it was read.
    address = models.CharField(max_length=2_000, blank=True, default="", db_default="")
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()
    # Of the rows that the quote begins with, the names of their columns, which stand before it.
    columns = models.CharField(max_length=500, blank=True, default="", db_default="")
    similarity = models.FloatField(null=True)
    # Whether the sentences that cite it say what it says; null when nothing cites it by number.
    supported = models.BooleanField(null=True)
    # The same in three grades (`chat.turns.citations`); empty when nothing cites it by number.
    support = models.CharField(
        max_length=12, choices=Support.choices, blank=True, default="", db_default=""
    )
    # Of rows that a query drew from several documents: the ids of the others. It is shown to who
    # may open them all.
    other_documents = models.JSONField(null=True, blank=True)

    # The number on a page, where sources are counted as they are first cited.
    shown = 0
    # Whether its document has another version by now, or is no longer in its source.
    is_outdated = False
    is_withdrawn = False

    class Meta:
        ordering: ClassVar = ["n"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["message", "n"], name="citation_number_per_message"),
        ]

    def __str__(self) -> str:
        return f"[{self.n}] {self.document_title}"

    @property
    def host(self) -> str:
        """The server of a page of the web, as its name is looked up; "" for documents."""
        try:
            return urlsplit(self.address).hostname or "" if self.address else ""
        except ValueError:
            # As of one in half a pair of brackets, which search engines may pass on.
            return ""


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

    def describe(self) -> dict[str, str]:
        return {"id": self.call_id, "name": self.name, "arguments": self.arguments}

    def describe_result(self) -> dict[str, Any]:
        """The summary of its result, live and afterwards."""
        return {
            "id": self.call_id,
            "content": self.result,
            "seconds": round(self.seconds, 3),
            "failed": self.state == self.State.FAILED,
        }


class Feedback(models.Model):
    """The asker's feedback on an answer."""

    class Rating(models.TextChoices):
        UP = "up"
        DOWN = "down"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    rating = models.CharField(max_length=4, choices=Rating.choices)
    reason = models.CharField(max_length=1000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.rating} {self.message_id}"
