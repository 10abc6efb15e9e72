"""Chats as files: brought in, and taken away."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Schema, Status
from ninja.files import UploadedFile

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import MOMENT, Note
from aiapp.db import in_db
from chat.api import examples
from chat.conversations import access, exporting
from chat.importing import uploads
from chat.models import ChatImport

router = Router(auth=ApiAuth("chat"), tags=["conversations"])


class LeftOut(Schema):
    title: str
    reason: str


class ImportOut(Schema):
    """An import of chats: `queued`, `running`, `done` or `failed`."""

    id: UUID
    filename: str
    state: str
    imported: int
    # Were here already.
    known: int
    skipped: int
    # Why the first of those that were skipped were.
    reasons: list[LeftOut]
    error: str
    created: datetime
    finished: datetime | None


@router.post("/conversations/import", response={202: ImportOut})
@Note(response=examples.IMPORT, errors=(413,))
async def import_conversations(
    request: HttpRequest, file: File[UploadedFile]
) -> Status[ChatImport]:
    """Import a JSON file that was exported here, or another program's export, in the background.

    What is here already is not imported again; a chat that has gone on since gets its new messages,
    and counts as imported.
    """
    return Status(202, await in_db(uploads.accept, caller(request), file))


@router.get("/conversations/imports/{uuid:import_id}", response=ImportOut)
@Note(response=examples.IMPORT | {"state": "done", "imported": 214, "finished": MOMENT})
async def get_import(request: HttpRequest, import_id: UUID) -> ChatImport:
    """Return the progress of an import."""
    return await in_db(access.get_import, caller(request), import_id)


@router.get("/conversations/{uuid:conversation_id}/export", response=dict[str, Any])
@Note(response=examples.EXPORT)
async def export_conversation(request: HttpRequest, conversation_id: UUID) -> dict[str, Any]:
    """A conversation with all its branches, in the form that can be imported again."""

    def export() -> dict[str, Any]:
        return exporting.export_json(access.get_conversation(caller(request), conversation_id))

    return await in_db(export)
