"""A batch's work, an item at a time."""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db.models.functions import Now

from accounts.limits.rate_limit import count_in_background
from aiapp.db import in_db
from aiapp.errors import AppError, Conflict, NotFound, TooManyRequests, Unavailable
from aiapp.llm import registry
from aiapp.llm.base import Source
from aiapp.llm.errors import ModelError
from aiapp.llm.tokens import shorten
from chat import asking
from chat.batches.starting import BATCH
from chat.endpoints.access import ensure_usable
from chat.memory import aside
from chat.models import Batch, BatchItem, Turn
from chat.prompts import summary as wording
from chat.prompts.answer import new_nonce
from chat.turns.accepting.places import NewConversation
from chat.turns.accepting.request import Question
from documents.access import readable_documents
from documents.models import Document, Page

RENEW_SECONDS = 15
# After so long others go first that wait for the same workers.
SLICE_SECONDS = 30
# For a rate by the day a batch looks again and again, and is not a task that lies in the queue.
MAX_WAIT_SECONDS = 60
# For a part of the site that is away, or an answer that goes on without its reader.
RETRY_SECONDS = 5
# So many failures one after the other are no matter of a single question.
MAX_FAILURES = 5

logger = logging.getLogger(__name__)


async def run(batch_id: UUID) -> float | None:
    """Work at a batch for a while, unless somebody else does or it has ended.

    Each item counts as a question of its owner's, so that many are no way around the rate: a batch
    waits until there is room. Gives in how many seconds it wants to go on; None if it does not.
    """
    batch = await in_db(_claim, batch_id)
    if batch is None:
        return None
    ends = time.monotonic() + SLICE_SECONDS
    wait = 0
    try:
        async with BATCH.hold(batch.id, RENEW_SECONDS):
            while time.monotonic() < ends:
                item = await in_db(_next, batch)
                if item is None:
                    await in_db(_finish, batch)
                    return None
                wait = await asyncio.to_thread(count_in_background, batch.owner, "ask")
                if wait:
                    break
                await _work(batch, item)
    except TooManyRequests as error:
        if error.reason == "too_many_turns":
            await in_db(_release, batch)
            return float(error.retry_after or 1)
        await in_db(_fail, batch, error.message)
        return None
    except Unavailable as error:
        # The item stays as it is; an answer that was begun is found by its question's name.
        wait = error.retry_after or RETRY_SECONDS
    wait = min(wait, MAX_WAIT_SECONDS)
    await in_db(_release, batch, wait)
    return wait


async def _work(batch: Batch, item: BatchItem) -> None:
    """Raises TooManyRequests and Unavailable; every other failure is the item's."""
    try:
        if batch.kind == Batch.Kind.QUESTIONS:
            await _answer(batch, item)
        elif item.first_page is None:
            await _sum_up(batch, item)
        else:
            await _read_segment(batch, item)
    except (TooManyRequests, Unavailable):
        raise
    except AppError as error:
        item.state, item.error = BatchItem.State.FAILED, error.message[:500]
        await in_db(_save, item)
        if await in_db(_keeps_failing, batch, item):
            await in_db(_fail, batch, error.message)


async def _answer(batch: Batch, item: BatchItem) -> None:
    """A question, asked as in a chat of its own that nobody keeps."""
    collections = None if batch.collections is None else [UUID(each) for each in batch.collections]
    choices = await asking.choices(batch.model, collections=collections, tools=[])
    question = Question(item.text, f"batch {item.pk} {item.attempt}")
    accepted = await asking.ask(
        batch.owner, question, choices, follows=NewConversation(temporary=True)
    )
    result = await asking.outcome(accepted.turn)
    if result.state == Turn.State.FAILED:
        raise ModelError(result.error["message"], code=result.error["code"])
    item.state, item.answer, item.grounded = BatchItem.State.DONE, result.content, result.grounded
    kept = ("n", "document", "title", "page", "quote", "columns")
    item.citations = [
        {name: str(cited[name]) if name == "document" else cited[name] for name in kept}
        for cited in result.citations
        if cited["document"]
    ]
    await in_db(_save, item)
    await in_db(accepted.conversation.delete)


async def _read_segment(batch: Batch, item: BatchItem) -> None:
    pages = await in_db(_read_pages, batch, item)
    text = "\n\n".join(page.text for page in pages)
    await _say(batch, item, wording.of_segment(batch.title, text, new_nonce()), pages)


