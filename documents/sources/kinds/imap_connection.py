"""A connection to a mail server that somebody named, and the headers that it sends.

The server may be anybody's, and so is what it passes on: each answer has a bound and a deadline,
and no header is read beyond what is kept of it.
"""

import imaplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.errors import MessageError
from threading import Timer
from typing import Any

from aiapp.http.outgoing.guarded_pool import Networks, connect
from documents.sources.http import PAGE_SECONDS
from documents.sources.networks import is_inside

CONNECT_SECONDS, READ_SECONDS = 10, 60
# What is read beside a message: lists of numbers, and headers.
MAX_ANSWER_BYTES = 64 * 1024 * 1024
MAX_HEADERS_BYTES = 256 * 1024
# Of one header. To read it, Python takes the square of its length (gh-136063), and for each bracket
# in another a few levels of its stack.
MAX_HEADER_CHARS = 1_000
MAX_SENDER_CHARS = 200
# What Python's reader of headers raises for what is none.
UNREADABLE = (MessageError, LookupError, ValueError, AttributeError, TypeError, RecursionError)


class GuardedImap(imaplib.IMAP4):
    """IMAP over a socket that the guard has looked at, with bounded answers."""

    def __init__(
        self, host: str, port: int, max_bytes: int, *, networks: Networks, is_tls: bool
    ) -> None:
        self._networks = networks
        self._max_bytes = max(max_bytes, 0) + MAX_ANSWER_BYTES
        self._left = self._max_bytes
        self._is_tls = is_tls
        self._lifeline: socket.socket | None = None
        try:
            with self.bounds(PAGE_SECONDS):
                super().__init__(host, port, timeout=READ_SECONDS)
        except BaseException:
            # Where TLS fails, the library shuts nothing down.
            self._close_lifeline()
            raise

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    @property
    def is_far(self) -> bool:
        """Tell whether the server is outside of the operator's networks."""
        return not is_inside(str(self.sock.getpeername()[0]))

    @contextmanager
    def bounds(self, seconds: float) -> Iterator[None]:
        """Bound what comes, and end the connection after so long, however slowly it still comes."""
        self._left = self._max_bytes
        timer = Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        lifeline = self._lifeline
        if lifeline is not None:
            with suppress(OSError):
                lifeline.shutdown(socket.SHUT_RDWR)

    def _create_socket(self, timeout: float | None) -> Any:
        made = connect(self.host, self.port, self._networks, CONNECT_SECONDS)
        # A second handle of the same connection: the first is handed on to TLS.
        self._lifeline = made.dup()
        made.settimeout(timeout)
        if not self._is_tls:
            return made
        return ssl.create_default_context().wrap_socket(made, server_hostname=self.host)

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        """Count what comes; the library keeps all of it, asked for or not, until a command ends."""
        self._left -= size
        if self._left < 0:
            raise self.abort("too much at once")

    def shutdown(self) -> None:
        try:
            super().shutdown()
        finally:
            self._close_lifeline()

    def _close_lifeline(self) -> None:
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None


def read_headers(headers: bytes) -> tuple[str, str]:
    """Return the subject and the sender; "" for one that cannot be read."""
    letter = message_from_bytes(headers[:MAX_HEADERS_BYTES], policy=policy.default)
    told: dict[str, str] = {}
    for name, value in letter.raw_items():
        told.setdefault(name.lower(), value)
    subject, sender = (_decode(name, told.get(name, "")) for name in ("subject", "from"))
    return subject, sender[:MAX_SENDER_CHARS]


def _decode(name: str, value: str) -> str:
    whole = value.replace("\r", "").replace("\n", "")[:MAX_HEADER_CHARS]
    try:
        return " ".join(str(policy.default.header_factory(name, whole)).split())
    except UNREADABLE:
        return ""
