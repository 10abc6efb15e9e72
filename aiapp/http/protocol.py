"""uvicorn's HTTP protocol with bounds on what surrounds a body: heads, chunk lines, trailers.

uvicorn and its parser have none. A field that does not end is gathered by the parser, where no
callback sees it, and each piece of it costs a copy of all before. So bytes are counted here as
they arrive, before the parser gets them, whatever they turn out to be: what is not body belongs
to the head while the head lasts, and to the framing of the body afterwards. A head also has to
arrive in time, so that a client that sends a byte now and then does not hold a connection.

What a body itself may cost is the business of `aiapp.body_limit`.

A client may offer to go on in another protocol, as every client in Java does (`Upgrade: h2c`), and
a server that does not want to answers as if nothing had been offered. The parser, however, takes
all that follows such a head for the other protocol: the request would be left without its body.
So it is given the head again, by a new parser, without the offer.

At the end of a process a connection that is kept alive cannot be closed safely at any moment: the
client may be sending its next request (benoitc/gunicorn#1236, Kludex/uvicorn#2757). So every answer
says by then that it is the last one, and a connection without a request is left open as long as
it was in use a moment ago.
"""

import sys
from asyncio import BaseTransport, TimerHandle
from typing import Any

import httptools
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from aiapp.http import lifecycle

MAX_HEAD_BYTES = 64 * 1024
MAX_HEAD_FIELDS = 200
# Requests that may wait on a connection for the answer to the one before them.
MAX_PIPELINED = 32
# Lines of chunks, their extensions and trailers: a fixed part, and so much for a byte of body.
# A chunk of a single byte has five bytes around it.
FRAMING_BYTES = 16 * 1024
FRAMING_PER_BODY_BYTE = 8
# What the WebSocket library takes. It gets the head written anew, and gives no answer beyond that.
MAX_HANDSHAKE_LINE = 8 * 1024
MAX_HANDSHAKE_FIELDS = 128
# The parser is fed so much at a time. How far a head reaches into a piece is not known, so this
# is also how exact the count of a head is that begins behind another request.
PIECE_BYTES = 4 * 1024

TOO_LARGE = "The head of the request is too large."

# The fields of a head by which a client offers another protocol, and their names among the options
# of the connection.
_OFFERS = {b"upgrade", b"http2-settings"}


class HeadTooLarge(ValueError):
    """Raised in the parser's callbacks only; the parser takes it for a request it cannot read."""


class BoundedHead(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Before the first request and between two, the next bytes are those of a head.
        self._in_head = True
        self._head_bytes = 0
        self._framing_bytes = 0
        self._body_bytes = 0
        self._piece_body_bytes = 0
        self._head_timer: TimerHandle | None = None
        # What the parser has been given last, and whether the head in it makes a declined offer.
        self._piece: memoryview = memoryview(b"")
        self._is_declined = False
        self._used_at = self.loop.time()

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows it
        self._used_at = self.loop.time()
        self._await_head()

    @property
    def quiet_seconds(self) -> float:
        """Return how long nothing has arrived and no answer has ended."""
        return self.loop.time() - self._used_at

    @property
    def is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, a piece at a time, as long as it keeps within the bounds."""
        self._used_at = self.loop.time()
        if self._in_head:
            self._await_head()
        view = memoryview(data)
        for start in range(0, len(view), PIECE_BYTES):
            # An upgrade hands the connection to another protocol, and a refusal ends it.
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            self._feed(view[start : start + PIECE_BYTES])

    def _feed(self, piece: memoryview) -> None:
        self._piece_body_bytes = 0
        self._parse(piece)
        around = len(piece) - self._piece_body_bytes
        if self._in_head:
            self._head_bytes += around
            too_large = self._head_bytes > MAX_HEAD_BYTES
        else:
            self._framing_bytes += around
            allowed = FRAMING_BYTES + FRAMING_PER_BODY_BYTE * self._body_bytes
            too_large = self._framing_bytes > allowed
        if too_large and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def _parse(self, piece: memoryview) -> None:
        self._piece = piece
        super().data_received(piece)  # type: ignore[arg-type]  # the parser takes any buffer

    # Offers of another protocol

    def _unsupported_upgrade_warning(self) -> None:
        """Go on without the protocol that was offered, with what stands behind the head."""
        ended = sys.exception()
        if not self._is_declined or not isinstance(ended, httptools.HttpParserUpgrade):
            super()._unsupported_upgrade_warning()
            return
        rest = self._piece[ended.args[0] :]
        head = self._write_head_without_offer()
        self._is_declined = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(memoryview(head))
        if len(rest) and not self.transport.is_closing():
            self._parse(rest)

    def _write_head_without_offer(self) -> bytes:
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [method + b" " + self.url + b" HTTP/" + version]
        for name, value in self.headers:
            kept = value
            if name == b"connection":
                options = [each.strip() for each in value.split(b",")]
                kept = b", ".join(each for each in options if each.lower() not in _OFFERS)
            if kept and name not in _OFFERS:
                lines.append(name + b": " + kept)
        return b"\r\n".join([*lines, b"", b""])

    # Callbacks of the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        if len(self.url) + len(url) > MAX_HEAD_BYTES:
            raise HeadTooLarge
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head. Trailers are dropped.

        They come when the request is already being answered, and a field that a proxy would have
        removed from the head must not get past it in a trailer.
        """
        if not self._in_head:
            return
        if len(self.headers) >= MAX_HEAD_FIELDS:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            raise HeadTooLarge
        # CONNECT is no offer, and without a protocol of its own it means nothing.
        is_offer = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if is_offer and not self._should_upgrade():
            self._is_declined = True
            return
        self._in_head = False
        self._framing_bytes = self._body_bytes = 0
        self._cancel_head_timer()
        super().on_headers_complete()
        if self.cycle is not None and lifecycle.draining():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._piece_body_bytes += len(body)
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_declined:
            return
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def on_response_complete(self) -> None:
        self._used_at = self.loop.time()
        super().on_response_complete()

    def handle_websocket_upgrade(self) -> None:
        longest = max((len(name) + len(value) for name, value in self.headers), default=0)
        line = max(longest, len(self.url)) + len(b"OPTIONS  HTTP/1.1\r\n")
        if line > MAX_HANDSHAKE_LINE or len(self.headers) > MAX_HANDSHAKE_FIELDS:
            self.send_400_response(TOO_LARGE)
        else:
            super().handle_websocket_upgrade()

    # Refusals

    def send_400_response(self, msg: str) -> None:
        """Refuse what was read and close the connection.

        While an answer to an earlier request is being sent there is no place for another one.
        """
        self._cancel_head_timer()
        if self._is_answering():
            self.transport.close()
        else:
            super().send_400_response(msg)

    def _is_answering(self) -> bool:
        """Return whether the next bytes to the client belong to an earlier request's answer."""
        if self.cycle is None or self.cycle.response_complete:
            return False
        return self._in_head or bool(self.pipeline) or self.cycle.response_started

    # The time that a head may take

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(settings.HEAD_SECONDS, self._end_slow_head)

    def _cancel_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_slow_head(self) -> None:
        self._head_timer = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            # It waits behind an answer that is still being made, and its time begins with its end.
            self._await_head()
            return
        if self._head_bytes:
            text = b"The head of the request took too long."
            head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: "
            self.transport.write(
                b"".join([STATUS_LINE[408], head, b"%d\r\n\r\n" % len(text), text])
            )
        self.transport.close()
