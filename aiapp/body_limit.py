"""A bound on request bodies, kept before Django reads them.

Django under ASGI collects the whole body before a view runs, and its own limit trusts
Content-Length. Here a body that says it is too large is refused unread, and one that does not
say is cut off when it is. A file from somebody who names no account is refused unread, too.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.utils.html import format_html

from aiapp import other_origins
from aiapp.error_shapes import PROGRAMS, challenge, shaped
from aiapp.errors import AppError, NotAuthenticated, TooLarge

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

UPLOADS = re.compile(
    r"(/documents/upload|/documents/[0-9a-f-]{36}/versions"
    r"|/api/documents|/api/documents/[0-9a-f-]{36}/versions"
    r"|/api/audio/transcriptions|/chat/import|/api/conversations/import)/?",
    re.IGNORECASE,
)
# Below /v1 a program waits for the text; what is longer is written down in the background.
RECORDINGS = re.compile(r"/v1/audio/transcriptions/?", re.IGNORECASE)
PICTURES = re.compile(r"/api/(attachments|images/analyze)/?", re.IGNORECASE)
# The multipart frame around a file.
FRAME_BYTES = 64 * 1024
# How long a refused body is read on and thrown away. Closing a connection on bytes that nobody
# read makes the kernel reset it, and a client that still sends would never see the answer.
LINGER_SECONDS = 2.0
LINGER_BYTES = 32 * 1024 * 1024

PAGE = (
    '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{0}</title>'
    "<h1>{0}</h1><p>{1}</p></html>"
)


class BodyLimit:
    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        limit = _limit(scope["path"])
        body = _Counted(receive, limit)
        answer = _Watched(send)
        if _is_upload(scope) and not _names_an_account(scope):
            await _refuse(scope, body, answer, NotAuthenticated())
            return
        if _declared_length(scope) > limit:
            await _refuse(scope, body, answer, _too_large(limit))
            return
        try:
            await self._app(scope, body.receive, answer.send)
        except _BodyTooLarge:
            if not answer.started:
                await _refuse(scope, body, answer, _too_large(limit))


class _BodyTooLarge(Exception):
    """Not an error of ours to show: it only unwinds the application."""


class _Counted:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._taken = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._taken > self._limit:
                raise _BodyTooLarge
        return message

    async def throw_away(self) -> None:
        """The rest of the body, within reason."""
        taken = 0
        while taken < LINGER_BYTES:
            message = await self._receive()
            taken += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return


class _Watched:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _limit(path: str) -> int:
    if UPLOADS.fullmatch(path):
        return settings.DOCUMENT_MAX_BYTES + FRAME_BYTES
    if RECORDINGS.fullmatch(path):
        return settings.TRANSCRIPTION_MAX_BYTES + FRAME_BYTES
    if PICTURES.fullmatch(path):
        return settings.PICTURE_MAX_BYTES + FRAME_BYTES
    return settings.REQUEST_MAX_BYTES


def _declared_length(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _is_upload(scope: Any) -> bool:
    path = scope["path"]
    takes_files = any(kind.fullmatch(path) for kind in (UPLOADS, RECORDINGS, PICTURES))
    return scope["method"] == "POST" and takes_files


def _names_an_account(scope: Any) -> bool:
    """Whether there is a token or a session to look at; what it is worth is found out later."""
    session = settings.SESSION_COOKIE_NAME.encode() + b"="
    for name, value in scope["headers"]:
        if name == b"authorization":
            return True
        if name == b"cookie" and any(
            each.strip().startswith(session) for each in value.split(b";")
        ):
            return True
    return False


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"At most {_in_words(limit)} may be sent here.", limit=limit)


async def _refuse(scope: Any, body: _Counted, answer: _Watched, error: AppError) -> None:
    kind, content = _content(scope["path"], error)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    headers += _headers_for_programs(scope, error)
    await answer.send({"type": "http.response.start", "status": error.status, "headers": headers})
    await answer.send({"type": "http.response.body", "body": content, "more_body": True})
    try:
        async with asyncio.timeout(LINGER_SECONDS):
            await body.throw_away()
    except TimeoutError:
        pass
    await answer.send({"type": "http.response.body"})


def _headers_for_programs(scope: Any, error: AppError) -> list[tuple[bytes, bytes]]:
    """How to be let in, and for a page of another site that is allowed here, leave to read it."""
    if not scope["path"].startswith(PROGRAMS):
        return []
    given = dict(scope["headers"])
    value = challenge(error, has_credentials=b"authorization" in given)
    headers = [(b"www-authenticate", value.encode())] if value else []
    return headers + other_origins.headers(given.get(b"origin", b""))


def _content(path: str, error: AppError) -> tuple[bytes, bytes]:
    if path.startswith(PROGRAMS):
        return b"application/json", json.dumps(shaped(path, error)).encode()
    return b"text/html; charset=utf-8", format_html(PAGE, *_words(error)).encode()


def _words(error: AppError) -> tuple[str, str]:
    if isinstance(error, TooLarge):
        return "Too large", f"{error.message} Go back and try a smaller one."
    return "Not signed in", "Sign in, then send it again."


def _in_words(size: int) -> str:
    megabyte = 1024 * 1024
    return f"{size // megabyte} MB" if size >= megabyte else f"{size // 1024} KB"
