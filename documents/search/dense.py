"""Ranking by meaning: the cosine of the query's vector and the chunks' vectors."""

from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, F, FloatField, Func, QuerySet, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast
from pgvector import HalfVector
from pgvector.django import CosineDistance, HalfVectorField

from documents.models import Chunk, ChunkVector, EmbeddingSpace
from documents.search.scope import Scope

# Up to so many chunks, comparing each is fast and exact. The index knows nothing of access:
# for somebody who may read 1 % of all chunks it would go through a hundred for each it finds,
# and stop before it has found enough.
EXACT_CHUNKS = 10_000


def rank(scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int) -> dict[UUID, float]:
    """The nearest chunks and their similarities, nearest first.

    The cast and the number of the space stand in the SQL just as in the space's partial index
    (`documents.spaces.spaces`), or PostgreSQL could not use it.
    """
    if scope.chunk_count <= EXACT_CHUNKS:
        return exactly(scope, space, vector, limit)
    vectors = ChunkVector.objects.filter(space_id=space.pk)
    visible = vectors.filter(chunk__version__in=scope.versions(), chunk__disabled=False)
    return _find_nearest(visible, _distance(space, vector), limit)


def exactly(
    scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int
) -> dict[UUID, float]:
    """The same by comparing the vector of each chunk in scope."""
    each = _fetch_each(ChunkVector.objects.filter(space_id=space.pk), scope)
    return _find_nearest(each, _beside_the_index(_distance(space, vector)), limit)


def _distance(space: EmbeddingSpace, vector: list[float]) -> CosineDistance:
    embedding = Cast("embedding", HalfVectorField(dimensions=space.dimension))
    return CosineDistance(embedding, HalfVector(vector))


def _find_nearest(
    vectors: QuerySet[ChunkVector], distance: CosineDistance | CombinedExpression, limit: int
) -> dict[UUID, float]:
    found = vectors.annotate(distance=distance).order_by("distance")
    pairs = found.values_list("chunk_id", "distance")[:limit]
    # An index scan that filters returns rows in nearly the right order.
    return {chunk: 1 - far for chunk, far in sorted(pairs, key=lambda pair: pair[1])}


def _fetch_each(vectors: QuerySet[ChunkVector], scope: Scope) -> QuerySet[ChunkVector]:
    """The vectors in scope, fetched by their chunks.

    As arrays, since the planner overrates how many a join finds, and reads all rows for it.
    """
    visible = Chunk.objects.filter(_among("version_id", scope.versions()), disabled=False)
    return vectors.filter(_among("chunk_id", visible.order_by().values("pk")))


def _among(column: str, ids: QuerySet[Any, Any]) -> Func:
    return Func(
        F(column),
        ArraySubquery(ids),
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


def _beside_the_index(distance: CosineDistance) -> CombinedExpression:
    """The same number in other words, by which the vector index is not sorted."""
    return CombinedExpression(distance, "+", Value(0.0), output_field=FloatField())
