"""Folders of conversations."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from chat.conversations import access, folders
from chat.models import Folder

router = Router(auth=ApiAuth("chat"), tags=["conversations"])


class FolderIn(Strict):
    name: str = Field(max_length=80)
    # Heeded in every answer of its conversations.
    instructions: str = Field("", max_length=4000)


class FolderPatch(Strict):
    name: str | None = Field(None, max_length=80)
    instructions: str | None = Field(None, max_length=4000)


class FolderOut(Schema):
    id: UUID
    name: str
    instructions: str
    created: datetime


@router.get("/folders", response=list[FolderOut])
async def list_folders(request: HttpRequest) -> list[Folder]:
    """The caller's folders, by name."""
    return await in_db(lambda: list(access.folders(caller(request))))


@router.post("/folders", response={201: FolderOut})
@Note(
    request={"name": "Personnel", "instructions": "Answer for staff in Germany."},
    errors=(409,),
)
async def create_folder(request: HttpRequest, body: FolderIn) -> Status[Folder]:
    """Make a folder. Its instructions are heeded in every answer of its conversations."""
    made = await in_db(folders.create, caller(request), body.name, body.instructions)
    return Status(201, made)


@router.patch("/folders/{uuid:folder_id}", response=FolderOut)
@Note(request={"name": "People"}, errors=(404, 409))
async def change_folder(request: HttpRequest, folder_id: UUID, body: FolderPatch) -> Folder:
    """Rename a folder, or change its instructions. What is left out stays as it is."""

    def change() -> Folder:
        folder = access.get_folder(caller(request), folder_id)
        return folders.change(folder, name=body.name, instructions=body.instructions)

    return await in_db(change)


@router.delete("/folders/{uuid:folder_id}", response={204: None})
async def delete_folder(request: HttpRequest, folder_id: UUID) -> Status[None]:
    """Delete a folder; its conversations stay."""
    await in_db(lambda: folders.delete(access.get_folder(caller(request), folder_id)))
    return Status(204, None)
