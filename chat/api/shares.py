"""Links to snapshots of conversations."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Router, Status

from accounts.credentials.authentication import ApiAuth, caller
from aiapp.api.notes import Note
from aiapp.db import in_db
from chat.api import examples
from chat.api.schemas import LinkIn, LinkOut
from chat.conversations import access, sharing
from chat.models import ChatShare

router = Router(auth=ApiAuth("chat sharing"), tags=["conversations"])


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
