"""Embedding spaces and the vectors in them."""

import math
from collections.abc import Sequence
from typing import ClassVar

from django.db import models
from pgvector import HalfVector
from pgvector.django import HalfVectorField

from documents.models.versions import Chunk

# Lengths that half precision holds well; most models make it 1.
MIN_LENGTH, MAX_LENGTH = 0.1, 100.0


def build_half_vector(vector: Sequence[float]) -> HalfVector:
    """Return a vector as it is stored and searched for: in half precision, which ends at 65,504.

    Only its direction is compared. So one that is so long or so short that its numbers would be
    lost gets the length 1.
    """
    values = list(vector)
    length = math.hypot(*values)
    if length and not MIN_LENGTH <= length <= MAX_LENGTH:
        values = [value / length for value in values]
    return HalfVector(values)


class EmbeddingSpace(models.Model):
    """A space in which vectors can be compared: one model of one provider, and its dimension."""

    class State(models.TextChoices):
        BUILDING = "building"
        READY = "ready"
        FAILED = "failed"

    provider = models.CharField(max_length=200)
    model = models.CharField(max_length=200)
    dimension = models.PositiveIntegerField()
    active = models.BooleanField(default=False)
    # While it is built beside the active one: so many of so many chunks have their vectors.
    state = models.CharField(
        max_length=10, choices=State.choices, default=State.READY, db_default=State.READY
    )
    done = models.PositiveIntegerField(default=0, db_default=0)
    total = models.PositiveIntegerField(default=0, db_default=0)
    failure_message = models.CharField(max_length=500, blank=True, default="", db_default="")
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


class ChunkVector(models.Model):
    """A chunk's vector in one embedding space, apart from its text so that reading text is cheap.

    The column has no dimension; each space has a partial HNSW index over an expression that
    casts to its own (`documents.spaces.spaces`), so no migration knows a model.
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
