"""Background work of chat: turns without a runner, what was temporary or deleted, imports."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.utils import timezone

from aiapp.observability import figures
from aiapp.sql.deletion import delete_rows
from chat.attachments import uploads as pictures
from chat.batches.starting import BATCH
from chat.endpoints import downloads, loading
from chat.importing import saving
from chat.importing.uploads import IMPORT
from chat.memory.learning import learn
from chat.memory.summarising import summarise
from chat.models import Conversation, indexing
from chat.turns import deletion
from chat.turns.running import following, losses
from chat.turns.running.handover import at_the_end_of_a_worker
from chat.turns.running.taker import taker

logger = logging.getLogger(__name__)

TEMPORARY_FOR = timedelta(days=1)


@shared_task(name="chat.take_over")
def take_over(turn_id: str) -> None:
    """Run a turn whose runner is gone, and what else waits for one, until all have ended.

    Does nothing if somebody runs it or it has ended.
    """
    asyncio.run(_take_over(UUID(turn_id)))


async def _take_over(turn_id: UUID) -> None:
    try:
        async with at_the_end_of_a_worker():
            await taker().run(turn_id)
    finally:
        await figures.flush()


@shared_task(name="chat.remember")
def remember(answer_id: str) -> None:
    """Note down what an answer's chat has outgrown, and learn what its question tells."""
    asyncio.run(_remember(UUID(answer_id)))


async def _remember(answer_id: UUID) -> None:
    try:
        await loading.refresh()
        await summarise(answer_id)
        await learn(answer_id)
    finally:
        await figures.flush()


@shared_task(name="chat.sweep")
def sweep() -> None:
    """Find turns that nobody runs any more and questions that nobody asks, and queue them."""
    following.begin_forgotten()
    losses.sweep()


@shared_task(name="chat.delete_temporary")
def delete_temporary() -> None:
    old = timezone.now() - TEMPORARY_FOR
    delete_rows(Conversation.objects.filter(temporary=True, updated__lt=old))


@shared_task(name="chat.import_chats")
def import_chats(import_id: str) -> None:
    saving.run(UUID(import_id))


@shared_task(name="chat.sweep_imports", expires=30)
def sweep_imports() -> None:
    """Queue the imports whose worker is gone; what they had done is found done."""
    IMPORT.sweep()


@shared_task(name="chat.run_batch")
def run_batch(batch_id: str) -> None:
    seconds = asyncio.run(_run_batch(UUID(batch_id)))
    if seconds is not None:
        BATCH.enqueue(UUID(batch_id), countdown=seconds)


async def _run_batch(batch_id: UUID) -> float | None:
    # Imported here, since it asks as a page does, and whoever reads an answer imports tasks.
    from chat.batches import running  # noqa: PLC0415

    try:
        async with at_the_end_of_a_worker():
            return await running.run(batch_id)
    finally:
        await figures.flush()


@shared_task(name="chat.sweep_batches", expires=30)
def sweep_batches() -> None:
    """Queue the batches whose worker is gone; what they had done stays done."""
    BATCH.sweep()


@shared_task(name="chat.download_model")
def download_model(download_id: str) -> None:
    """A slice at a time. Does nothing if another worker does it or it has ended."""
    if downloads.run(UUID(download_id)):
        download_model.apply_async((download_id,))


@shared_task(name="chat.sweep_downloads", expires=30)
def sweep_downloads() -> None:
    """Queue the downloads whose worker is gone, or whose hub was away."""
    downloads.DOWNLOAD.sweep()


@shared_task(name="chat.index_words", expires=30)
def index_words() -> None:
    """Give messages of an older release the words of this one, a slice at a time."""
    if indexing.index_some():
        index_words.apply_async(expires=30)


@shared_task(name="chat.purge_deleted")
def purge_deleted() -> None:
    """Take away for good what was deleted and not brought back."""
    deletion.purge()
    pictures.sweep()
