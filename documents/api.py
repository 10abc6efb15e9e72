"""The documents part of the HTTP API: collections, uploads, progress, text and search."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from accounts.authentication import ApiAuth
from accounts.models import User
from aiapp.db import in_db, release_request_connection
from aiapp.errors import InvalidInput, NotFound
from documents import access, collections, events, uploads
from documents.files import download
from documents.models import Chunk, Collection, Version
from documents.progress import status, statuses
from documents.schemas import (
    ChunkPage,
    CollectionIn,
    CollectionOut,
    CollectionPage,
    DocumentOut,
    DocumentPage,
    PassageOut,
    SearchIn,
)
from documents.search import Passage, search

router = Router(auth=ApiAuth(), tags=["documents"])

Limit = Annotated[int, Query(ge=1, le=100)]
State = Literal["queued", "processing", "ready", "failed"]


def _user(request: HttpRequest) -> User:
    user: User = request.auth  # type: ignore[attr-defined]  # set by ninja from ApiAuth
    return user


@router.get("/collections", response=CollectionPage)
async def list_collections(
    request: HttpRequest, cursor: UUID | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """The caller's collections, the newest first."""

    def page() -> dict[str, Any]:
        found = _counted(access.readable_collections(_user(request))).order_by("-pk")
        items, after = _page(found.filter(pk__lt=cursor) if cursor else found, limit)
        return {"items": [_collection(item) for item in items], "next": after and str(after.pk)}

    return await in_db(page)


@router.post("/collections", response={201: CollectionOut})
async def create_collection(request: HttpRequest, body: CollectionIn) -> Status[dict[str, Any]]:
    made = await in_db(collections.create, _user(request), body.name)
    return Status(201, _collection(made))


@router.get("/collections/{uuid:collection_id}", response=CollectionOut)
async def get_collection(request: HttpRequest, collection_id: UUID) -> dict[str, Any]:
    def read() -> dict[str, Any]:
        readable = _counted(access.readable_collections(_user(request)))
        found = readable.filter(pk=collection_id).first()
        if found is None:
            raise NotFound
        return _collection(found)

    return await in_db(read)


@router.patch("/collections/{uuid:collection_id}", response=CollectionOut)
async def rename_collection(
    request: HttpRequest, collection_id: UUID, body: CollectionIn
) -> dict[str, Any]:
    def rename() -> None:
        collections.rename(access.get_collection(_user(request), collection_id), body.name)

    await in_db(rename)
    return await get_collection(request, collection_id)


@router.delete("/collections/{uuid:collection_id}", response={204: None})
async def delete_collection(request: HttpRequest, collection_id: UUID) -> Status[None]:
    """Delete a collection with all its documents."""

    def delete() -> None:
        user = _user(request)
        collections.delete(user, access.get_collection(user, collection_id))

    await in_db(delete)
    return Status(204, None)


@router.post("/documents", response={202: DocumentOut})
async def upload_document(
    request: HttpRequest, file: File[UploadedFile], collection: Form[UUID | None] = None
) -> Status[dict[str, Any]]:
    """Take in a file; it is read meanwhile, see its `status` or its events."""

    _refuse_stray_fields(request)

    def accept() -> dict[str, Any]:
        user = _user(request)
        into = access.get_collection(user, collection) if collection else None
        return status(uploads.accept(user, file, into))

    return Status(202, await in_db(accept))


@router.get("/documents", response=DocumentPage)
async def list_documents(
    request: HttpRequest,
    cursor: UUID | None = None,
    limit: Limit = 50,
    collection: UUID | None = None,
    status: State | None = None,
) -> dict[str, Any]:
    """The documents that the caller may read, the newest first."""

    def page() -> dict[str, Any]:
        user = _user(request)
        found = access.readable_documents(user).order_by("-pk")
        if collection:
            found = found.filter(collection=access.get_collection(user, collection))
        if status:
            newest = Version.objects.filter(document=OuterRef("pk")).order_by("-number")
            found = found.alias(state=Subquery(newest.values("state")[:1])).filter(state=status)
        items, after = _page(found.filter(pk__lt=cursor) if cursor else found, limit)
        return {"items": statuses(items), "next": after and str(after.pk)}

    return await in_db(page)


