"""Embedding spaces: which one is in use, and the vector index of each."""

from django.conf import settings
from django.db import connection, transaction

from aiapp.llm.embeddings import embed_batch, provider
from documents.models import EmbeddingSpace

# pgvector's index of half-precision vectors goes no further; beyond it search is exact.
MOST_INDEXED = 4000
_LOCK = 7_240_512_001


def known_space() -> EmbeddingSpace | None:
    """The space of the configured model, if it has been used before. Asks no model."""
    return EmbeddingSpace.objects.filter(
        provider=provider(), model=settings.EMBEDDING_MODEL, active=True
    ).first()


def active_space() -> EmbeddingSpace:
    """The space of the configured model. Its first use asks the model for its dimension.

    Raises ModelError when the model is new and does not answer.
    """
    return known_space() or _opened(len(embed_batch(["dimension"])[0]))


def _opened(dimension: int) -> EmbeddingSpace:
    with transaction.atomic():
        # Two workers that meet a new model together make one space and one index.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        EmbeddingSpace.objects.filter(active=True).update(active=False)
        space, _ = EmbeddingSpace.objects.update_or_create(
            provider=provider(),
            model=settings.EMBEDDING_MODEL,
            dimension=dimension,
            defaults={"active": True},
        )
        if dimension <= MOST_INDEXED:
            make_index(space)
    return space


def make_index(space: EmbeddingSpace) -> None:
    """Made while the space is empty, so it costs nothing and locks nobody out for long."""
    with connection.cursor() as cursor:
        # Both values are integers of ours; an index definition takes no parameters.
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS vectors_of_space_{space.pk:d} ON documents_chunkvector"
            f" USING hnsw ((embedding::halfvec({space.dimension:d})) halfvec_cosine_ops)"
            f" WHERE space_id = {space.pk:d}"
        )
