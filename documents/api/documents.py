"""The documents part of the HTTP API: uploads, progress, text and search."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import User
from aiapp.api.notes import EVENTS, Note
from aiapp.db import in_db, release_request_connection
from aiapp.errors import NotFound
from aiapp.http.sse import HEADERS
from documents import access
from documents.api import events, examples
from documents.api.parts import (
    Limit,
    document_out,
    documents_out,
    grants,
    page,
    parse_json,
    refuse_stray_fields,
    require_sharing,
)
from documents.api.schemas import (
    ChunkPage,
    DocumentFilters,
    DocumentOut,
    DocumentPage,
    DocumentPatch,
    PassageOut,
    SearchIn,
)
from documents.files import deletion
from documents.files.download import download
from documents.library import collections, sharing, uploads, versions
from documents.library.describing import describe
from documents.metadata import parse_condition
from documents.metadata.lines import parse_lines
from documents.models import Chunk, Document, Version
from documents.search import Filters, Passage, search
from documents.text.similarity import looks_like

router = Router(auth=ApiAuth("documents:read", "documents:write"), tags=["documents"])


@router.post(
    "/documents", response={202: DocumentOut}, operation_id="documents_api_upload_document"
)
@Note(response=examples.DOCUMENT, errors=(404, 409))
async def upload_document(
    request: HttpRequest,
    file: File[UploadedFile],
    collection: Form[UUID | None] = None,
    metadata: Form[str] = "",
) -> Status[dict[str, Any]]:
    """Take in a file; it is read meanwhile, see its `status` or its events.

    `metadata` is a JSON object, or has a line for each, as `author: Ann`.
    """

    refuse_stray_fields(request, {"file", "collection", "metadata"})
    values = parse_lines(metadata) if metadata else None

    def accept() -> dict[str, Any]:
        user = caller(request)
        into = access.get_writable_collection(user, collection) if collection else None
        return document_out(user, uploads.accept(user, file, into, metadata=values))

    return Status(202, await in_db(accept))


@router.get("/documents", response=DocumentPage, operation_id="documents_api_list_documents")
@Note(response={"items": [examples.DOCUMENT], "next": None}, errors=(404,))
async def list_documents(
    request: HttpRequest,
    filters: Query[DocumentFilters],
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The documents that the caller may read, the newest first."""

    def read() -> dict[str, Any]:
        user = caller(request)
        found = _filter_documents(user, filters).order_by("-pk")
        items, after = page(found.filter(pk__lt=cursor) if cursor else found, limit)
        return {"items": documents_out(user, items), "next": after and str(after.pk)}

    return await in_db(read)


@router.post(
    "/documents/search",
    response=list[PassageOut],
    auth=ApiAuth("documents:read"),
    operation_id="documents_api_search_documents",
)
@Note(
    request={
        "query": "vacation days",
        "k": 5,
        "mode": "hybrid",
        "filter": {"author": "Ann", "year": {"$gte": 2024}},
    },
    response=[examples.PASSAGE],
    errors=(404,),
)
async def search_documents(
    request: HttpRequest, response: HttpResponse, body: SearchIn
) -> list[dict[str, Any]]:
    """The passages that fit best.

    The header `Search-Notice` tells when a half of it is down, `Search-Answerable` (`true` or
    `false`) whether the passages seem to hold an answer, where that can be told.
    """
    user = caller(request)
    filters = Filters(
        body.added_after, body.added_before, tuple(body.media_types), parse_condition(body.filter)
    )
    result = await search(
        user,
        body.query,
        body.k,
        collections=body.collections,
        documents=body.documents,
        mode=body.mode,
        filters=filters,
    )
    if result.notice:
        response["Search-Notice"] = result.notice
    if result.answerable is not None:
        response["Search-Answerable"] = str(result.answerable).lower()
    metadata = await in_db(_read_metadata, user, result.passages)
    return [_passage(passage, metadata) for passage in result.passages]


@router.get(
    "/documents/{uuid:document_id}", response=DocumentOut, operation_id="documents_api_get_document"
)
@Note(response=examples.DOCUMENT)
async def get_document(request: HttpRequest, document_id: UUID) -> dict[str, Any]:
    """A document, with the state of its reading."""

    def read() -> dict[str, Any]:
        user = caller(request)
        return document_out(user, access.get_document(user, document_id))

    return await in_db(read)


@router.patch(
    "/documents/{uuid:document_id}",
    response=DocumentOut,
    operation_id="documents_api_change_document",
)
@Note(
    request={"title": "Handbook 2027", "metadata": {"year": 2027}},
    response=examples.DOCUMENT,
    errors=(409,),
)
async def change_document(
    request: HttpRequest, document_id: UUID, body: DocumentPatch
) -> dict[str, Any]:
    """Change what is named; `shares` replaces all shares there were."""

    def change() -> dict[str, Any]:
        user = caller(request)
        document = access.get_writable_document(user, document_id)
        if body.changes_readers or collections.opens_to_others(user, document, body.collection):
            require_sharing(request)
        shares = None if body.shares is None else grants(request, body.shares)
        with transaction.atomic():
            if body.title is not None:
                collections.retitle(document, body.title)
            if body.metadata is not None:
                describe(document, body.metadata)
            if body.restricted is not None:
                sharing.restrict(user, document, body.restricted)
            if shares is not None:
                sharing.share_document(user, document, shares)
            if body.collection is not None:
                collections.move(user, document, body.collection)
        return document_out(user, access.get_document(user, document_id))

    return await in_db(change)


