"""Background work of documents: reading what was uploaded, and finding what nobody reads."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from aiapp.concurrency.jobs import MAX_SWEPT, has_backlog
from documents.evaluation import runs
from documents.evaluation.evaluations import EVALUATION
from documents.files import incoming
from documents.ingest import reindexing, table_finding
from documents.ingest.claim import find_unattended, next_of_same_user
from documents.ingest.pipeline import ingest as ingest_version
from documents.models import EmbeddingSpace
from documents.recordings import jobs
from documents.sources.syncing import sync
from documents.sources.syncing.claim import SYNC
from documents.spaces import building, embedding


@shared_task(name="documents.ingest")
def ingest(version_id: str) -> None:
    """Does nothing if somebody else works on the version or it has ended.

    What found no place for its person's share is queued again when a place is free.
    """
    if ingest_version(UUID(version_id)):
        ingest.apply_async((version_id,))
    if waiting := next_of_same_user(UUID(version_id)):
        ingest.apply_async((str(waiting),), expires=settings.INGEST_LEASE_SECONDS)


# A sweep that had to wait for a free worker says nothing that the next one does not.
@shared_task(name="documents.sweep", expires=5)
def sweep() -> None:
    """Queue the versions whose worker is gone or whose time has come."""
    if has_backlog(ingest.name):
        return
    version_ids = find_unattended().order_by("created").values_list("pk", flat=True)[:MAX_SWEPT]
    for version_id in list(version_ids):
        ingest.apply_async((str(version_id),), expires=settings.INGEST_LEASE_SECONDS)


@shared_task(name="documents.sweep_incoming", expires=600)
def sweep_incoming() -> None:
    incoming.delete_abandoned()


@shared_task(name="documents.transcribe")
def transcribe(transcription_id: str) -> None:
    """A slice at a time. Does nothing if somebody else does it or it has ended."""
    if jobs.run(UUID(transcription_id)):
        transcribe.apply_async((transcription_id,))


@shared_task(name="documents.sync_source")
def sync_source(source_id: str) -> None:
    """A slice at a time. Does nothing if another worker does it or it is not wanted."""
    if sync.run(UUID(source_id)):
        sync_source.apply_async((source_id,))


@shared_task(name="documents.embed_changed")
def embed_changed() -> None:
    embedding.embed_changed()


@shared_task(name="documents.evaluate")
def evaluate(evaluation_id: int) -> None:
    """Does nothing if another worker runs it or it has ended."""
    runs.run(evaluation_id)


@shared_task(name="documents.build_space")
def build_space(space_id: int) -> None:
    """A slice at a time, so that documents need not wait for the whole. One builder at a time."""
    if building.build(space_id):
        build_space.delay(space_id)


@shared_task(name="documents.remove_space")
def remove_space(space_id: int) -> None:
    for space in EmbeddingSpace.objects.filter(pk=space_id, active=False):
        building.remove(space)


@shared_task(name="documents.rederive_words", expires=30)
def rederive_words() -> None:
    if reindexing.rederive_some():
        rederive_words.apply_async(expires=30)


@shared_task(name="documents.find_tables", expires=30)
def find_tables() -> None:
    if table_finding.find_some():
        find_tables.apply_async(expires=30)


@shared_task(name="documents.sweep_curation", expires=30)
def sweep_curation() -> None:
    """Queue what curators, programs, clocks or an upgrade ask for and nobody works on."""
    jobs.sweep()
    jobs.TRANSCRIPTION.sweep()
    if reindexing.find_outdated().exists():
        rederive_words.apply_async(expires=30)
    if table_finding.find_waiting().exists():
        find_tables.apply_async(expires=30)
    if embedding.has_changed():
        embed_changed.apply_async(expires=30)
    for space_id in building.list_waiting():
        build_space.apply_async((space_id,), expires=30)
    EVALUATION.sweep()
    SYNC.sweep()
