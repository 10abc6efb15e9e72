"""Embedding spaces: which one is in use, and the vector index of each.

The first space is that of the model that the environment names. From then on the database says
which space is active: another one is built beside it (`documents.spaces.building`), and takes its
place in one transaction once no current chunk lacks a vector in it. Whoever publishes vectors
does so under the shared side of the lock that a switch takes, so that nothing is published with
vectors in the old space alone.
"""

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from aiapp.errors import Conflict
from aiapp.llm.embedding.client import EmbeddingModel, embed_batch, get_configured_model
from aiapp.llm.embedding.endpoints import is_configured
from documents.models import Chunk, ChunkVector, Document, EmbeddingSpace

# pgvector's index of half-precision vectors goes no further; beyond it search is exact.
MAX_INDEXED_DIMENSION = 4000
_LOCK = 7_240_512_001


def get_searched_space() -> EmbeddingSpace | None:
    """The space that is searched, if its provider is configured. Asks no model."""
    space = EmbeddingSpace.objects.filter(active=True).first()
    return space if space and is_configured(space.provider) else None


def active_space() -> EmbeddingSpace:
    """The space that new vectors belong to. The first one asks its model for its dimension.

    Raises ModelError when that model does not answer.
    """
    space = EmbeddingSpace.objects.filter(active=True).first()
    if space and (is_wanted(space) or space.vectors.exists()):
        return space
    # What nothing was embedded in gives way to what the environment names now.
    wanted = get_configured_model()
    return _open_space(wanted, len(embed_batch(["dimension"], wanted)[0]))


def is_wanted(space: EmbeddingSpace) -> bool:
    """Return whether the environment names the model of this space."""
    wanted = get_configured_model()
    return (space.provider, space.model) == (wanted.provider, wanted.model)


def find_replacement_model() -> EmbeddingModel | None:
    """The environment's model, where the active space is another's and must be built anew."""
    active = EmbeddingSpace.objects.filter(active=True).first()
    return get_configured_model() if active and not is_wanted(active) else None


def still_active(space: EmbeddingSpace) -> bool:
    """Check that vectors in this space may be published, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [_LOCK])
    return EmbeddingSpace.objects.filter(pk=space.pk, active=True).exists()


def current_chunks() -> QuerySet[Chunk]:
    """The chunks that can be found, and those that curators have switched off for now."""
    current = Document.objects.exclude(current=None).order_by().values("current")
    return Chunk.objects.filter(version__in=current)


def find_missing_chunks(space: EmbeddingSpace) -> QuerySet[Chunk]:
    """The current chunks without a vector in the space."""
    vectors = ChunkVector.objects.filter(space=space, chunk=OuterRef("pk"))
    return current_chunks().filter(~Exists(vectors))


def switch(space: EmbeddingSpace) -> None:
    """Search in this space from now on.

    Raises Conflict while a current chunk is not in it, or if nobody could embed a query for it.
    """
    if not is_configured(space.provider):
        raise Conflict(
            "The provider of this embedding space is not configured.", code="no_provider"
        )
    with transaction.atomic():
        _lock()
        # A curator's change waits for its vector in the active space too.
        if find_missing_chunks(space).filter(unembedded=False).exists():
            raise Conflict("This embedding space is not complete. Build it.", code="incomplete")
        EmbeddingSpace.objects.filter(active=True).exclude(pk=space.pk).update(active=False)
        EmbeddingSpace.objects.filter(pk=space.pk).update(
            active=True, state=EmbeddingSpace.State.READY, failure_message=""
        )


def _open_space(model: EmbeddingModel, dimension: int) -> EmbeddingSpace:
    with transaction.atomic():
        # Two workers that meet a new model together make one space and one index.
        _lock()
        EmbeddingSpace.objects.filter(active=True).update(active=False)
        space, _ = EmbeddingSpace.objects.update_or_create(
            provider=model.provider,
            model=model.model,
            dimension=dimension,
            defaults={"active": True},
        )
        make_index(space)
    return space


def make_index(space: EmbeddingSpace) -> None:
    """Made while the space is empty, so it costs nothing and locks nobody out for long."""
    if space.dimension > MAX_INDEXED_DIMENSION:
        return
    with connection.cursor() as cursor:
        # Both values are integers of ours; an index definition takes no parameters.
        cursor.execute(
            f"CREATE INDEX IF NOT EXISTS vectors_of_space_{space.pk:d} ON documents_chunkvector"
            f" USING hnsw ((embedding::halfvec({space.dimension:d})) halfvec_cosine_ops)"
            f" WHERE space_id = {space.pk:d}"
        )


def drop_index(space: EmbeddingSpace) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS vectors_of_space_{space.pk:d}")


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
