"""The original file, handed out so that a browser saves it and never runs it."""

import asyncio
from collections.abc import AsyncIterator
from typing import IO

from django.db.models.fields.files import FieldFile
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from documents.models import Version

_PIECE = 256 * 1024


def download(version: Version) -> StreamingHttpResponse:
    """The file as an attachment.

    Even a file that got past the check of its type could do nothing in our name: the browser
    saves it, believes the stated type, and were it shown all the same, in a sandbox.
    """
    response = StreamingHttpResponse(_pieces(version.file), content_type=version.media_type)
    response["Content-Length"] = str(version.size)
    response["Content-Disposition"] = content_disposition_header(True, version.filename) or ""
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _pieces(stored: FieldFile) -> AsyncIterator[bytes]:
    opened: IO[bytes] = await asyncio.to_thread(stored.open, "rb")
    try:
        while piece := await asyncio.to_thread(opened.read, _PIECE):
            yield piece
    finally:
        await asyncio.to_thread(opened.close)