@router.delete(
    "/documents/{uuid:document_id}",
    response={204: None},
    operation_id="documents_api_delete_document",
)
@Note(errors=(409,))
async def delete_document(request: HttpRequest, document_id: UUID) -> Status[None]:
    """Delete a document with all its versions, files and vectors."""

    def delete() -> None:
        deletion.delete(caller(request), access.get_document(caller(request), document_id))

    await in_db(delete)
    return Status(204, None)


@router.post(
    "/documents/{uuid:document_id}/retry",
    response={202: DocumentOut},
    operation_id="documents_api_retry_document",
)
@Note(response=examples.DOCUMENT, errors=(409,))
async def retry_document(request: HttpRequest, document_id: UUID) -> Status[dict[str, Any]]:
    """Read a document again whose status is `failed`."""

    def retry() -> dict[str, Any]:
        user = caller(request)
        document = access.get_writable_document(user, document_id)
        versions.retry(document)
        return document_out(user, document)

    return Status(202, await in_db(retry))


@router.get(
    "/documents/{uuid:document_id}/chunks",
    response=ChunkPage,
    operation_id="documents_api_list_chunks",
)
async def list_chunks(
    request: HttpRequest,
    document_id: UUID,
    cursor: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The chunks that search sees of a document, in the order of the text."""

    def read() -> dict[str, Any]:
        document = access.get_document(caller(request), document_id)
        found = Chunk.objects.filter(version=document.current_id).order_by("ordinal")
        items, after = page(
            found.filter(ordinal__gt=cursor) if cursor is not None else found, limit
        )
        return {"items": items, "next": after and str(after.ordinal)}

    return await in_db(read)


@router.get("/documents/{uuid:document_id}/file", operation_id="documents_api_document_file")
@Note(content={"*/*": {"schema": {"type": "string", "format": "binary"}}})
async def document_file(
    request: HttpRequest,
    document_id: UUID,
    version: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> HttpResponseBase:
    """The original file, of the version that search sees or of the one of that number."""

    def find_version() -> Version:
        document = access.get_document(caller(request), document_id)
        found = document.current or document.versions.first()
        if version is not None:
            found = document.versions.filter(number=version).first()
        if found is None:
            raise NotFound
        return found

    wanted = await in_db(find_version)
    await release_request_connection()
    return await download(wanted, request)


@router.get("/documents/{uuid:document_id}/events", operation_id="documents_api_document_events")
@Note(content=EVENTS)
async def document_events(request: HttpRequest, document_id: UUID) -> StreamingHttpResponse:
    """The progress of reading a document, until it is ready or has failed."""
    user = caller(request)
    await in_db(access.get_document, user, document_id)
    await release_request_connection()
    return StreamingHttpResponse(events.events(user, document_id), headers=HEADERS)


def _filter_documents(user: User, filters: DocumentFilters) -> QuerySet[Document]:
    documents = access.readable_documents(user)
    if filters.collection:
        documents = documents.filter(collection=access.get_collection(user, filters.collection))
    if filters.q:
        documents = documents.filter(looks_like("title", filters.q))
    if filters.added_after:
        documents = documents.filter(created__gte=filters.added_after)
    if filters.added_before:
        documents = documents.filter(created__lt=filters.added_before)
    if filters.filter:
        condition = parse_condition(parse_json(filters.filter, "filter"))
        documents = Filters(metadata=condition).apply(documents)
    for field, wanted in (("state", filters.status), ("media_type", filters.media_type)):
        if wanted:
            newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number")
            documents = documents.alias(**{f"newest_{field}": Subquery(newest.values(field)[:1])})
            documents = documents.filter(**{f"newest_{field}": wanted})
    return documents


def _read_metadata(user: User, passages: Sequence[Passage]) -> dict[UUID, dict[str, Any]]:
    ids = {passage.document_id for passage in passages}
    rows = access.readable_documents(user).filter(pk__in=ids)
    return dict(rows.values_list("pk", "metadata"))


def _passage(passage: Passage, metadata: Mapping[UUID, dict[str, Any]]) -> dict[str, Any]:
    return {
        "content": passage.text,
        "columns": passage.columns,
        "similarity": passage.similarity,
        "score": passage.score,
        "document": {
            "id": passage.document_id,
            "title": passage.title,
            "metadata": metadata.get(passage.document_id, {}),
        },
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "chunk_id": passage.chunk_id,
    }
