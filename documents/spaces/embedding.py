"""Embed the chunks that curators changed."""

import logging

from django.conf import settings
from django.db import models, transaction

from aiapp.llm.embedding.client import embed_batch
from aiapp.llm.errors import ModelError
from documents.models import Chunk, ChunkVector, EmbeddingSpace
from documents.spaces.spaces import active_space, still_active
from documents.spaces.storing import compose_embedding_text, store_vectors

logger = logging.getLogger(__name__)


def has_changed() -> bool:
    """Return whether a changed chunk lacks its vector; an index holds those alone."""
    return Chunk.objects.filter(unembedded=True).exists()


def embed_changed() -> int:
    """Embed all chunks that wait for it, and say how many got their vector.

    Those that a model's fault leaves over wait for the next sweep.
    """
    embedded = 0
    while batch := list(_find_waiting()[: settings.EMBEDDING_BATCH]):
        try:
            space = active_space()
            vectors = embed_batch([_build_text(chunk) for chunk in batch], space)
        except ModelError as error:
            logger.warning("changed_chunks_not_embedded", extra={"code": error.reason})
            break
        embedded += sum(
            store(space, chunk, vector) for chunk, vector in zip(batch, vectors, strict=True)
        )
    return embedded


def _find_waiting() -> models.QuerySet[Chunk]:
    return Chunk.objects.filter(unembedded=True).select_related("version__document").order_by("pk")


def _build_text(chunk: Chunk) -> str:
    return compose_embedding_text(chunk.version.document.title, chunk.heading, chunk.full_text)


def store(space: EmbeddingSpace, chunk: Chunk, vector: list[float]) -> bool:
    """Unless the text was changed again meanwhile: then the next round embeds that."""
    with transaction.atomic():
        chunks = Chunk.objects.select_for_update().filter(
            pk=chunk.pk, text=chunk.text, unembedded=True
        )
        if not still_active(space) or not chunks.first():
            return False
        ChunkVector.objects.filter(chunk=chunk, space=space).delete()
        store_vectors(space, [chunk.pk], [vector])
        chunks.update(unembedded=False)
    return True
