"""A bound on request bodies, kept before Django reads them.

Django under ASGI collects the whole body before a view runs, and its own limit trusts
Content-Length. Here a body that says it is too large is refused unread, and one that does not
say is cut off when it is.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings

from aiapp.errors import TooLarge

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

UPLOADS = ("/documents/upload/", "/api/documents")
# The multipart frame around a file.
FRAME_BYTES = 64 * 1024


class BodyLimit:
    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        limit = _limit(scope["path"])
        if _declared_length(scope) > limit:
            await _refuse(scope, send, limit)
            return
        body = _Counted(receive, limit)
        answer = _Watched(send)
        try:
            await self._app(scope, body.receive, answer.send)
        except _BodyTooLarge:
            if not answer.started:
                await _refuse(scope, send, limit)


class _BodyTooLarge(Exception):
    """Not an error of ours to show: it only unwinds the application."""


class _Counted:
    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise _BodyTooLarge
        return message


class _Watched:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False

    async def send(self, message: Message) -> None:
        self.started = True
        await self._send(message)


def _limit(path: str) -> int:
    if path.rstrip("/") in {upload.rstrip("/") for upload in UPLOADS}:
        return settings.DOCUMENT_MAX_BYTES + FRAME_BYTES
    return settings.REQUEST_MAX_BYTES


def _declared_length(scope: Any) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


async def _refuse(scope: Any, send: Send, limit: int) -> None:
    megabytes = max(limit // (1024 * 1024), 1)
    error = TooLarge(f"At most {megabytes} MB may be sent here.", limit=limit)
    api = scope["path"].startswith(("/api/", "/v1/"))
    body = json.dumps(error.as_dict()) if api else f"{error.message} Go back and try a smaller one."
    kind = b"application/json" if api else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})
