"""The nearest passages to a vector in a collection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import User
from documents.metadata import Condition
from documents.models import ChunkVector, EmbeddingSpace
from documents.search import Filters, dense, passages
from documents.search.fusion import FusedScore
from documents.search.scope import Scope
from documents.vector_store.mmr import diverse
from documents.vector_store.results import Found, convert_passages


@dataclass(frozen=True, slots=True)
class Variety:
    """Chosen from the `fetch_k` nearest; the less `lambda_mult` (0..1), the more various."""

    fetch_k: int = 20
    lambda_mult: float = 0.5


def build_scope(user: User, collection_id: UUID, condition: Condition | None) -> Scope:
    """Raises NotFound for a collection that the user may not read."""
    scope = Scope(user, [collection_id], filters=Filters(metadata=condition))
    scope.check()
    return scope


def find_nearest(
    scope: Scope, space: EmbeddingSpace, vector: Sequence[float], k: int
) -> list[tuple[Found, float]]:
    """The `k` nearest and their cosines, nearest first."""
    return _read(scope, dense.rank(scope, space, list(vector), k), k)


def find_various(
    scope: Scope, space: EmbeddingSpace, vector: Sequence[float], k: int, of: Variety
) -> list[Found]:
    """`k` of the nearest that are not all alike, in the order of their choice."""
    ranked = dense.rank(scope, space, list(vector), of.fetch_k)
    rows = ChunkVector.objects.filter(space=space, chunk__in=ranked)
    vectors = dict(rows.values_list("chunk", "embedding"))
    # Ranked again, so that of equals the nearest comes first.
    candidates = {chunk: list(vectors[chunk]) for chunk in ranked if chunk in vectors}
    chosen = diverse(vector, candidates, k, of.lambda_mult)
    return [found for found, _ in _read(scope, {chunk: ranked[chunk] for chunk in chosen}, k)]


def _read(scope: Scope, ranked: Mapping[UUID, float], k: int) -> list[tuple[Found, float]]:
    scores = {chunk: FusedScore(near, near, 0.0) for chunk, near in ranked.items()}
    read = passages.read(scope, scores, ranked, k)
    return [(found, passage.score) for passage, found in convert_passages(scope.user, read)]
