"""Collections, documents and their versions, pages, chunks and vectors.

    Collection ─< Document ─< Version ─< Page
                     └current──┘   └───< Chunk ─< ChunkVector >─ EmbeddingSpace

A document shows its *current* version. Ingest fills the next version beside it - pages, then
chunks and vectors batch by batch - and publishes it by moving the pointer: search sees all of a
version or nothing, a killed worker continues where it stopped, and old citations still open
the version that they quote.
"""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from pgvector.django import HalfVectorField

from aiapp.ids import uuid7


class EmbeddingSpace(models.Model):
    """Where vectors can be compared: one model of one provider, and its dimension."""

    provider = models.CharField(max_length=200)
    model = models.CharField(max_length=200)
    dimension = models.PositiveIntegerField()
    active = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["provider", "model", "dimension"], name="space_identity"
            ),
            models.UniqueConstraint(
                fields=["active"], condition=models.Q(active=True), name="one_active_space"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} ({self.dimension})"


class Collection(models.Model):
    """The unit of access: who may read a collection may read its documents."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections"
    )
    name = models.CharField(max_length=200)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "name"], name="collection_name_per_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class Document(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="documents")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    title = models.CharField(max_length=300)
    current = models.ForeignKey("Version", on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created"]

    def __str__(self) -> str:
        return self.title


class Version(models.Model):
    """One uploaded file of a document, and the state of its ingest."""

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
    filename = models.CharField(max_length=300)
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
    # Whether pages mean anything to a reader: a PDF has them, a text file does not.
    paged = models.BooleanField(default=False)
    failure_code = models.CharField(max_length=40, blank=True)
    failure_message = models.CharField(max_length=500, blank=True)

    # The claim: which attempt this is, and until when its worker is believed to live.
    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    created = models.DateTimeField(auto_now_add=True)
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
    words = SearchVectorField()

    class Meta:
        ordering: ClassVar = ["ordinal"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="chunk_ordinal_per_version"
            ),
        ]
        indexes: ClassVar = [GinIndex(fields=["words"], name="chunk_words")]

    def __str__(self) -> str:
        return f"{self.version_id} #{self.ordinal}"


class ChunkVector(models.Model):
    """A chunk's vector in one embedding space, apart from its text so that reading text is cheap.

    The column has no dimension; each space has a partial HNSW index over an expression that
    casts to its own (`documents.spaces`), so no migration knows a model.
    """

    chunk = models.ForeignKey(Chunk, on_delete=models.CASCADE, related_name="vectors")
    space = models.ForeignKey(EmbeddingSpace, on_delete=models.CASCADE, related_name="vectors")
    embedding = HalfVectorField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chunk", "space"], name="vector_per_chunk_and_space"),
        ]

    def __str__(self) -> str:
        return f"{self.chunk_id} in {self.space_id}"
