"""A document's versions over the API: another file, an older one, reading anew, and stopping."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from documents import access
from documents.api import examples
from documents.api.parts import document_out, refuse_stray_fields
from documents.api.schemas import DocumentOut, VersionOut
from documents.library import versions
from documents.models import Document, Version

router = Router(auth=ApiAuth(), tags=["documents"])

Accepted = Status[dict[str, Any]]


class RestoreIn(Strict):
    version: int


@router.get("/documents/{uuid:document_id}/versions", response=list[VersionOut])
async def list_versions(request: HttpRequest, document_id: UUID) -> list[dict[str, Any]]:
    """All versions, the newest first. Old answers cite the one that they were made from."""

    def read() -> list[dict[str, Any]]:
        document = access.get_document(caller(request), document_id)
        return [_version(each, document) for each in document.versions.order_by("-number")]

    return await in_db(read)


@router.post("/documents/{uuid:document_id}/versions", response={202: DocumentOut})
@Note(response=examples.DOCUMENT, errors=(409,))
async def add_version(
    request: HttpRequest, document_id: UUID, file: File[UploadedFile]
) -> Accepted:
    """Take in the document's next file. Search sees the present one until that is read."""
    refuse_stray_fields(request, {"file"})
    user = caller(request)
    return await _apply(request, document_id, lambda found: versions.add(found, file, by=user))


@router.post("/documents/{uuid:document_id}/cancel", response={202: DocumentOut})
@Note(response=examples.DOCUMENT, errors=(409,))
async def cancel_document(request: HttpRequest, document_id: UUID) -> Accepted:
    """Stop reading; 409 `not_running` for a document that is not being read."""
    return await _apply(request, document_id, versions.cancel)


@router.post("/documents/{uuid:document_id}/reingest", response={202: DocumentOut})
@Note(response=examples.DOCUMENT, errors=(409,))
async def reingest_document(request: HttpRequest, document_id: UUID) -> Accepted:
    """Read the newest file anew, by today's parsers and the collection's settings."""
    return await _apply(request, document_id, versions.reingest)


@router.post("/documents/{uuid:document_id}/restore", response={202: DocumentOut})
@Note(request={"version": 1}, response=examples.DOCUMENT, errors=(409,))
async def restore_document(request: HttpRequest, document_id: UUID, body: RestoreIn) -> Accepted:
    """Bring the file of an older version back, as the next version."""
    number = body.version if 0 < body.version < 2**31 else 0
    return await _apply(request, document_id, lambda document: versions.restore(document, number))


async def _apply(
    request: HttpRequest, document_id: UUID, change: Callable[[Document], object]
) -> Accepted:
    def do() -> dict[str, Any]:
        user = caller(request)
        change(access.get_writable_document(user, document_id))
        return document_out(user, access.get_document(user, document_id))

    return Status(202, await in_db(do))


def _version(version: Version, document: Document) -> dict[str, Any]:
    return {
        "id": version.pk,
        "number": version.number,
        "filename": version.filename,
        "media_type": version.media_type,
        "size": version.size,
        "status": version.state,
        "pages": version.pages,
        "chunks": version.chunk_count,
        "created": version.created,
        "is_current": version.pk == document.current_id,
    }
