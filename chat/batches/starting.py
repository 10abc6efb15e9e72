"""Batches begin, end early, and go on."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import User
from aiapp.concurrency.jobs import Job
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import Conflict, InvalidInput, NotFound
from aiapp.llm import registry
from aiapp.llm.base import ModelInfo
from aiapp.llm.tokens import estimate
from chat.conversations import scope
from chat.conversations.conversations import clean_title
from chat.models import Batch, BatchItem
from documents.access import readable_documents
from documents.models import Document, Page

MAX_RUNNING = 3
MAX_FILE_BYTES = 1024 * 1024
# Of a segment that is summarised at once, so that a small model follows it.
SEGMENT_TOKENS = 6_000
WHOLE = "whole"
HEADINGS = {"question", "questions", "질문"}
# Spreadsheets write this mark before "Unicode text".
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
LEASE = timedelta(seconds=60)

_UNFINISHED = ~Q(state__in=Batch.FINAL)
# Nobody is asked anything for an account that is out of use.
_WANTED = _UNFINISHED & Q(owner__in=User.objects.filter(is_active=True))
BATCH = Job(
    rows=Batch.objects.select_related("owner"),
    task="chat.run_batch",
    free=_WANTED & Q(claimed_until__lte=Now()),
    abandoned=_WANTED & Q(claimed_until__lt=Now()),
    lease={"claimed_until": Now() + LEASE},
    sweep_seconds=30,
    unqueued="batch_not_queued",
)


def ask_all(
    user: User, questions: Sequence[str], model: str, collections: Sequence[UUID] | None = None
) -> Batch:
    """Have questions answered one by one, each by itself. `model` has been resolved.

    Raises InvalidInput, NotFound.
    """
    texts = [" ".join(question.replace("\x00", "").split()) for question in questions]
    texts = [question for question in texts if question]
    if not texts:
        raise InvalidInput("Write at least one question.", code="no_questions")
    if len(texts) > settings.BATCH_QUESTIONS:
        raise InvalidInput(
            f"At most {settings.BATCH_QUESTIONS} questions are answered in one batch.",
            code="too_many_questions",
        )
    longest = max(map(len, texts))
    if longest > settings.MESSAGE_MAX_CHARS:
        raise InvalidInput("One of the questions is too long.", code="message_too_long")
    scope.check(user, collections, None)
    items = [BatchItem(position=n, text=question) for n, question in enumerate(texts, 1)]
    batch = Batch(
        owner=user,
        kind=Batch.Kind.QUESTIONS,
        title=clean_title(texts[0]),
        model=model,
        collections=None if collections is None else [str(each) for each in collections],
    )
    return _start(batch, items)


def summarise(user: User, document_id: UUID, model: str) -> Batch:
    """Have a document summed up: segment by segment, then the segments together.

    Raises NotFound, or Conflict while it has not been read.
    """
    document = readable_documents(user).filter(pk=document_id).first()
    if document is None:
        raise NotFound("There is no such document.")
    if document.current_id is None:
        raise Conflict("The document has not been read yet.", code="not_ready")
    segments = list(_segments(document, registry.info(model)))
    items = [
        BatchItem(position=n, text=f"{first}–{last}", first_page=first, last_page=last)
        for n, (first, last) in enumerate(segments, 1)
    ]
    if len(items) > 1:
        items.append(BatchItem(position=len(items) + 1, text=WHOLE))
    if not items:
        raise InvalidInput("The document holds no text.", code="no_text")
    batch = Batch(
        owner=user,
        kind=Batch.Kind.SUMMARY,
        title=document.title,
        model=model,
        document=document,
    )
    return _start(batch, items)


def cancel(batch: Batch) -> None:
    """Stop before the next item. Harmless when it has ended."""
    Batch.objects.filter(_UNFINISHED, id=batch.id).update(
        state=Batch.State.CANCELLED, finished=Now()
    )


def resume(batch: Batch) -> None:
    """Go on with what is not done, and try again what failed.

    Raises Conflict if all is done, InvalidInput while as many others as may are under way.
    """
    with transaction.atomic():
        if Batch.objects.filter(id=batch.id, state__in=Batch.FINAL).exists():
            _check_room(batch)
        unfinished = batch.items.exclude(state=BatchItem.State.DONE)
        if not unfinished.exists():
            raise Conflict("All of it is done.", code="batch_done")
        unfinished.filter(state=BatchItem.State.FAILED).update(
            state=BatchItem.State.PENDING, attempt=F("attempt") + 1, error=""
        )
        resumed = Batch.objects.filter(id=batch.id, state__in=Batch.FINAL).update(
            state=Batch.State.QUEUED, error="", finished=None, claimed_until=Now()
        )
        if not resumed:
            raise Conflict("It is being worked at.", code="batch_running")
        _queue(batch)


def parse_questions(file: "UploadedFile[Any]") -> list[str]:
    """The lines of a text file, or the first column of a CSV file without its heading.

    Raises InvalidInput.
    """
    if (file.size or 0) > MAX_FILE_BYTES:
        raise InvalidInput("The file is larger than 1 MB.", code="file_too_large")
    try:
        data: bytes = file.read()
        text = data.decode("utf-16" if data.startswith(UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("The file is not UTF-8 text.", code="not_text") from error
    if not (file.name or "").lower().endswith(".csv"):
        return text.splitlines()
    try:
        rows = [row for row in _rows(text) if row]
    except csv.Error as error:
        raise InvalidInput("The file is not valid CSV.", code="bad_csv") from error
    if rows and rows[0][0].strip().lower() in HEADINGS:
        rows = rows[1:]
    return [row[0] for row in rows]


def _rows(text: str) -> Iterator[list[str]]:
    """Read a CSV file, whose separator its first line may name or show behind a heading."""
    # Line ends of any system become one.
    file = io.StringIO(text, newline=None)
    named = text[:5].lower()
    if named.startswith("sep=") and len(named) > len("sep="):
        file.readline()
        return csv.reader(file, delimiter=named[-1])
    first = text.lstrip().split("\n", 1)[0]
    shown = (mark for mark in ";\t" if first.split(mark)[0].strip(' "').lower() in HEADINGS)
    return csv.reader(file, delimiter=next(shown, ","))


def _start(batch: Batch, items: list[BatchItem]) -> Batch:
    with transaction.atomic():
        _check_room(batch)
        batch.save()
        for item in items:
            item.batch = batch
        BatchItem.objects.bulk_create(items)
        _queue(batch)
    return batch


def _check_room(batch: Batch) -> None:
    """Hold what begins at once to the bound; to be called in the transaction that begins it."""
    lock_until_commit(f"batches {batch.owner_id}")
    unfinished = Batch.objects.filter(_UNFINISHED, owner=batch.owner_id)
    if unfinished.count() >= MAX_RUNNING:
        raise InvalidInput("Wait until your other batches have ended.", code="too_many_batches")


def _queue(batch: Batch) -> None:
    transaction.on_commit(partial(BATCH.enqueue, batch.id))


def _segments(document: Document, model: ModelInfo) -> Iterator[tuple[int, int]]:
    """The first and last pages of segments that a model reads at once; at least a page each."""
    room = min(SEGMENT_TOKENS, model.context // 2)
    pages = Page.objects.filter(version=document.current_id).order_by("number")
    first, last, left = 0, 0, room
    for number, text in pages.values_list("number", "text").iterator(chunk_size=50):
        if not text.strip():
            continue
        left -= estimate(text)
        if first and left < 0:
            yield first, last
            first, left = 0, room - estimate(text)
        first, last = first or number, number
    if first:
        yield first, last
