"""Build an embedding space beside the active one, slice by slice, and switch to it.

What has a vector is skipped, so a build goes on where it was killed. Documents that arrive
meanwhile lack theirs and are found by the next slice.
"""

import logging
import time

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F

from aiapp.errors import Conflict, InvalidInput
from aiapp.llm.embedding.client import EmbeddingModel, embed_batch
from aiapp.llm.embedding.endpoints import is_configured
from aiapp.llm.errors import ModelError
from aiapp.sql.deletion import delete_rows
from documents.models import Chunk, ChunkVector, EmbeddingSpace
from documents.spaces.spaces import (
    current_chunks,
    drop_index,
    find_missing_chunks,
    make_index,
    switch,
)
from documents.spaces.storing import compose_embedding_text, store_vectors

logger = logging.getLogger(__name__)

# After so long a build lets those pass who wait for the same worker.
SLICE_SECONDS = 20.0
REMOVED_AT_ONCE = 10_000
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 5, 600
# For a batch; a builder that was killed makes the next one wait for no longer.
BUILDER_SECONDS = 60

_BUILDING = EmbeddingSpace.State.BUILDING


def begin(provider: str, model: str, dimension: int | None = None) -> EmbeddingSpace:
    """A space to be built; one that exists is built on. The model is asked for its dimension.

    Raises InvalidInput for a provider that is not configured, ModelError where it does not answer
    as it should, with another dimension than the one asked for too.
    """
    if not is_configured(provider):
        raise InvalidInput(f"The provider {provider} is not configured.", code="unknown_provider")
    wanted = EmbeddingModel(provider, model, dimension)
    dimension = len(embed_batch(["dimension"], wanted)[0])
    with transaction.atomic():
        space, _ = EmbeddingSpace.objects.get_or_create(
            provider=provider, model=model, dimension=dimension
        )
        make_index(space)
        total = current_chunks().count()
        space.state, space.failure_message = _BUILDING, ""
        space.done, space.total = total - find_missing_chunks(space).count(), total
        space.save(update_fields=["state", "failure_message", "done", "total"])
    cache.delete_many([_pause_key(space.pk), _tries_key(space.pk)])
    return space


def build(space_id: int) -> bool:
    """Fill a part of the space, or switch to it; return whether there is more to do now."""
    if not _take(space_id):
        return False
    try:
        space = EmbeddingSpace.objects.filter(pk=space_id, state=_BUILDING).first()
        return space is not None and _build_slice(space)
    finally:
        _give_back(space_id)


def list_waiting() -> list[int]:
    """The spaces in building that no outage holds up."""
    found = EmbeddingSpace.objects.filter(state=_BUILDING).values_list("pk", flat=True)
    # An outage is over when its key is: workers' clocks may differ.
    return [pk for pk in found if cache.get(_pause_key(pk)) is None]


def remove(space: EmbeddingSpace) -> None:
    """Delete a space and its vectors, in parts. Raises Conflict for the one in use."""
    rows = EmbeddingSpace.objects.filter(pk=space.pk, active=False)
    # Nobody switches to a space, or builds it, that is half gone.
    if not rows.update(state=EmbeddingSpace.State.FAILED, failure_message="Being removed."):
        raise Conflict("This embedding space is in use.", code="in_use")
    drop_index(space)
    vectors = ChunkVector.objects.filter(space=space)
    while some := list(vectors.values_list("pk", flat=True)[:REMOVED_AT_ONCE]):
        ChunkVector.objects.filter(pk__in=some).delete()
    delete_rows(rows)


def _build_slice(space: EmbeddingSpace) -> bool:
    until = time.monotonic() + SLICE_SECONDS
    try:
        while _fill(space):
            _hold(space.pk)
            if time.monotonic() > until:
                return True
        switch(space)
    except Conflict:
        return True
    except ModelError as error:
        _stop(space, error)
        return False
    cache.delete_many([_pause_key(space.pk), _tries_key(space.pk)])
    logger.info("space_switched", extra={"space": space.pk})
    return False


def _fill(space: EmbeddingSpace) -> bool:
    """Embed the next batch; False if nothing is missing."""
    batch = list(
        find_missing_chunks(space)
        .filter(unembedded=False)
        .select_related("version__document")[: settings.EMBEDDING_BATCH]
    )
    if not batch:
        return False
    texts = [
        compose_embedding_text(c.version.document.title, c.heading, c.full_text) for c in batch
    ]
    # Nothing of the database is held while the model works.
    vectors = embed_batch(texts, space)
    stored = _store(space, batch, vectors)
    EmbeddingSpace.objects.filter(pk=space.pk).update(done=F("done") + stored, failure_message="")
    return True


def _store(space: EmbeddingSpace, batch: list[Chunk], vectors: list[list[float]]) -> int:
    """Leaves out chunks that were deleted, changed or embedded by another worker meanwhile."""
    with transaction.atomic():
        held = Chunk.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        texts = dict(held.filter(pk__in=[c.pk for c in batch]).values_list("pk", "text"))
        have = set(
            ChunkVector.objects.filter(space=space, chunk__in=batch).values_list("chunk", flat=True)
        )
        new = [
            (chunk.pk, vector)
            for chunk, vector in zip(batch, vectors, strict=True)
            if texts.get(chunk.pk) == chunk.text and chunk.pk not in have
        ]
        if not EmbeddingSpace.objects.filter(pk=space.pk, state=_BUILDING).exists():
            return 0
        store_vectors(space, [pk for pk, _ in new], [vector for _, vector in new])
    return len(new)


def _stop(space: EmbeddingSpace, error: ModelError) -> None:
    """Try an outage again, later each time; anything else needs somebody to act."""
    state = _BUILDING if error.retryable else EmbeddingSpace.State.FAILED
    EmbeddingSpace.objects.filter(pk=space.pk, state=_BUILDING).update(
        state=state, failure_message=error.message[:500]
    )
    tries = int(cache.get(_tries_key(space.pk)) or 0)
    cache.set(_pause_key(space.pk), 1, min(FIRST_PAUSE_SECONDS * 2**tries, MAX_PAUSE_SECONDS))
    cache.set(_tries_key(space.pk), tries + 1, MAX_PAUSE_SECONDS * 2)
    logger.warning("space_not_built", extra={"space": space.pk, "code": error.reason})


def _pause_key(space_id: int) -> str:
    return f"space-pause:{space_id}"


def _tries_key(space_id: int) -> str:
    return f"space-tries:{space_id}"


def _take(space_id: int) -> bool:
    """One builder is enough: what another does as well is left out as it is stored.

    No lock of a session, which behind a pooler belongs to whoever comes next.
    """
    return bool(cache.add(_builder_key(space_id), 1, BUILDER_SECONDS))


def _hold(space_id: int) -> None:
    cache.set(_builder_key(space_id), 1, BUILDER_SECONDS)


def _give_back(space_id: int) -> None:
    cache.delete(_builder_key(space_id))


def _builder_key(space_id: int) -> str:
    return f"space-builder:{space_id}"
