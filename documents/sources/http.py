"""Requests to sources: guarded, bounded, and with what their statuses mean.

A redirect is followed a few times, and takes the credential along to the same server alone.
"""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from aiapp.http.outgoing.guarded_pool import GuardedPool
from aiapp.text.mail_dates import read_mail_date
from documents.sources.base import Config, Writable
from documents.sources.errors import (
    CredentialRefused,
    ItemError,
    ItemGone,
    NotThere,
    RateLimited,
    SourceError,
    SourceMisset,
    SourceUnavailable,
)
from documents.sources.networks import choose_networks

CONNECT_SECONDS, READ_SECONDS = 10, 60
# Of a listing's page, and of a file.
PAGE_SECONDS, FILE_SECONDS = 120, 900
MAX_PAGE_BYTES = 32 * 1024 * 1024
MAX_LISTING_BYTES = 512 * 1024 * 1024
MAX_REDIRECTS = 5
# Of a length that is told; Python reads numbers of more than a few thousand as none.
MAX_LENGTH_DIGITS = 20
BLOCK = 64 * 1024
USER_AGENT = "aiapp (keeps documents up to date)"
_REDIRECTS = {301, 302, 303, 307, 308}
# What another server may be told that a redirect names: nothing by which one is let in.
_HARMLESS = {"user-agent", "accept", "accept-encoding", "content-type", "depth"}
_ASKING = {"GET", "HEAD", "PROPFIND", "REPORT"}
_FORBIDDEN, _BUSY = 403, 503
_ERRORS = {401: CredentialRefused, 403: CredentialRefused, 404: NotThere, 410: NotThere}
# Tells what else a status may mean at a vendor's, by its headers and the beginning of its body.
Interpret = Callable[[int, Mapping[str, str], bytes], SourceError | None]


def build_pool(config: Config) -> GuardedPool:
    """Return a pool that goes where the source may go."""
    return GuardedPool(choose_networks(config), CONNECT_SECONDS, READ_SECONDS)


