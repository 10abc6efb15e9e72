"""Links to snapshots of conversations."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Schema, Status
from pydantic import Field

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.api.schemas import Strict
from aiapp.db import in_db
from chat.api import examples
from chat.conversations import access, sharing
from chat.models import ChatShare

router = Router(auth=ApiAuth("chat sharing"), tags=["conversations"])


class LinkIn(Strict):
    conversation_id: UUID
    audience: Literal["members", "anyone"] = "members"
    # Whether the passages that the answers cite are shown, with their documents' names.
    with_sources: bool = False
    # For how many days it opens; null is until it is revoked.
    days: int | None = Field(None, ge=1, le=365)


class LinkOut(Schema):
    id: UUID
    conversation_id: UUID
    title: str
    audience: str
    with_sources: bool
    # Empty when the site's key has changed since the link was made.
    url: str
    created: datetime
    expires: datetime | None


@router.get("/shares", response=list[LinkOut])
async def list_shares(request: HttpRequest) -> list[dict[str, Any]]:
    """The caller's links that are open, the newest first."""
    return await in_db(lambda: [_out(each) for each in access.shares(caller(request))])


@router.post("/shares", response={201: LinkOut})
@Note(
    request={
        "conversation_id": examples.CONVERSATION_ID,
        "audience": "anyone",
        "with_sources": False,
        "days": 7,
    },
    response=examples.LINK,
    errors=(404,),
)
async def share_conversation(request: HttpRequest, body: LinkIn) -> Status[dict[str, Any]]:
    """Make a link to what the conversation's active branch says now."""

    def share() -> dict[str, Any]:
        user = caller(request)
        conversation = access.get_conversation(user, body.conversation_id)
        link = sharing.share(
            user,
            conversation,
            audience=body.audience,
            with_sources=body.with_sources,
            days=body.days,
        )
        return _out(link)

    return Status(201, await in_db(share))


@router.delete("/shares/{uuid:link_id}", response={204: None})
async def revoke_share(request: HttpRequest, link_id: UUID) -> Status[None]:
    """Revoke a link; from then on it opens nothing."""

    def revoke() -> None:
        user = caller(request)
        sharing.revoke(user, access.get_share(user, link_id))

    await in_db(revoke)
    return Status(204, None)


def _out(share: ChatShare) -> dict[str, Any]:
    token = sharing.get_token(share)
    return {
        "id": share.id,
        "conversation_id": share.conversation_id,
        "title": share.title,
        "audience": share.audience,
        "with_sources": share.with_sources,
        "url": f"{settings.SITE_URL}{reverse('shared', args=[token])}" if token else "",
        "created": share.created,
        "expires": share.expires,
    }
