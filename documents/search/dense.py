"""Ranking by meaning: the cosine of the query's vector and the chunks' vectors."""

from uuid import UUID

from django.db.models.functions import Cast
from pgvector import HalfVector
from pgvector.django import CosineDistance, HalfVectorField

from documents.models import ChunkVector, EmbeddingSpace
from documents.search.scope import Scope


def rank(scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int) -> dict[UUID, float]:
    """The nearest chunks and their similarities, nearest first.

    The cast and the number of the space stand in the SQL just as in the space's partial index
    (`documents.spaces`), or PostgreSQL could not use it. An index scan that filters returns rows
    in nearly the right order, hence the second sort.
    """
    embedding = Cast("embedding", HalfVectorField(dimensions=space.dimension))
    distance = CosineDistance(embedding, HalfVector(vector))
    found = ChunkVector.objects.filter(space_id=space.pk, chunk__version__in=scope.versions())
    nearest = found.annotate(distance=distance).order_by("distance")
    pairs = nearest.values_list("chunk_id", "distance")[:limit]
    return {chunk: 1 - far for chunk, far in sorted(pairs, key=lambda pair: pair[1])}
