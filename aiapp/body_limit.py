"""A bound on request bodies, kept before Django reads them.

Django under ASGI collects the whole body before a view runs, and its own limit trusts
Content-Length. Here a body that says it is too large is refused unread, and one that does not
say is cut off when it is. A file is read only from somebody whose token or session is valid,
which is found out first, and who has not too much on its way; anybody else may send what a form for
signing in needs. And a body has to arrive: it may lag BODY_SECONDS behind a least rate, and has a
longest time.

A server that hands on a body only when it is whole, as daphne does, has all of it on its disk
before anything here is asked.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.db import OperationalError

from accounts.credentials.authentication import find_member
from accounts.limits.uploads import OpenUpload
from aiapp.errors import (
    AppError,
    InvalidInput,
    NotAuthenticated,
    RequestTimeout,
    TooLarge,
    TooManyRequests,
    UnsupportedType,
)
from aiapp.http import cors
from aiapp.http.bodies import (
    count_text,
    find_limit,
    find_packing,
    holds_file,
    is_question,
    is_type_too_long,
    is_upload,
    read_declared_length,
)
from aiapp.http.error_shapes import PROGRAMS, challenge, render_refusal
from aiapp.http.errors import translate_known_error

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]

DISCONNECT: Message = {"type": "http.disconnect"}

# What somebody may send who is not known.
MAX_UNKNOWN_BYTES = 64 * 1024
# How long a refused body is read on and thrown away. Closing a connection on bytes that nobody
# read makes the kernel reset it, and a client that still sends would never see the answer.
LINGER_SECONDS = 2.0
LINGER_BYTES = 32 * 1024 * 1024


class BodyLimit:
    """ASGI middleware around Django."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        limit = find_limit(scope)
        body, answer = _Body(scope, receive, limit), _SendWatcher(send)
        error = _refusal(scope, limit)
        if error is None and is_upload(scope):
            error = await self._serve_upload(scope, body, answer)
        elif error is None:
            error = await self._serve(scope, body, answer)
        if error is not None and not answer.started:
            await _refuse(scope, body, answer, error)

    async def _serve_upload(
        self, scope: Any, body: "_Body", answer: "_SendWatcher"
    ) -> AppError | None:
        """Serve somebody who is known, and has not too much on its way already."""
        try:
            member = await find_member(scope["headers"])
        except OperationalError as away:
            return translate_known_error(away) or NotAuthenticated()
        if member is None:
            return NotAuthenticated()
        if not holds_file(scope):
            return await self._serve(scope, body, answer)
        # Of one that does not say how long it is all is counted that it may have.
        size = read_declared_length(scope) or find_limit(scope)
        upload = body.upload = answer.upload = OpenUpload(member, size)
        try:
            await upload.begin()
        except TooManyRequests as error:
            return error
        try:
            return await self._serve(scope, body, answer)
        finally:
            await upload.end()

    async def _serve(self, scope: Any, body: "_Body", answer: "_SendWatcher") -> AppError | None:
        """Have the application answer; return why it could not, as far as that is the body's.

        Django keeps what is long on the disk before it looks at anything, so that a full one is
        an error of the server's there, without a word.
        """
        try:
            await self._app(scope, body.receive, answer.send)
        except OSError as error:
            known = translate_known_error(error)
            if known is None:
                raise
            return known
        return body.error


def _refusal(scope: Any, limit: int) -> AppError | None:
    """Return why the body will not be read at all, as far as the head tells."""
    if is_type_too_long(scope):
        return InvalidInput("The type of the body is too long.", code="type_too_long")
    if packed := find_packing(scope):
        return UnsupportedType(f"Send the body as it is, not as {packed}.", code="packed_body")
    if is_upload(scope) and not _names_an_account(scope):
        return NotAuthenticated()
    if read_declared_length(scope) > limit:
        return _too_large(limit)
    return None


async def _check_credential(scope: Any, error: AppError) -> AppError | None:
    """Return the error, unless the request shows a credential that somebody has."""
    try:
        return None if await find_member(scope["headers"]) else error
    except OperationalError as away:
        return translate_known_error(away) or error


