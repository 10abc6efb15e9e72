"""The progress of a document's ingest as Server-Sent Events."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import orjson

from accounts.models import User
from aiapp.db import in_db
from aiapp.errors import NotFound
from aiapp.http.lifecycle import is_leaving
from aiapp.http.sse import END, HEARTBEAT, HEARTBEAT_SECONDS, encode
from aiapp.observability.figures import open_one
from documents.access import get_document
from documents.api.schemas import DocumentOut
from documents.ingest.progress import status
from documents.models import Version

POLL_SECONDS = 0.7

_FINISHED = (Version.State.READY, Version.State.FAILED)


async def events(user: User, document_id: UUID) -> AsyncGenerator[bytes, None]:
    """`progress` whenever something changed, then `done` or, if it was deleted, `error`.

    The row is read again and again, each time as the user who asked: who loses access to a
    document, or the document, hears no more of it. Ends early when this process is about to end.
    """
    loop = asyncio.get_running_loop()
    sent, sent_at = b"", loop.time()
    with open_one("document"):
        while not is_leaving():
            try:
                document = await in_db(_status, user, document_id)
            except NotFound as error:
                yield encode(orjson.dumps(error.as_event()), event="error") + END
                return
            data = document.model_dump_json().encode()
            if document.status in _FINISHED:
                yield encode(data, event="done") + END
                return
            if data != sent:
                sent, sent_at = data, loop.time()
                yield encode(data, event="progress")
            elif loop.time() - sent_at >= HEARTBEAT_SECONDS:
                sent_at = loop.time()
                yield HEARTBEAT
            await asyncio.sleep(POLL_SECONDS)


def _status(user: User, document_id: UUID) -> DocumentOut:
    # As they are now: whoever was deactivated since reads nothing more.
    now = User.objects.filter(pk=user.pk).first()
    if now is None:
        raise NotFound
    return DocumentOut.model_validate(status(get_document(now, document_id)))
