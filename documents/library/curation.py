"""Curation: change the text of single chunks, hide them from search, move documents.

A changed chunk is found by its new words at once, and by its new meaning when a worker has
embedded it (`documents.spaces.embedding`); until then it has no vector rather than a wrong one.
"""

import logging
from collections.abc import Iterable
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from aiapp.errors import Conflict, InvalidInput
from documents.library.origins import refuse_if_kept
from documents.models import Chunk, ChunkVector, Collection, Document
from documents.spaces.storing import rederive

logger = logging.getLogger(__name__)

# More would not fit into an embedding model; a chunk is cut to a fraction of it.
MAX_CHARS = 8_000


def edit_chunk(chunk: Chunk, text: str) -> Chunk:
    """Give a chunk another text. Its first one is kept, so that the edit can be undone.

    Raises InvalidInput for a text that cannot be searched.
    """
    text = clean_text(text)
    with transaction.atomic():
        chunk = _lock_chunk(chunk)
        if text != chunk.text:
            original = chunk.text if chunk.original is None else chunk.original
            _write(chunk, text, None if text == original else original)
    return chunk


def revert_chunk(chunk: Chunk) -> Chunk:
    """Give a chunk back the text that it was cut with. Raises Conflict if it has that."""
    with transaction.atomic():
        chunk = _lock_chunk(chunk)
        if chunk.original is None:
            raise Conflict("The text of this chunk was never changed.", code="not_edited")
        _write(chunk, chunk.original, None)
    return chunk


def disable(chunks: Iterable[Chunk]) -> int:
    """Take chunks out of search, from the next question on; return how many were in it."""
    return _switch(chunks, disabled=True)


def enable(chunks: Iterable[Chunk]) -> int:
    return _switch(chunks, disabled=False)


def move(document: Document, collection: Collection) -> bool:
    """Put a document into another collection, whose readers may read it from then on."""
    refuse_if_kept(document)
    elsewhere = Document.objects.filter(pk=document.pk).exclude(collection=collection)
    return bool(elsewhere.update(collection=collection))


def restrict(document: Document, *, restricted: bool) -> bool:
    """Narrow a document to its owner and its own shares, or open it to the collection's readers."""
    other = Document.objects.filter(pk=document.pk, restricted=not restricted)
    return bool(other.update(restricted=restricted))


def clean_text(text: str) -> str:
    """A chunk's text as it is kept. Raises InvalidInput."""
    # Browsers send the ends of lines as the network has them.
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidInput("A chunk needs a text. Disable it to keep it out of search.")
    if "\x00" in text or len(text) > MAX_CHARS:
        raise InvalidInput(f"A chunk holds at most {MAX_CHARS} characters of text.")
    return text


def _lock_chunk(chunk: Chunk) -> Chunk:
    """As it is now, with what its words are made of; nobody else changes it meanwhile."""
    found = Chunk.objects.select_for_update(of=("self",)).select_related("version__document")
    return found.get(pk=chunk.pk)


def _write(chunk: Chunk, text: str, original: str | None) -> None:
    chunk.text, chunk.original, chunk.unembedded = text, original, True
    chunk.save(update_fields=["text", "original", "unembedded"])
    ChunkVector.objects.filter(chunk=chunk).delete()
    rederive(chunk)
    transaction.on_commit(partial(_queue, chunk.pk))


def _switch(chunks: Iterable[Chunk], *, disabled: bool) -> int:
    ids = [chunk.pk for chunk in chunks]
    return Chunk.objects.filter(pk__in=ids, disabled=not disabled).update(disabled=disabled)


def _queue(chunk_id: UUID) -> None:
    try:
        current_app.signature("documents.embed_changed").apply_async(retry=False)
    except OperationalError:
        # It is marked in the database, and the sweep queues it once Redis is back.
        logger.warning("embedding_not_queued", extra={"chunk": str(chunk_id)})