class _Body:
    """A request's body on its way to the application.

    When it breaks a bound, the application is told that its client has gone, so that it drops
    what it has, and `error` says what the client is told.
    """

    def __init__(self, scope: Any, receive: Receive, limit: int) -> None:
        self.error: AppError | None = None
        self._scope = scope
        self._receive = receive
        self._limit = limit
        self._is_whole = False
        self._size = 0
        # Whatever is no base64 costs more to read, and is no picture.
        self._holds_pictures = is_question(scope)
        self._text_size = 0
        # How much longer it may lag behind the least rate, and how much longer it may take.
        self._credit = settings.BODY_SECONDS
        self._seconds_left = settings.BODY_MAX_SECONDS
        # Whose upload it is was found out from the head.
        self._may_be_long = is_upload(scope)
        self.upload: OpenUpload | None = None

    async def receive(self) -> Message:
        if self._is_whole:
            # From now on it is only the end of the connection that is waited for.
            return await self._receive()
        message = await self._next() if self.error is None else DISCONNECT
        if message["type"] == "http.request":
            self._count(message.get("body", b""))
            self._is_whole = not message.get("more_body")
            self.error = await self._check_bounds()
            if self.upload is not None:
                await self.upload.renew()
        return message if self.error is None else DISCONNECT

    def _count(self, part: bytes) -> None:
        self._size += len(part)
        if self._holds_pictures:
            self._text_size += count_text(part)

    async def throw_away(self) -> None:
        """Read the rest of the body, within reason."""
        if self._is_whole:
            return
        size = 0
        while size < LINGER_BYTES:
            message = await self._receive()
            size += len(message.get("body", b""))
            if message["type"] != "http.request" or not message.get("more_body"):
                return

    async def _next(self) -> Message:
        """Wait for more of the body, as long as it keeps up with the least rate."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            async with asyncio.timeout(min(self._credit, self._seconds_left)):
                message = await self._receive()
        except TimeoutError:
            self.error = RequestTimeout()
            return DISCONNECT
        waited = loop.time() - start
        self._seconds_left -= waited
        earned = len(message.get("body", b"")) / settings.BODY_BYTES_PER_SECOND
        # Nothing is saved up: what came fast at first may not stall later.
        self._credit = min(self._credit - waited + earned, settings.BODY_SECONDS)
        return message

    async def _check_bounds(self) -> AppError | None:
        if self._size > self._limit:
            return _too_large(self._limit)
        if self._text_size > settings.REQUEST_MAX_BYTES:
            return _too_large(settings.REQUEST_MAX_BYTES)
        if self._size > MAX_UNKNOWN_BYTES and not self._may_be_long:
            self._may_be_long = True
            return await _check_credential(self._scope, _too_large(MAX_UNKNOWN_BYTES))
        return None


class _SendWatcher:
    def __init__(self, send: Send) -> None:
        self._send = send
        self.started = False
        self.upload: OpenUpload | None = None

    async def send(self, message: Message) -> None:
        if self.upload is not None and not self.started:
            # Whoever hears that it is taken in may send the next at once.
            await self.upload.end()
        self.started = True
        await self._send(message)


def _names_an_account(scope: Any) -> bool:
    """Return whether there is a token or a session to look at, whatever it is worth."""
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


async def _refuse(scope: Any, body: _Body, answer: _SendWatcher, error: AppError) -> None:
    kind, content = render_refusal(scope["path"], error)
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(content)).encode()),
        (b"connection", b"close"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'"),
        (b"x-content-type-options", b"nosniff"),
    ]
    headers += _headers_for_programs(scope, error)
    if error.retry_after:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, UnsupportedType):
        headers.append((b"accept-encoding", b"identity"))
    await answer.send({"type": "http.response.start", "status": error.status, "headers": headers})
    await answer.send({"type": "http.response.body", "body": content, "more_body": True})
    if not isinstance(error, RequestTimeout):
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await body.throw_away()
    await answer.send({"type": "http.response.body"})


def _headers_for_programs(scope: Any, error: AppError) -> list[tuple[bytes, bytes]]:
    """The way to be let in, and for a page of another allowed site, leave to read the answer."""
    if not scope["path"].startswith(PROGRAMS):
        return []
    given = dict(scope["headers"])
    value = challenge(error, has_credentials=b"authorization" in given)
    headers = [(b"www-authenticate", value.encode())] if value else []
    return headers + cors.headers(given.get(b"origin", b""))


def _in_words(size: int) -> str:
    megabyte = 1024 * 1024
    return f"{size // megabyte} MB" if size >= megabyte else f"{size // 1024} KB"
