"""Hand versions to the workers. A version that is not handed on is found by the sweep."""

import logging
from functools import partial
from uuid import UUID

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue_on_commit(version_id: UUID) -> None:
    """Have a version read as soon as the transaction that made it is over."""
    transaction.on_commit(partial(_queue, version_id))


def _queue(version_id: UUID) -> None:
    try:
        current_app.signature("documents.ingest", (str(version_id),)).apply_async(retry=False)
    except OperationalError:
        # The document is safe in the database, and the sweep queues it once Redis is back.
        logger.warning("ingest_not_queued", extra={"version": str(version_id)})
