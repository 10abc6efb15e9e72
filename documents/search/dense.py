"""Ranking by meaning: the cosine of the query's vector and the chunks' vectors."""

from collections.abc import Iterable
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import FloatField, QuerySet, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast
from pgvector.django import CosineDistance, HalfVectorField

from aiapp.sql import pool
from aiapp.sql.compiled import StandIn, compile_queryset, is_among
from aiapp.sql.pool import Query, Statement
from documents.models import Chunk, ChunkVector, EmbeddingSpace
from documents.models.vectors import build_half_vector
from documents.search.inputs import Inputs
from documents.search.scope import Scope
from documents.search.shapes import STAND_INS, Shape, find_shape, list_values, make_stand_in

# Up to so many chunks, comparing each is fast and exact. The index knows nothing of access:
# for somebody who may read 1 % of all chunks it would go through a hundred for each it finds,
# and stop before it has found enough.
EXACT_CHUNKS = 10_000


# Of the transaction. Without a pooler a connection brings them along (`DATABASES`).
_PARAMETERS = Statement(
    Query(
        "SELECT "
        + ", ".join(
            f"set_config('{name}', '{value}', true)"
            for name, value in settings.DATABASE_PARAMETERS.items()
        )
    ),
    {},
    prepare=False,
)
_VECTOR = StandIn("a vector", "halfvec")


async def find_nearest(
    inputs: Inputs, space: EmbeddingSpace, vector: list[float], limit: int
) -> dict[UUID, float]:
    """The nearest chunks and their similarities, nearest first, as `rank` finds them."""
    is_small = inputs.chunk_count <= EXACT_CHUNKS
    values = list_values(inputs.scope) | {"vector": build_half_vector(vector).to_text()}

    async def ask(*, exactly: bool) -> dict[UUID, float]:
        query = _compile(find_shape(inputs.scope), space.pk, space.dimension, limit, exactly)
        # With a plan that knows how much may be read.
        before = [_PARAMETERS] if settings.DATABASE_POOLER else []
        *_, rows = await pool.run(*before, Statement(query, values, prepare=False))
        return _sort(rows)

    found = await ask(exactly=is_small)
    # The index gives up after so many that are not in scope (`hnsw.max_scan_tuples`).
    is_short = len(found) < min(limit, inputs.chunk_count)
    return await ask(exactly=True) if is_short and not is_small else found


def rank(scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int) -> dict[UUID, float]:
    """The nearest chunks and their similarities, nearest first."""
    if scope.chunk_count <= EXACT_CHUNKS:
        return exactly(scope, space, vector, limit)
    found = _sort(_among_all(scope, space, _write(vector))[:limit])
    is_short = len(found) < min(limit, scope.chunk_count)
    return exactly(scope, space, vector, limit) if is_short else found


def exactly(
    scope: Scope, space: EmbeddingSpace, vector: list[float], limit: int
) -> dict[UUID, float]:
    """The same by comparing the vector of each chunk in scope."""
    return _sort(_among_each(scope, space, _write(vector))[:limit])


def _among_all(
    scope: Scope, space: EmbeddingSpace, vector: Value
) -> QuerySet[ChunkVector, tuple[UUID, float]]:
    """Chunks and their distances, by the index of the space.

    The cast and the number of the space stand in the SQL just as in the space's partial index
    (`documents.spaces.spaces`), or PostgreSQL could not use it.
    """
    vectors = ChunkVector.objects.filter(space_id=space.pk)
    visible = vectors.filter(chunk__version__in=scope.versions(), chunk__disabled=False)
    return _by_distance(visible, _distance(space, vector))


def _among_each(
    scope: Scope, space: EmbeddingSpace, vector: Value
) -> QuerySet[ChunkVector, tuple[UUID, float]]:
    """Chunks and their distances, fetched by their chunks.

    As arrays, since the planner overrates how many a join finds, and reads all rows for it. The
    distance is the same number in other words, by which the vector index is not sorted.
    """
    visible = Chunk.objects.filter(is_among("version", scope.versions()), disabled=False)
    vectors = ChunkVector.objects.filter(space_id=space.pk)
    each = vectors.filter(is_among("chunk", visible.order_by().values("pk")))
    distance = CombinedExpression(
        _distance(space, vector), "+", Value(0.0), output_field=FloatField()
    )
    return _by_distance(each, distance)


def _distance(space: EmbeddingSpace, vector: Value) -> CosineDistance:
    return CosineDistance(Cast("embedding", HalfVectorField(dimensions=space.dimension)), vector)


def _by_distance(
    vectors: QuerySet[ChunkVector], distance: CosineDistance | CombinedExpression
) -> QuerySet[ChunkVector, tuple[UUID, float]]:
    found = vectors.annotate(distance=distance).order_by("distance")
    return found.values_list("chunk_id", "distance")


def _write(vector: list[float]) -> Value:
    return Value(build_half_vector(vector).to_text())


def _sort(found: Iterable[tuple[Any, ...]]) -> dict[UUID, float]:
    # An index scan that filters returns rows in nearly the right order.
    return {chunk: 1 - far for chunk, far in sorted(found, key=lambda pair: pair[1])}


@cache
def _compile(shape: Shape, space_id: int, dimension: int, limit: int, is_small: bool) -> Query:
    scope, space = make_stand_in(shape), EmbeddingSpace(pk=space_id, dimension=dimension)
    found = (_among_each if is_small else _among_all)(scope, space, Value(_VECTOR.value))
    return Query(compile_queryset(found[:limit], STAND_INS | {"vector": _VECTOR}))
