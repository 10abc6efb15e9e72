"""From an uploaded file to a version that search finds, in stages that each save what they did.

    parsing      pages, as they come; the first passages of a new document are embedded meanwhile
    chunking     all chunks, in one transaction
    embedding    vectors, batch by batch
    indexing     the version becomes the document's current one, in one transaction

A worker that is killed leaves a claim that runs out; the next one begins at the stage that the
version is in and skips what is saved. Failures that lie in the file end the ingest with their
reason; an embedding service or a file store that does not answer, and a full disk, put it off.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now

from aiapp.db import is_disk_full
from aiapp.errors import AppError
from aiapp.files.errors import FilesUnavailable
from aiapp.llm.embedding.client import embed_batch
from aiapp.llm.errors import ModelError
from aiapp.llm.tokens import estimate
from documents.errors import (
    EmbeddingUnavailable,
    IngestError,
    Interrupted,
    ParserKilled,
    ServerFull,
    StoreUnavailable,
)
from documents.files.deletion import forget_chunks
from documents.ingest import measuring
from documents.ingest.attempts import count_in_round, next_round
from documents.ingest.claim import Claim, ClaimLost, claim
from documents.ingest.early_vectors import EarlyVectors
from documents.ingest.reading import read_pages
from documents.ingest.reuse import take_over
from documents.ingest.slices import SliceOver, make_room
from documents.models import Chunk, ChunkVector, Document, EmbeddingSpace, Page, Version
from documents.models.tuning import Tuning
from documents.parsing.formats import FORMATS
from documents.spaces.spaces import active_space, still_active
from documents.spaces.storing import compose_embedding_text, store_chunks, store_vectors
from documents.text.chunking import pieces

logger = logging.getLogger(__name__)

# What is embedded of each chunk of a batch.
Texts = dict[UUID, str]
PUT_OFF = {EmbeddingUnavailable.code, StoreUnavailable.code, ServerFull.code}
# Any of these may be away, or full, for about twenty minutes before documents fail.
OUTAGE_TRIES = 10
OUTAGE_FIRST_PAUSE, OUTAGE_MAX_PAUSE = 5, 300


def ingest(version_id: UUID) -> bool:
    """Work on a version until it is ready, failed, put off, or somebody else's.

    True if it is to be queued again, behind others that waited long enough.
    """
    claimed = claim(version_id)
    if claimed is None:
        return False
    try:
        with claimed.renewal():
            _work(claimed)
    except ClaimLost:
        logger.info("ingest_claim_lost", extra=_facts(claimed))
    except ParserKilled:
        # Says nothing about the file: the next attempt goes on at the next page.
        claimed.end(state=Version.State.QUEUED, claimed_until=Now())
        return True
    except SliceOver:
        # A fresh round: to make room is no failed attempt.
        claimed.end(
            state=Version.State.QUEUED,
            claimed_until=Now(),
            attempt=next_round(claimed.attempt),
        )
        return True
    return False


def _work(claimed: Claim) -> None:
    version = (
        Version.objects.select_related("document__collection").filter(pk=claimed.version_id).first()
    )
    if version is None:
        raise ClaimLost
    was_put_off = version.failure_code in PUT_OFF
    try:
        if count_in_round(claimed.attempt) > settings.INGEST_MAX_ATTEMPTS and not was_put_off:
            raise Interrupted
        _run_stages(claimed, version)
    except ParserKilled:
        raise
    except IngestError as error:
        _fail(claimed, error)
    except (ModelError, FilesUnavailable, OSError, OperationalError) as error:
        away = _find_outage(error)
        if away is None:
            raise
        _postpone(claimed, error if isinstance(error, AppError) else away(), away)
    else:
        logger.info("ingest_done", extra=_facts(claimed))
        measuring.record_end("ready")


def _run_stages(claimed: Claim, version: Version) -> None:
    with closing(EarlyVectors.of(version)) as early:
        if version.stage in {Version.Stage.WAITING, Version.Stage.PARSING}:
            with measuring.stage("parsing"):
                read_pages(claimed, version, early)
            version.stage = Version.Stage.CHUNKING
        if version.stage == Version.Stage.CHUNKING:
            with measuring.stage("chunking"):
                _chunk(claimed, version)
        while not _publish(claimed, version, _embed(claimed, version, early)):
            logger.info("ingest_space_switched", extra=_facts(claimed))


def _chunk(claimed: Claim, version: Version) -> None:
    pages = Page.objects.filter(version=version).order_by("number")
    texts = pages.values_list("number", "start", "text").iterator(chunk_size=200)
    # All of them before the transaction: the connection cannot read pages while it copies.
    kind = FORMATS[version.media_type]
    tuning = Tuning.of(version.document.collection)
    cut = list(pieces(texts, tuning, headed=kind.headed, has_tables=not kind.is_code))
    with claimed.write(stage=Version.Stage.EMBEDDING, done=0):
        count = store_chunks(version, version.document.title, cut)
        take_over(version)
        Version.objects.filter(pk=version.pk).update(chunk_count=count, total=count)


@measuring.stage("embedding")
def _embed(claimed: Claim, version: Version, early: EarlyVectors) -> EmbeddingSpace:
    space = active_space()
    saved = ChunkVector.objects.filter(chunk__version=version, space=space).count()
    with claimed.write(done=saved, failure_code="", failure_message=""):
        pass
    early.finish()
    embed = partial(_embed_texts, early, space)
    with closing(_embed_batches(_read_batches(version, space), embed)) as batches:
        for texts, vectors in batches:
            tokens = sum(map(estimate, texts.values()))
            with claimed.write(done=F("done") + len(texts), tokens=F("tokens") + tokens):
                store_vectors(space, list(texts), vectors)
    return space


def _embed_texts(
    early: EarlyVectors, space: EmbeddingSpace, texts: Sequence[str]
) -> list[list[float]]:
    """Return a vector for each text, of which some may have been made while pages were read."""
    found = {text: vector for text in texts if (vector := early.find(text, space)) is not None}
    missing = [text for text in texts if text not in found]
    vectors = iter(embed_batch(missing, space) if missing else ())
    return [found[text] if text in found else next(vectors) for text in texts]


def _embed_batches(
    batches: Iterator[Texts], embed: Callable[[Sequence[str]], list[list[float]]]
) -> Generator[tuple[Texts, list[list[float]]], None, None]:
    """Each batch with its vectors; the model works at the next while one is written."""
    over: SliceOver | None = None
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed") as thread:
        coming: deque[tuple[Texts, Future[list[list[float]]]]] = deque()

        def first() -> tuple[Texts, list[list[float]]]:
            texts, vectors = coming.popleft()
            return texts, vectors.result()

        try:
            for texts in batches:
                coming.append((texts, thread.submit(embed, list(texts.values()))))
                if len(coming) > 1:
                    yield first()
        except SliceOver as error:
            # What the model is at has been asked for, and perhaps paid.
            over = error
        while coming:
            yield first()
    if over:
        raise over


def _read_batches(version: Version, space: EmbeddingSpace) -> Iterator[Texts]:
    """Yield the texts to embed of chunks without a vector in the space, batch by batch."""
    since = time.monotonic()
    chunks = Chunk.objects.filter(version=version)
    have = ChunkVector.objects.filter(chunk__version=version, space=space)
    missing = chunks.exclude(pk__in=have.values("chunk")).order_by("ordinal")
    ids = iter(list(missing.values_list("pk", flat=True)))
    title = version.document.title
    while batch := list(islice(ids, settings.EMBEDDING_BATCH)):
        rows = chunks.filter(pk__in=batch).order_by("ordinal").only("heading", "columns", "text")
        yield {row.pk: compose_embedding_text(title, row.heading, row.full_text) for row in rows}
        make_room(since)


@measuring.stage("indexing")
def _publish(claimed: Claim, version: Version, space: EmbeddingSpace) -> bool:
    """False if another space has become the active one since the version was embedded."""
    with claimed.write(stage=Version.Stage.INDEXING), transaction.atomic():
        if not still_active(space):
            return False
        locked = Document.objects.select_for_update(of=("self",)).select_related("current")
        document = locked.get(pk=version.document_id)
        versions = Version.objects.filter(document=document)
        # A later version may have been quicker.
        current = document.current
        if current is None or current.number < version.number:
            current = version
        Document.objects.filter(pk=document.pk).update(current=current)
        # Pages stay, since answers quote them; what search found them by does not.
        superseded = versions.filter(number__lt=current.number)
        forget_chunks(superseded.values_list("pk", flat=True))
        claimed.end(
            state=Version.State.READY,
            stage=Version.Stage.DONE,
            done=F("total"),
            finished=Now(),
        )
    return True


def _fail(claimed: Claim, error: IngestError) -> None:
    claimed.end(
        state=Version.State.FAILED,
        failure_code=error.reason,
        failure_message=error.message[:500],
        finished=Now(),
    )
    logger.warning("ingest_failed", extra=_facts(claimed) | {"code": error.reason})
    measuring.record_end("failed")


def _find_outage(error: Exception) -> type[IngestError] | None:
    """Return what a document waits for, where an error says nothing about the document."""
    if is_disk_full(error):
        # PostgreSQL keeps room enough to be told, and the disk that is full may be another.
        return ServerFull
    if isinstance(error, FilesUnavailable):
        return StoreUnavailable
    return EmbeddingUnavailable if isinstance(error, ModelError) else None


def _postpone(claimed: Claim, error: AppError, away: type[IngestError]) -> None:
    """Wait for what does not answer, longer each time; what is saved stays."""
    tries = count_in_round(claimed.attempt)
    if tries >= OUTAGE_TRIES or not error.retryable:
        _fail(claimed, away("" if error.retryable else error.message))
        return
    pause = min(OUTAGE_FIRST_PAUSE * 2 ** (tries - 1), OUTAGE_MAX_PAUSE)
    claimed.end(
        state=Version.State.QUEUED,
        claimed_until=Now() + timedelta(seconds=pause),
        failure_code=away.code,
        failure_message=error.message[:500],
    )
    logger.warning("ingest_put_off", extra=_facts(claimed) | {"code": error.reason})
    measuring.record_end("put_off")


def _facts(claimed: Claim) -> dict[str, str | int]:
    return {"version": str(claimed.version_id), "attempt": claimed.attempt}