class Client:
    """A client for one source, used by one thread."""

    def __init__(
        self,
        config: Config,
        headers: Mapping[str, str] | None = None,
        interpret: Interpret | None = None,
    ) -> None:
        self.pool = build_pool(config)
        # Changed by kinds whose token runs out.
        self.headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
        self._config = config
        self._interpret = interpret or (lambda status, told, body: None)

    def read(self, url: str, method: str = "GET", **request: Any) -> bytes:
        """Return a body of at most MAX_PAGE_BYTES. Raises a SourceError."""
        with self.open(url, method, **request) as response:
            body = bytearray()
            for block in self.read_blocks(response):
                body += block
                if len(body) > MAX_PAGE_BYTES:
                    raise SourceUnavailable("The source's answer is too large.")
            return bytes(body)

    def read_json(self, url: str, method: str = "GET", **request: Any) -> Any:
        """Return a body as JSON. Raises a SourceError."""
        try:
            return json.loads(self.read(url, method, **request))
        except (ValueError, RecursionError) as error:
            raise SourceUnavailable("The source's answer is not JSON.") from error

    @contextmanager
    def spool(self, url: str, method: str = "GET", **request: Any) -> Iterator[IO[bytes]]:
        """Lend a long body as a file, so that none of it needs to be in memory."""
        with tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as file:
            with self.open(url, method, **request) as response:
                size = 0
                for block in self.read_blocks(response):
                    size += len(block)
                    if size > MAX_LISTING_BYTES:
                        raise SourceUnavailable("The source's answer is too large.")
                    file.write(block)
            file.seek(0)
            yield file

    def download(self, url: str, file: Writable, method: str = "GET", **request: Any) -> None:
        """Write a body into a file. Raises an ItemError for what only this item has."""
        try:
            with self.open(url, method, seconds=FILE_SECONDS, **request) as response:
                for block in self.read_blocks(response):
                    file.write(block)
        except NotThere as error:
            raise ItemGone from error
        except CredentialRefused as error:
            if error.data.get("status") == _FORBIDDEN:
                raise ItemError("The source does not let this file be read.") from error
            raise

    @contextmanager
    def open(
        self,
        url: str,
        method: str = "GET",
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        seconds: float = PAGE_SECONDS,
    ) -> Iterator[BaseHTTPResponse]:
        """Lend an answer whose status is good, and read it in blocks. Raises a SourceError."""
        self._config.note_life()
        try:
            with self.pool.deadline(seconds):
                response = self._follow(url, method, {**self.headers, **(headers or {})}, body)
                try:
                    self._raise_for_status(response)
                    yield response
                finally:
                    # What was not read is not waited for.
                    response.close()
        except (HTTPError, OSError) as error:
            raise SourceUnavailable(_explain(error)) from error

    def close(self) -> None:
        self.pool.close()

    def _follow(
        self, url: str, method: str, headers: dict[str, str], body: bytes | None
    ) -> BaseHTTPResponse:
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url)
            response: BaseHTTPResponse = self.pool.request(
                method,
                url,
                headers=headers,
                body=body,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            if response.status not in _REDIRECTS or "Location" not in response.headers:
                return response
            response.close()
            target = _find_target(url, response.headers["Location"])
            if urlsplit(target)[:2] != urlsplit(url)[:2]:
                headers = {
                    name: value for name, value in headers.items() if name.lower() in _HARMLESS
                }
                if body and method not in _ASKING:
                    # Where a token is asked for, the secret is in the body.
                    raise SourceUnavailable("The source redirects what was sent to another server.")
            url = target
        raise SourceUnavailable("The source redirects too many times.")

    def read_blocks(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        """Yield an answer's body as it comes. Raises SourceUnavailable for one that breaks off."""
        if response.headers.get("Content-Encoding", "identity").lower() not in {"identity", ""}:
            raise SourceUnavailable("The source compresses what it was asked to send as it is.")
        length = _read_length(response)
        received = 0
        while block := response.read1(BLOCK):
            received += len(block)
            yield block
            self._config.note_life()
        if received < length:
            raise SourceUnavailable("The source broke off.")

    def _raise_for_status(self, response: BaseHTTPResponse) -> None:
        status = response.status
        if status < 300:  # noqa: PLR2004 - all of 2xx
            return
        headers = {name.lower(): value for name, value in response.headers.items()}
        error = self._interpret(status, headers, response.read1(BLOCK) or b"")
        if error is not None:
            raise error
        wait = read_wait(headers)
        if status == 429 or (status == _BUSY and wait):  # noqa: PLR2004 - too many requests
            raise RateLimited(retry_after=wait)
        if status in _ERRORS:
            raise _ERRORS[status](status=status)
        raise SourceUnavailable(f"The source answered with status {status}.")


def _find_target(url: str, location: str) -> str:
    """Return where an answer redirects to. Raises SourceUnavailable for what is no address."""
    try:
        target = urljoin(url, location)
        urlsplit(target)
    except ValueError as error:
        raise SourceUnavailable("The source redirects to what is no address.") from error
    return target


def _read_length(response: BaseHTTPResponse) -> int:
    """Return how many bytes an answer is said to have; 0 where nothing is said of it."""
    told = response.headers.get("Content-Length", "")
    return int(told) if told.isdecimal() and len(told) < MAX_LENGTH_DIGITS else 0


def read_wait(headers: Mapping[str, str]) -> int | None:
    """Return for how many seconds an answer asks to wait, as a number or until a date."""
    told = headers.get("retry-after", "").strip()
    if told.isdecimal():
        return int(told[:6])
    until = read_mail_date(told)
    return max(1, int((until - datetime.now(UTC)).total_seconds())) if until else None


def check_url(url: str) -> None:
    """Raises SourceMisset for what is no address of a server."""
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine or any(character <= " " for character in url):
        raise SourceMisset("The address is not one of a server.")


def _explain(error: Exception) -> str:
    """Return what people are told; no more of an address inside than of one that is not there."""
    if "Timeout" in type(error).__name__:
        return "The source took too long to answer."
    if "SSL" in type(error).__name__ or "certificate" in str(error).lower():
        return "The certificate of the source is not valid."
    return "The source cannot be reached, or is in a network that sources may not be in."