@router.post("/documents/search", response=list[PassageOut])
async def search_documents(
    request: HttpRequest, response: HttpResponse, body: SearchIn
) -> list[dict[str, Any]]:
    """The passages that fit best. The header `Search-Notice` tells when a half of it is down."""
    found = await search(
        _user(request),
        body.query,
        body.k,
        collections=body.collections,
        documents=body.documents,
        mode=body.mode,
    )
    if found.notice:
        response["Search-Notice"] = found.notice
    return [_passage(passage) for passage in found.passages]


@router.get("/documents/{uuid:document_id}", response=DocumentOut)
async def get_document(request: HttpRequest, document_id: UUID) -> dict[str, Any]:
    return await in_db(lambda: status(access.get_document(_user(request), document_id)))


@router.delete("/documents/{uuid:document_id}", response={204: None})
async def delete_document(request: HttpRequest, document_id: UUID) -> Status[None]:
    def delete() -> None:
        user = _user(request)
        uploads.delete(user, access.get_document(user, document_id))

    await in_db(delete)
    return Status(204, None)


@router.post("/documents/{uuid:document_id}/retry", response={202: DocumentOut})
async def retry_document(request: HttpRequest, document_id: UUID) -> Status[dict[str, Any]]:
    """Read a document again whose status is `failed`."""

    def retry() -> dict[str, Any]:
        user = _user(request)
        return status(uploads.retry(user, access.get_document(user, document_id)))

    return Status(202, await in_db(retry))


@router.get("/documents/{uuid:document_id}/chunks", response=ChunkPage)
async def list_chunks(
    request: HttpRequest,
    document_id: UUID,
    cursor: Annotated[int | None, Query(ge=0, lt=2**31)] = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """What search sees of a document, in the order of the text."""

    def page() -> dict[str, Any]:
        document = access.get_document(_user(request), document_id)
        found = Chunk.objects.filter(version=document.current_id).order_by("ordinal")
        items, after = _page(
            found.filter(ordinal__gt=cursor) if cursor is not None else found, limit
        )
        return {"items": items, "next": after and str(after.ordinal)}

    return await in_db(page)


@router.get("/documents/{uuid:document_id}/file")
async def document_file(request: HttpRequest, document_id: UUID) -> HttpResponseBase:
    """The original file."""

    def version() -> Version:
        document = access.get_document(_user(request), document_id)
        found = document.current or document.versions.first()
        if found is None or not found.file.storage.exists(found.file.name or ""):
            raise NotFound
        return found

    response = download(await in_db(version), request)
    await release_request_connection()
    return response


@router.get("/documents/{uuid:document_id}/events")
async def document_events(request: HttpRequest, document_id: UUID) -> StreamingHttpResponse:
    """The progress of reading a document, until it is ready or has failed."""
    user = _user(request)
    await in_db(access.get_document, user, document_id)
    await release_request_connection()
    return StreamingHttpResponse(events.events(user, document_id), headers=events.HEADERS)


def _refuse_stray_fields(request: HttpRequest) -> None:
    """A form has no schema that would do it."""
    if stray := {*request.POST, *request.FILES} - {"file", "collection"}:
        fields = [{"field": name[:100], "reason": "not a field"} for name in sorted(stray)]
        raise InvalidInput("Some fields are not valid.", code="validation_error", fields=fields)


def _page(found: QuerySet[Any], limit: int) -> tuple[list[Any], Any]:
    """The first rows, and the last of them if there are more."""
    rows = list(found[: limit + 1])
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None


def _counted(found: QuerySet[Collection]) -> QuerySet[Collection]:
    return found.annotate(document_count=Count("documents"))


def _collection(collection: Collection) -> dict[str, Any]:
    return {
        "id": collection.pk,
        "name": collection.name,
        "created": collection.created,
        "documents": getattr(collection, "document_count", 0),
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "content": passage.text,
        "similarity": passage.similarity,
        "score": passage.score,
        "document": {"id": passage.document_id, "title": passage.title},
        "page": passage.page,
        "start": passage.start,
        "end": passage.end,
        "chunk_id": passage.chunk_id,
    }
