"""A document's versions, their pages, and the chunks that search finds."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from aiapp.ids import uuid7
from aiapp.text.columns import put_above
from aiapp.text.fields import NameField
from documents.models.library import Document


class Version(models.Model):
    """One uploaded file of a document, and the state of its ingest."""

    class PageKind(models.TextChoices):
        PAGE = "page"
        SLIDE = "slide"
        SHEET = "sheet"
        CHAPTER = "chapter"

    class State(models.TextChoices):
        QUEUED = "queued"
        PROCESSING = "processing"
        READY = "ready"
        FAILED = "failed"

    class Stage(models.TextChoices):
        WAITING = "waiting"
        PARSING = "parsing"
        CHUNKING = "chunking"
        EMBEDDING = "embedding"
        INDEXING = "indexing"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(default=1)
    file = models.FileField(max_length=200)
    filename = NameField(max_length=300)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)

    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.WAITING)
    # How far the stage is: of so many pages or chunks, so many are done.
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    pages = models.PositiveIntegerField(default=0)
    chunk_count = models.PositiveIntegerField(default=0)
    # What embedding it took, by our estimate; chunks whose vectors were reused cost nothing.
    tokens = models.PositiveBigIntegerField(default=0, db_default=0)
    # Which recipe made the chunks' words (`documents.spaces.storing`), so that a better one can
    # follow.
    words_recipe = models.PositiveSmallIntegerField(default=1, db_default=1)
    # Which recipe found its tables (`documents.ingest.table_finding`); 0 until somebody looked.
    tables_recipe = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Whether pages mean anything to a reader: a PDF has them, a text file does not.
    paged = models.BooleanField(default=False)
    # What a page of this format is called; a presentation has slides, a workbook sheets.
    page_kind = models.CharField(
        max_length=10, choices=PageKind.choices, default=PageKind.PAGE, db_default=PageKind.PAGE
    )
    # What was left out, cut or guessed when it was read: codes and values, in the form of
    # `documents.ingest.notes`. Null is a version that was read before there were notes.
    notes = models.JSONField(null=True, editable=False)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)

    # The claim: which attempt this is, and until when its worker is believed to live.
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    # By the database's clock, with which `documents.ingest.claim` compares it.
    created = models.DateTimeField(db_default=Now(), editable=False)
    finished = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["document", "number"], name="version_number_per_document"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["claimed_until"],
                condition=models.Q(state__in=["queued", "processing"]),
                name="versions_unfinished",
            ),
            models.Index(fields=["tables_recipe"], name="versions_by_tables_recipe"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} v{self.number}"


class Page(models.Model):
    """The text of a page. `start` is its first character's place in the whole version's text."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="page_texts")
    number = models.PositiveIntegerField()
    start = models.PositiveIntegerField()
    text = models.TextField()

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "number"], name="page_number_per_version"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} p. {self.number}"


class Chunk(models.Model):
    """An indexed piece: characters `start` to `end` of the version's text, on one page."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="chunks")
    ordinal = models.PositiveIntegerField()
    page = models.PositiveIntegerField(null=True)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    text = models.TextField()
    # The headings that it stands under, outermost first, joined by " › ".
    heading = models.CharField(max_length=500, blank=True, default="", db_default="")
    # Of the rows that it begins with, the names of their columns, which stand before it.
    columns = models.CharField(max_length=500, blank=True, default="", db_default="")
    # Of what was cut, heading and text, in hexadecimal SHA-256: a chunk of the next version with
    # the same digest takes over the vector, and what a curator did.
    digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    # What a curator changed: a chunk without a place in search, and the text before the edit.
    disabled = models.BooleanField(default=False, db_default=False)
    original = models.TextField(null=True, blank=True)  # noqa: DJ001 - null is "never edited"
    # Changed, and found by its words alone until its new text is embedded.
    unembedded = models.BooleanField(default=False, db_default=False)
    words = SearchVectorField()

    class Meta:
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="chunk_ordinal_per_version"
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["words"], name="chunk_words"),
            models.Index(
                fields=["id"], condition=models.Q(unembedded=True), name="chunks_unembedded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} #{self.ordinal}"

    @property
    def full_text(self) -> str:
        """Its text below the names of its first rows' columns."""
        return put_above(self.columns, self.text)
