"""Ranking by meaning: the cosine of the query's vector and the chunks' vectors."""

from uuid import UUID

from django.db.models import FloatField, Value
from django.db.models.expressions import CombinedExpression, Expression
from django.db.models.functions import Cast
from pgvector import HalfVector
from pgvector.django import CosineDistance, HalfVectorField

from documents.models import ChunkVector, EmbeddingSpace
from documents.search.scope import Scope

# Up to so many chunks, comparing each is fast and exact. The index knows nothing of access:
# for somebody who may read 1 % of all chunks it would go through a hundred for each it finds,
# and stop before it has found enough.
EXACT_CHUNKS = 10_000


def rank(scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int) -> dict[UUID, float]:
    """The nearest chunks and their similarities, nearest first.

    The cast and the number of the space stand in the SQL just as in the space's partial index
    (`documents.spaces`), or PostgreSQL could not use it; a sum in their place keeps it from it.
    """
    embedding = Cast("embedding", HalfVectorField(dimensions=space.dimension))
    distance: Expression = CosineDistance(embedding, HalfVector(vector))
    if scope.chunk_count() <= EXACT_CHUNKS:
        distance = CombinedExpression(distance, "+", Value(0.0), output_field=FloatField())
    found = ChunkVector.objects.filter(space_id=space.pk, chunk__version__in=scope.versions())
    nearest = found.annotate(distance=distance).order_by("distance")
    pairs = nearest.values_list("chunk_id", "distance")[:limit]
    # An index scan that filters returns rows in nearly the right order.
    return {chunk: 1 - far for chunk, far in sorted(pairs, key=lambda pair: pair[1])}
