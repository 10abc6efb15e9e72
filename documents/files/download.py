"""The original file, handed out so that a browser saves it and never runs it."""

import re

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from aiapp.errors import NotFound
from aiapp.files.streaming import open_stream
from documents.models import Version

# One range, from a place, up to a place, or so many bytes at the end; more at once are not served.
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


async def download(version: Version, request: HttpRequest) -> HttpResponseBase:
    """The file, or the part of it that the request's `Range` names, as an attachment.

    Raises NotFound or FilesUnavailable.

    Even a file that got past the check of its type could do nothing in our name: the browser
    saves it, believes the stated type, and were it shown all the same, in a sandbox. The viewer
    reads a long PDF, and a player a recording, part by part.
    """
    part = _part(request, version)
    try:
        response = await (_partial(version, *part) if part else _whole(version))
    except FileNotFoundError as error:
        raise NotFound(_("The file of this document no longer exists.")) from error
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(version)
    response["Content-Disposition"] = content_disposition_header(True, version.filename) or ""
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return response


async def _whole(version: Version) -> HttpResponseBase:
    pieces = await open_stream(str(version.file.name), 0, version.size)
    response = StreamingHttpResponse(pieces, content_type=version.media_type)
    response["Content-Length"] = str(version.size)
    return response


async def _partial(version: Version, first: int, behind: int) -> HttpResponseBase:
    if first >= behind:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{version.size}"
        return response
    pieces = await open_stream(str(version.file.name), first, behind - first)
    partial = StreamingHttpResponse(pieces, status=206, content_type=version.media_type)
    partial["Content-Range"] = f"bytes {first}-{behind - 1}/{version.size}"
    partial["Content-Length"] = str(behind - first)
    return partial


def _part(request: HttpRequest, version: Version) -> tuple[int, int] | None:
    """The first byte that is asked for and the one behind the last; None means the whole file.

    The rules are those of RFC 9110, section 14: what is not understood is ignored, and so is a
    range of a file that has changed since (`If-Range`).
    """
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if found is None or request.headers.get("If-Range", _etag(version)) != _etag(version):
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return max(version.size - int(suffix), 0), version.size if int(suffix) else 0
    behind = int(last) + 1 if last else version.size
    if behind <= int(first):
        # An end before the beginning is no range at all.
        return None if last else (version.size, version.size)
    return int(first), min(behind, version.size)


def _etag(version: Version) -> str:
    return f'"{version.sha256}"'
