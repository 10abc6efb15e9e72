"""Background work of documents: reading what was uploaded, and finding what nobody reads."""

from uuid import UUID

from celery import shared_task
from django.conf import settings

from documents.claim import unattended
from documents.ingest import ingest as ingest_version

SWEEP_MOST = 100


@shared_task(name="documents.ingest")
def ingest(version_id: str) -> None:
    """Does nothing if somebody else works on the version or it has ended."""
    ingest_version(UUID(version_id))


# A sweep that had to wait for a free worker says nothing that the next one does not.
@shared_task(name="documents.sweep", expires=5)
def sweep() -> None:
    """Queue the versions whose worker is gone or whose time has come."""
    version_ids = unattended().order_by("created").values_list("pk", flat=True)[:SWEEP_MOST]
    for version_id in list(version_ids):
        ingest.apply_async((str(version_id),), expires=settings.INGEST_LEASE_SECONDS)
