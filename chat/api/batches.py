"""Batches: many questions at once, or a document's summary, worked off in the background."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import MOMENT, Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from aiapp.sql.deletion import delete_rows
from chat.api import examples
from chat.api.schemas import ModelName
from chat.batches import results, starting
from chat.conversations import access
from chat.conversations.scope import MAX_SCOPED
from chat.conversations.withholding import withhold_batches
from chat.endpoints import access as model_access
from chat.models import Batch
from chat.pages.batches import table
from documents.api.examples import DOCUMENT_ID

router = Router(auth=ApiAuth("chat"), tags=["batches"])

MAX_LISTED = 100


class BatchIn(Strict):
    questions: list[str] = Field(min_length=1, max_length=10_000)
    model: ModelName = ""
    # Where answers are looked for; left out, in all that the caller may read.
    collections: list[UUID] | None = Field(None, max_length=MAX_SCOPED)


class SummaryIn(Strict):
    model: ModelName = ""


class BatchOut(Schema):
    """`state` is `queued`, `running`, `done`, `failed` or `cancelled`."""

    id: UUID
    kind: str
    title: str
    model: str
    document: UUID | None = Field(None, alias="document_id")
    state: str
    error: str
    created: datetime
    finished: datetime | None


class BatchCitationOut(Schema):
    n: int
    document: UUID
    title: str
    page: int | None
    quote: str
    # As those of a citation; none in batches from before they were kept.
    columns: str = ""


class BatchItemOut(Schema):
    """`state` is `pending`, `done` or `failed`."""

    position: int
    # The question; of a summary the pages, or `whole` for all of them.
    text: str
    state: str
    answer: str
    citations: list[BatchCitationOut]
    grounded: bool | None
    error: str


class BatchWithItemsOut(BatchOut):
    items: list[BatchItemOut]


@router.post("/batches", response={202: BatchOut})
@Note(
    request={"questions": ["How many days of vacation?", "Who pays for travel?"]},
    response=examples.BATCH,
    errors=(404,),
)
async def start_batch(request: HttpRequest, body: BatchIn) -> Status[Batch]:
    """Have questions answered, each by itself, in the background."""
    model = await model_access.resolve(caller(request), body.model)
    started = await in_db(
        starting.ask_all, caller(request), body.questions, model, body.collections
    )
    return Status(202, started)


@router.post("/documents/{uuid:document_id}/summary", response={202: BatchOut})
@Note(
    request={"model": "gpt-5.1"},
    response=examples.BATCH | {"kind": "summary", "title": "handbook.pdf", "document": DOCUMENT_ID},
    errors=(409,),
)
async def start_summary(request: HttpRequest, document_id: UUID, body: SummaryIn) -> Status[Batch]:
    """Have a document summed up, part by part and then as a whole, in the background: a batch."""
    model = await model_access.resolve(caller(request), body.model)
    return Status(202, await in_db(starting.summarise, caller(request), document_id, model))


@router.get("/batches", response=list[BatchOut])
@Note(response=[examples.BATCH | {"state": "done", "finished": MOMENT}])
async def list_batches(request: HttpRequest) -> list[Batch]:
    """The caller's last hundred batches, the newest first."""
    user = caller(request)
    return await in_db(lambda: withhold_batches(user, access.batches(user)[:MAX_LISTED]))


@router.get("/batches/{uuid:batch_id}", response=BatchWithItemsOut)
@Note(response=examples.BATCH_WITH_ITEMS)
async def get_batch(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    """Return the progress of a batch, with the results so far."""
    return await in_db(_describe_batch, request, batch_id)


@router.post("/batches/{uuid:batch_id}/cancel", response=BatchWithItemsOut)
@Note(response=examples.BATCH_WITH_ITEMS | {"state": "cancelled"})
async def cancel_batch(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    """Stop before the next item. What is done stays."""

    def cancel() -> dict[str, Any]:
        starting.cancel(access.get_batch(caller(request), batch_id))
        return _describe_batch(request, batch_id)

    return await in_db(cancel)


@router.post("/batches/{uuid:batch_id}/resume", response=BatchWithItemsOut)
@Note(response=examples.BATCH_WITH_ITEMS, errors=(409,))
async def resume_batch(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    """Go on with what is not done, and try again what failed."""

    def resume() -> dict[str, Any]:
        starting.resume(access.get_batch(caller(request), batch_id))
        return _describe_batch(request, batch_id)

    return await in_db(resume)


@router.delete("/batches/{uuid:batch_id}", response={204: None})
async def delete_batch(request: HttpRequest, batch_id: UUID) -> Status[None]:
    """Delete a batch with its results; one that is being worked at ends."""
    await in_db(lambda: delete_rows(access.get_batch(caller(request), batch_id)))
    return Status(204, None)


@router.get("/batches/{uuid:batch_id}/result.csv")
@Note(content={"text/csv": {"schema": {"type": "string"}}})
async def get_batch_result(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The results as a table: question, answer, sources, whether they support it, error."""
    return await in_db(lambda: table(caller(request), access.get_batch(caller(request), batch_id)))


def _describe_batch(request: HttpRequest, batch_id: UUID) -> dict[str, Any]:
    user = caller(request)
    batch = access.get_batch(user, batch_id)
    told = BatchOut.from_orm(batch).model_dump(by_alias=True)
    return told | {"items": results.items(user, batch)}
