"""Places outside from which documents come, and what is known of each thing there."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from aiapp.ids import uuid7
from aiapp.text.fields import NameField
from aiapp.text.invisible import show_invisible
from documents.models.library import Collection, Document


class Source(models.Model):
    """A place whose files a collection keeps up with (`documents.sources`).

    The row is the request for the next sync and the claim of the worker that is at it: `due` says
    from when on a worker may take it, and `attempt` which of them has it.
    """

    class State(models.TextChoices):
        IDLE = "idle", _("waiting")
        RUNNING = "running", _("syncing")
        PAUSED = "paused", _("paused")
        # What only a person can mend: a credential that is refused, a setting that is wrong.
        STOPPED = "stopped", _("needs attention")

    class Phase(models.TextChoices):
        """The phase of the sync that is under way, or was interrupted."""

        NONE = "", ""
        LISTING = "listing", _("listing")
        FETCHING = "fetching", _("fetching")
        REMOVING = "removing", _("removing")

    class Every(models.IntegerChoices):
        """The minutes between two syncs."""

        NEVER = 0, _("only by hand")
        QUARTER = 15, _("every 15 minutes")
        HOUR = 60, _("every hour")
        SIX_HOURS = 360, _("every 6 hours")
        DAY = 1440, _("every day")
        WEEK = 10080, _("every week")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    collection = models.ForeignKey(
        Collection, on_delete=models.CASCADE, related_name="sources", verbose_name=_("collection")
    )
    # Who set it up: the documents are added in their name.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
    )
    name = NameField(_("name"), max_length=100)
    # One of `documents.sources.registry`.
    kind = models.CharField(_("kind"), max_length=20)
    address = models.CharField(_("address"), max_length=1000, blank=True)
    username = models.CharField(_("user name"), max_length=300, blank=True, default="")
    # Encrypted (`documents.sources.credentials`); empty without one.
    sealed_credential = models.TextField(default="", blank=True, editable=False)
    # What only this kind knows, by the names of its `Option`s.
    options: Any = models.JSONField(default=dict, blank=True, editable=False)

    # Whether its server was in a network of the operator's when it was set up; null until it has
    # been looked for. One that was outside is let in by a person alone.
    is_inside = models.BooleanField(null=True, editable=False)

    include = models.TextField(
        _("only these"),
        blank=True,
        default="",
        help_text=_("Patterns of paths, one a line, as in reports/** or *.pdf. Empty takes all."),
    )
    exclude = models.TextField(
        _("not these"),
        blank=True,
        default="",
        help_text=_("Patterns of paths that are left out, one a line."),
    )
    max_megabytes = models.PositiveIntegerField(
        _("largest file, in MB"),
        null=True,
        blank=True,
        help_text=_("Empty goes by what an upload may have."),
    )
    every_minutes = models.PositiveIntegerField(_("sync"), choices=Every.choices, default=Every.DAY)
    check_days = models.PositiveSmallIntegerField(
        _("full check, in days"),
        default=7,
        help_text=_(
            "How often every file is read and compared, whatever its date or tag says. 0 is never."
        ),
    )

    state = models.CharField(max_length=10, choices=State.choices, default=State.IDLE)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.NONE, blank=True)
    # The next sync, or while one is under way, until when its worker is believed to live.
    due = models.DateTimeField(null=True, db_default=Now())
    attempt = models.PositiveIntegerField(default=0)
    # The number of the sync under way, else of the last: what it has not seen is gone.
    generation = models.PositiveIntegerField(default=0)
    # Whether it compares contents whatever the tags say, and may find nothing at all there.
    is_full = models.BooleanField(default=False)
    may_be_empty = models.BooleanField(default=False)
    # Where the listing goes on, and from where on the next may tell changes alone.
    position: Any = models.JSONField(null=True, blank=True, editable=False)
    cursor: Any = models.JSONField(null=True, blank=True, editable=False)
    # Whether this listing names only what has changed.
    is_partial = models.BooleanField(default=False)
    # Of the sync under way, else of the last, by the names of `documents.sources.counting`.
    counts: Any = models.JSONField(default=dict, blank=True, editable=False)
    # Failures in a row, and the last one's reason.
    failures = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True, default="")
    error = models.CharField(max_length=500, blank=True, default="")
    started = models.DateTimeField(null=True, editable=False)
    finished = models.DateTimeField(null=True, editable=False)
    checked = models.DateTimeField(null=True, editable=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        indexes: ClassVar = [
            models.Index(
                fields=["due"],
                condition=models.Q(state__in=["idle", "running"]),
                name="sources_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING


class SourceItem(models.Model):
    """A thing in a source, as it was seen there last, and the document that it became."""

    class State(models.TextChoices):
        PENDING = "pending", _("to be fetched")
        CURRENT = "current", _("up to date")
        SKIPPED = "skipped", _("left out")
        FAILED = "failed", _("failed")
        # No longer there: its document is out of search, and old answers still open it.
        REMOVED = "removed", _("removed there")
        # Somebody deleted its document here, and it does not come back.
        IGNORED = "ignored", _("deleted here")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="items")
    key = models.TextField()
    # A key may be longer than an index entry.
    key_digest = models.CharField(max_length=64)
    path = models.TextField()
    link = models.TextField(blank=True, default="")
    etag = models.CharField(max_length=300, blank=True, default="")
    size = models.BigIntegerField(null=True)
    modified = models.DateTimeField(null=True)
    metadata: Any = models.JSONField(default=dict)
    # What was stored last: its file, and for pages that change with each request its text.
    sha256 = models.CharField(max_length=64, blank=True, default="")
    text_digest = models.CharField(max_length=64, blank=True, default="")
    document = models.OneToOneField(
        Document, on_delete=models.SET_NULL, null=True, related_name="source_item"
    )
    # The sync that saw it last.
    seen = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    code = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("file of a source")
        verbose_name_plural = _("files of sources")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "key_digest"], name="source_item_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["source", "state", "id"], name="source_items_by_state"),
            models.Index(fields=["source", "sha256"], name="source_items_by_content"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def shown_path(self) -> str:
        """Its path with the names of characters that nobody sees in their places."""
        return show_invisible(self.path)


class SourceSync(models.Model):
    """A sync that has ended, or a try at it that failed and is gone on with later."""

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="syncs")
    # The source's generation: the tries at one sync have the same.
    number = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    is_full = models.BooleanField(default=False)
    counts: Any = models.JSONField(default=dict)
    code = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=500, blank=True, default="")
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("sync")
        verbose_name_plural = _("syncs")
        indexes: ClassVar = [models.Index(fields=["source", "-id"], name="source_syncs_newest")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.number}"
