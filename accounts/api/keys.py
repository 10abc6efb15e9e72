"""API keys. A key cannot make, list or delete keys; that takes a session or an access token."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field, StringConstraints

from accounts.credentials import keys
from accounts.credentials.authentication import ApiAuth, caller
from accounts.models import ApiKey
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db

router = Router(tags=["accounts"], auth=ApiAuth())


class KeyIn(Strict):
    name: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$"
        ),
    ]
    scopes: list[ApiKey.Scope] = Field(min_length=1, max_length=10)
    expires: AwareDatetime | None = None


class KeyOut(Schema):
    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    last_used: datetime | None


class NewKeyOut(KeyOut):
    """With the secret, which is shown this once."""

    key: str


@router.get("/keys", response=list[KeyOut], operation_id="accounts_keys_api_list_keys")
async def list_keys(request: HttpRequest) -> list[ApiKey]:
    """The caller's API keys, without their secrets."""
    return await in_db(list, caller(request).api_keys.all())


@router.post("/keys", response={201: NewKeyOut}, operation_id="accounts_keys_api_create_key")
@Note(request={"name": "nightly report", "scopes": ["chat"], "expires": None}, errors=(409,))
async def create_key(request: HttpRequest, body: KeyIn) -> Status[NewKeyOut]:
    """Make an API key. Its secret is in this answer and nowhere else."""
    user = caller(request)
    key, secret = await in_db(keys.create, user, body.name, body.scopes, body.expires, request)
    made = KeyOut.from_orm(key).model_dump()
    return Status(201, NewKeyOut(key=secret, **made))


@router.delete(
    "/keys/{uuid:key_id}", response={204: None}, operation_id="accounts_keys_api_delete_key"
)
async def delete_key(request: HttpRequest, key_id: UUID) -> Status[None]:
    """Delete an API key; what it opened ends within seconds."""
    await in_db(keys.delete, caller(request), key_id, request)
    return Status(204, None)
