"""Links to snapshots of chats: made, shown to whoever may, revoked.

The link's secret has 256 bits and is made from the share's id with the site's key, so that its
owner can be shown it again while the database holds only its hash. After the key has changed, old
links still open, but can no longer be shown.

A snapshot is what the active branch said when it was shared. Its sources are left out, unless
the owner includes them; then they are shown as long as the owner may open those documents.
"""

import hashlib
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import audit
from accounts.models import User
from aiapp.concurrency.locks import lock_until_commit
from aiapp.errors import InvalidInput, NotFound
from aiapp.ids import uuid7
from chat.conversations import conversations, tree
from chat.conversations.exporting import MAX_MESSAGES
from chat.conversations.withholding import list_documents
from chat.models import ChatShare, Conversation, Message, Origin
from documents.access import readable_documents

SALT = "chat.sharing"
# Links of one user that are open at the same time.
MAX_SHARES = 500
# For how many days a link may be open; None is until it is revoked.
DAYS = (1, 7, 30, None)


def share(
    user: User,
    conversation: Conversation,
    *,
    audience: str,
    with_sources: bool = False,
    days: int | None = None,
) -> ChatShare:
    """Raises InvalidInput for a chat without an answer."""
    branch = conversations.branch(conversation, limit=MAX_MESSAGES)
    messages = [m for m in branch if m.role != Message.Role.SYSTEM and m.content]
    if not any(message.role == Message.Role.ASSISTANT for message in messages):
        raise InvalidInput("There is nothing to share yet.", code="nothing_to_share")
    link = ChatShare(
        id=uuid7(),
        owner=user,
        conversation=conversation,
        audience=audience,
        with_sources=with_sources,
        title=conversation.title,
        messages=[_snapshot(message, with_sources) for message in messages],
        expires=timezone.now() + timedelta(days=days) if days else None,
    )
    link.token_hash = _hash(_token(link.id))
    with transaction.atomic():
        lock_until_commit(f"links {user.pk}")
        if ChatShare.objects.filter(owner=user).count() >= MAX_SHARES:
            raise InvalidInput("Revoke some of your links first.", code="too_many_shares")
        link.save()
        audit.record(audit.Action.SHARES_CHANGED, user, link)
    return link


def revoke(user: User, share: ChatShare) -> None:
    with transaction.atomic():
        audit.record(audit.Action.SHARES_CHANGED, user, share)
        share.delete()


def get_token(share: ChatShare) -> str:
    """Return the token in the link; empty if the site's key has changed since."""
    token = _token(share.id)
    return token if constant_time_compare(_hash(token), share.token_hash) else ""


def open_share(token: str, reader: User | None) -> ChatShare:
    """The share that a link names, its sources as its owner may open them now.

    Raises NotFound alike for what never was, is no more, or is not for this reader.
    """
    alive = Q(expires=None) | Q(expires__gt=timezone.now())
    found = ChatShare.objects.filter(
        alive, token_hash=_hash(token), conversation__deleted=None, owner__is_active=True
    )
    if reader is None:
        found = found.filter(audience=ChatShare.Audience.ANYONE)
    share = found.select_related("owner").first()
    if share is None:
        raise NotFound("There is no such link.")
    _withhold(share)
    return share


def continue_chat(reader: User, share: ChatShare) -> Conversation:
    """A chat of the reader's own that begins with what was shared; without sources."""
    with transaction.atomic():
        mine = conversations.create(reader, share.title)
        parent = None
        for message in share.messages:
            parent = Message.objects.create(
                conversation=mine,
                parent=parent,
                role=message["role"],
                content=message["content"],
                origin=Origin.SHARED,
            )
        if parent is not None:
            tree.set_leaf(parent)
    return mine


def _snapshot(message: Message, with_sources: bool) -> dict[str, Any]:
    cited = [
        {
            "n": each.n,
            "document": str(each.version.document_id) if each.version else "",
            "address": each.address,
            "title": each.document_title,
            "page": each.page,
            "quote": each.quote,
            "columns": each.columns,
            "supported": each.supported,
            "other_documents": each.other_documents or [],
        }
        for each in (message.citations.all() if with_sources else ())
        if each.version is not None or each.address
    ]
    return {"role": message.role, "content": message.content, "citations": cited}


def _withhold(share: ChatShare) -> None:
    """Leave out the sources that the owner may not open any more."""
    cited = [each for message in share.messages for each in message["citations"]]
    named = set[UUID]().union(*(list_documents(each) for each in cited if each["document"]))
    rows = readable_documents(share.owner).filter(pk__in=named) if named else None
    open_to = set(rows.values_list("pk", flat=True)) if rows is not None else set()
    for message in share.messages:
        message["citations"] = [
            each
            for each in message["citations"]
            if each.get("address") or (each["document"] and list_documents(each) <= open_to)
        ]


def _token(share_id: UUID) -> str:
    digest = salted_hmac(SALT, share_id.hex, algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
