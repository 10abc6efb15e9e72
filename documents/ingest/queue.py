"""Hand versions to the workers. A version that is not handed on is found by the sweep.

How a version is claimed and found is no `aiapp.concurrency.jobs.Job` (`documents.ingest.claim`).
"""

from functools import partial
from uuid import UUID

from django.db import transaction

from aiapp.concurrency.jobs import enqueue


def enqueue_on_commit(version_id: UUID) -> None:
    """Have a version read as soon as the transaction that made it is over."""
    message = partial(
        enqueue, "documents.ingest", version_id, unqueued="ingest_not_queued", noun="version"
    )
    transaction.on_commit(message)
