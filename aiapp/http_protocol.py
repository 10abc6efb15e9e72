"""uvicorn's HTTP protocol with a bound on the request's head, which its own does not have."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
HEAD_FIELDS = 200


class HeadTooLarge(ValueError):
    """Seen by the parser only, which makes uvicorn answer 400 and close the connection."""


class BoundedHead(HttpToolsProtocol):
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        if len(self.headers) >= HEAD_FIELDS:
            raise HeadTooLarge
        super().on_header(name, value)

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > HEAD_BYTES:
            raise HeadTooLarge