async def _sum_up(batch: Batch, item: BatchItem) -> None:
    await in_db(_open_document, batch)
    parts = await in_db(lambda: list(batch.items.filter(position__lt=item.position)))
    done = [part for part in parts if part.state == BatchItem.State.DONE]
    if len(done) < len(parts):
        raise ModelError("Parts of the document could not be read.", code="parts_missing")
    if registry.info(batch.model).verbatim:
        # Quotes are as short as they can be, and would say the same when they are quoted again.
        item.state = BatchItem.State.DONE
        item.answer = "\n\n".join(f"### {part.text}\n\n{part.answer}" for part in done)
        await in_db(_save, item)
        return
    # Together they must fit, however many there are.
    share = registry.info(batch.model).context // 2 // len(done)
    texts = [f"{part.text}: {shorten(part.answer, share)}" for part in done]
    await _say(batch, item, wording.of_parts(batch.title, texts, new_nonce()))


async def _say(
    batch: Batch, item: BatchItem, messages: wording.Messages, pages: Sequence[Source] = ()
) -> None:
    await ensure_usable(batch.owner, batch.model)
    if registry.info(batch.model).demo:
        raise ModelError("The demo model cannot sum up.", code="demo_model")
    said = await aside.ask(batch.owner, batch.model, messages, wording.MAX_TOKENS, pages)
    if not said:
        raise ModelError("The model said nothing.", code="empty_answer")
    item.state, item.answer = BatchItem.State.DONE, said
    await in_db(_save, item)


def _read_pages(batch: Batch, item: BatchItem) -> list[Source]:
    """The pages of a segment, each as something that can be quoted."""
    document = _open_document(batch)
    pages = Page.objects.filter(
        version=document.current_id, number__range=(item.first_page, item.last_page)
    )
    rows = pages.order_by("number").values_list("number", "text", "start", "version__paged")
    return [
        Source(
            number=number,
            title=document.title,
            text=text,
            document=str(document.current_id),
            start=start,
            page=number if paged else None,
        )
        for number, text, start, paged in rows
    ]


def _open_document(batch: Batch) -> Document:
    """The document, looked at again for each item, since access may end meanwhile."""
    readable = readable_documents(batch.owner).select_related("current")
    document = readable.filter(pk=batch.document_id).first() if batch.document_id else None
    if document is None or document.current is None:
        raise NotFound("The document cannot be opened any more.")
    if (document.current.finished or document.current.created) > batch.created:
        # Its pages are others than those that the parts were cut from.
        raise Conflict("The document has changed meanwhile. Begin a new summary.", code="changed")
    return document


def _claim(batch_id: UUID) -> Batch | None:
    return BATCH.claim(batch_id, state=Batch.State.RUNNING)


def _next(batch: Batch) -> BatchItem | None:
    """None also when it was cancelled, has failed, or is of an account that is out of use."""
    going = Batch.objects.filter(id=batch.id, state=Batch.State.RUNNING, owner__is_active=True)
    if not going.exists():
        return None
    return batch.items.filter(state=BatchItem.State.PENDING).first()


def _save(item: BatchItem) -> None:
    # The item may be gone with its batch.
    BatchItem.objects.filter(pk=item.pk).update(
        state=item.state,
        answer=item.answer.replace("\x00", ""),
        citations=item.citations,
        grounded=item.grounded,
        error=item.error,
    )


def _keeps_failing(batch: Batch, item: BatchItem) -> bool:
    before = batch.items.filter(position__lte=item.position).order_by("-position")
    last = list(before.values_list("state", flat=True)[:MAX_FAILURES])
    return len(last) == MAX_FAILURES and set(last) == {BatchItem.State.FAILED}


def _release(batch: Batch, seconds: int = 0) -> None:
    """Let go of a batch that is to go on in so many seconds; the sweep leaves it alone so long."""
    until = Now() + timedelta(seconds=seconds)
    Batch.objects.filter(id=batch.id).update(claimed_until=until)


def _finish(batch: Batch) -> None:
    """End a batch, unless something is left of it."""
    left = BatchItem.objects.filter(state=BatchItem.State.PENDING).values("batch")
    running = Batch.objects.filter(id=batch.id, state=Batch.State.RUNNING)
    running.exclude(id__in=left).update(state=Batch.State.DONE, finished=Now())


def _fail(batch: Batch, reason: str) -> None:
    logger.info("batch_failed", extra={"batch": str(batch.id)})
    Batch.objects.filter(id=batch.id, state=Batch.State.RUNNING).update(
        state=Batch.State.FAILED, error=reason[:500], finished=Now()
    )
